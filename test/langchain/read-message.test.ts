import { describe, expect, it } from 'vitest';
import { addUsage, finishOf, usageOfMessage, usageOfResult } from '../../src/langchain/read-message.js';
import { TokenListener } from '../../src/langchain/token-listener.js';

describe('why an answer ended', () => {
  it.each([
    ['OpenAI', { finish_reason: 'content_filter' }, 'content_filter', true],
    ['Anthropic', { stop_reason: 'end_turn' }, 'end_turn', false],
    ['Gemini', { finishReason: 'STOP' }, 'STOP', false],
    ['OpenAI responses', { status: 'completed' }, 'completed', false],
    ['Bedrock', { stopReason: 'guardrail_intervened' }, 'guardrail_intervened', true],
    ['a stream of Bedrock', { messageStop: { stopReason: 'end_turn' } }, 'end_turn', false],
    ['Ollama', { done_reason: 'stop' }, 'stop', false],
  ])('is read as %s says it', (_, about, reason, isRefusal) => {
    expect(finishOf({ response_metadata: about })).toEqual({ reason, isRefusal });
  });

  it('is not known of an answer that does not say', () => {
    expect(finishOf({ response_metadata: { model_provider: 'openai' } })).toBeUndefined();
  });
});

describe('what an answer cost', () => {
  const usage = (usage_metadata: object) => usageOfMessage({ usage_metadata });
  it('tells what was read from a cache and written to it, and takes no amount below zero', () => {
    expect(
      usage({ input_tokens: 9, output_tokens: 3, input_token_details: { cache_read: 4, cache_creation: 2 } }),
    ).toEqual({ inputTokens: 9, outputTokens: 3, cacheReadTokens: 4, cacheWriteTokens: 2 });
    expect(usage({ input_tokens: -1, output_tokens: 3 })).toEqual({ inputTokens: 0, outputTokens: 3 });
    expect(usage({ output_tokens: Number.NaN })).toEqual({ inputTokens: 0, outputTokens: 0 });
    expect(usage({})).toBeUndefined();
  });

  it('is read of the message, else of what the integration says of the whole', () => {
    const message = { usage_metadata: { input_tokens: 9, output_tokens: 3 } };
    const llmOutput = { tokenUsage: { promptTokens: 5, completionTokens: 1 } };
    expect(usageOfResult({ generations: [[{ message }]], llmOutput })).toEqual({ inputTokens: 9, outputTokens: 3 });
    expect(usageOfResult({ generations: [[{ text: 'x' }]], llmOutput })).toEqual({ inputTokens: 5, outputTokens: 1 });
    expect(usageOfResult({ generations: [] })).toBeUndefined();
  });

  it('is added up over the answers of one call', () => {
    const one = { inputTokens: 9, outputTokens: 3 };
    const cached = { ...one, cacheReadTokens: 4, cacheWriteTokens: 2 };
    expect(addUsage(undefined, one)).toEqual(one);
    expect(addUsage(one, undefined)).toEqual(one);
    expect(addUsage(one, one)).toEqual({ inputTokens: 18, outputTokens: 6 });
    const both = { inputTokens: 18, outputTokens: 6, cacheReadTokens: 4, cacheWriteTokens: 2 };
    expect([addUsage(one, cached), addUsage(cached, one)]).toEqual([both, both]);
  });
});

describe('content that a callback shows', () => {
  const told = (handler: object, act: (listener: TokenListener) => void) => {
    const listener = new TokenListener([handler]);
    act(listener);
    return listener.hasToldContent;
  };
  it.each([{ lc_prefer_streaming: true }, { lc_prefer_chat_model_stream_events: true }, { handleLLMNewToken() {} }])(
    'counts where somebody listens: %o',
    (handler) => {
      expect(told(handler, (listener) => listener.handleLLMNewToken('text'))).toBe(true);
      expect(told(handler, (listener) => listener.handleChatModelStreamEvent({ event: 'content-block-delta' }))).toBe(
        true,
      );
      expect(told(handler, (listener) => listener.handleChatModelStreamEvent({ type: 'content-block-delta' }))).toBe(
        true,
      );
      expect(told(handler, (listener) => listener.handleChatModelStreamEvent({ event: 'message-start' }))).toBe(false);
    },
  );

  it('does not where that is only the chain that this one is a tier of', () => {
    expect(told(new TokenListener([]), (listener) => listener.handleLLMNewToken('text'))).toBe(false);
  });

  it('does not where nobody does', () => {
    const handler = { lc_prefer_streaming: false, lc_prefer_chat_model_stream_events: false };
    expect(told(handler, (listener) => listener.handleLLMNewToken('text'))).toBe(false);
  });
});

describe('the end of a stream behind an answer', () => {
  const result = { generations: [[{ message: { response_metadata: { a: 1 } }, generationInfo: { b: 2 } }]] };
  it('is known of a stream alone, and not of what comes from a cache', () => {
    const listener = new TokenListener([]);
    listener.handleLLMEnd(result);
    expect(listener.ended).toBeUndefined();
    listener.handleLLMNewToken('text');
    listener.handleLLMEnd(result, '', '', [], { cached: true });
    expect(listener.ended).toBeUndefined();
    listener.handleLLMEnd(result);
    expect(listener.ended).toMatchObject({ response_metadata: { a: 1, b: 2 } });
    listener.begin();
    expect(listener.ended).toBeUndefined();
  });
});
