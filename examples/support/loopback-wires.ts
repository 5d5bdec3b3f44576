import type { Wire } from './loopback-wire.ts';
import { anthropicWire } from './loopback-wire-anthropic.ts';
import { bedrockWire } from './loopback-wire-bedrock.ts';
import { cohereWire } from './loopback-wire-cohere.ts';
import { geminiWire } from './loopback-wire-gemini.ts';
import { groqWire } from './loopback-wire-groq.ts';
import { mistralWire } from './loopback-wire-mistral.ts';
import { ollamaWire } from './loopback-wire-ollama.ts';
import { openaiWire } from './loopback-wire-openai.ts';

/** Every wire format of the loopback provider; the name is its prefix in the URL. */
export const wires = {
  openai: openaiWire,
  anthropic: anthropicWire,
  gemini: geminiWire,
  mistral: mistralWire,
  ollama: ollamaWire,
  groq: groqWire,
  cohere: cohereWire,
  bedrock: bedrockWire,
} satisfies Record<string, Wire>;
