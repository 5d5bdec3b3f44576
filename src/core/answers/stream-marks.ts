import type { StreamMarks } from './answer-format.js';
import { answerFormats } from './formats.js';

const { openaiChat, openaiResponses, anthropic, gemini, aiSdk } = answerFormats;

/**
 * The content and the end marks of each wire format that is known, for chunks as the providers' own SDKs yield them; a
 * chunk of another format is neither. A stream needs none of them: its format is recognised by its first chunk. Hand
 * marks in, `{ ...streamMarks.anthropic }`, to insist on a format where a stream may begin with chunks of no known one.
 */
export const streamMarks = {
  /** Chat completions of OpenAI and of every provider that speaks its format (Groq, Mistral, DeepSeek, OpenRouter, …). */
  openaiChat: openaiChat.marks,
  /** OpenAI's Responses API. */
  openaiResponses: openaiResponses.marks,
  /** Anthropic's Messages API. */
  anthropic: anthropic.marks,
  /** Gemini's generateContent, as `@google/genai` streams it. */
  gemini: gemini.marks,
  /** The AI SDK: parts of `doStream`, of `fullStream` and of UI message streams. */
  aiSdk: aiSdk.marks,
} as const satisfies Record<string, StreamMarks>;
