import { aiSdkMarks } from './ai-sdk.js';
import type { StreamMarks } from './answer-format.js';
import { anthropicMarks } from './anthropic.js';
import { geminiMarks } from './gemini.js';
import { openaiChatMarks } from './openai-chat.js';
import { openaiResponsesMarks } from './openai-responses.js';

/**
 * The content and the end marks of each wire format that is known, for chunks as the providers' own SDKs yield them; a
 * chunk of another format is neither. A stream needs none of them: its format is recognised by its first chunk. Hand
 * marks in, `{ ...streamMarks.anthropic }`, to insist on a format where a stream may begin with chunks of no known one.
 */
export const streamMarks = {
  /** Chat completions of OpenAI and of every provider with its format (Groq, Mistral, DeepSeek, OpenRouter, …). */
  openaiChat: openaiChatMarks,
  /** OpenAI's Responses API. */
  openaiResponses: openaiResponsesMarks,
  /** Anthropic's Messages API. */
  anthropic: anthropicMarks,
  /** Gemini's generateContent, as `@google/genai` streams it. */
  gemini: geminiMarks,
  /** The AI SDK: parts of `doStream`, of `fullStream` and of UI message streams. */
  aiSdk: aiSdkMarks,
} as const satisfies Record<string, StreamMarks>;
