import type { Wire } from './loopback-wire.ts';
import { anthropicWire } from './loopback-wire-anthropic.ts';
import { openaiWire } from './loopback-wire-openai.ts';

/** Every wire format the loopback provider speaks; the name is its prefix in the URL. */
export const wires = {
  openai: openaiWire,
  anthropic: anthropicWire,
} satisfies Record<string, Wire>;
