/** Tells the content and the end of one wire format's stream, for `isContent` and `isComplete`. */
export interface StreamMarks {
  /** Is there something for the reader in this chunk, beyond preamble? */
  readonly isContent: (chunk: unknown) => boolean;
  /** Is this the mark of a good end? */
  readonly isComplete: (chunk: unknown) => boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Ready-made marks by wire format: `resolveWithFallback(failover, call, { ...streamMarks.anthropic })`. They read
 * chunks as the providers' own SDKs yield them; a chunk of another shape is neither content nor an end.
 */
export const streamMarks = {
  /** Chat completions of OpenAI and of everybody who speaks its format (Groq, Mistral, DeepSeek, OpenRouter, …). */
  openaiChat: {
    isContent: (chunk) => listOf(chunk, 'choices').some((choice) => hasWords(fieldsOf(choice['delta']), ['role'])),
    // OpenRouter ends a stream that failed at its upstream with the reason `error`.
    isComplete: (chunk) =>
      listOf(chunk, 'choices').some(({ finish_reason: reason }) => isText(reason) && reason !== 'error'),
  },
  /** OpenAI's Responses API. */
  openaiResponses: {
    isContent: (chunk) => typeOf(chunk).endsWith('.delta'),
    isComplete: (chunk) => ['response.completed', 'response.incomplete'].includes(typeOf(chunk)),
  },
  /** Anthropic's Messages API. `message_start`, `ping` and the start of a text block are preamble. */
  anthropic: {
    isContent: (chunk) => {
      if (typeOf(chunk) === 'content_block_delta') return hasWords(fieldsOf(fieldsOf(chunk)['delta']), ['type']);
      const block = fieldsOf(fieldsOf(chunk)['content_block']);
      return typeOf(chunk) === 'content_block_start' && !['text', 'thinking'].includes(String(block['type']));
    },
    isComplete: (chunk) => typeOf(chunk) === 'message_stop',
  },
  /** Gemini's generateContent, as `@google/genai` streams it. */
  gemini: {
    isContent: (chunk) =>
      listOf(chunk, 'candidates').some((candidate) =>
        listOf(candidate['content'], 'parts').some((part) => hasWords(part, ['thoughtSignature'])),
      ),
    // A prompt that was blocked is answered too, by one chunk that says so.
    isComplete: (chunk) =>
      isText(fieldsOf(fieldsOf(chunk)['promptFeedback'])['blockReason']) ||
      listOf(chunk, 'candidates').some(({ finishReason }) => isText(finishReason)),
  },
} as const satisfies Record<string, StreamMarks>;

/** True when any field but those named holds something: text that is not empty, a list, an object. */
function hasWords(fields: Fields, except: readonly string[]): boolean {
  return Object.entries(fields).some(([name, value]) => {
    if (except.includes(name)) return false;
    return isText(value) || (typeof value === 'object' && value !== null);
  });
}

function typeOf(chunk: unknown): string {
  const { type } = fieldsOf(chunk);
  return typeof type === 'string' ? type : '';
}

function listOf(value: unknown, name: string): Fields[] {
  const list = fieldsOf(value)[name];
  return Array.isArray(list) ? list.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
