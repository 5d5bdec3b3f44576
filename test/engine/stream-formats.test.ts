import { describe, expect, test } from 'vitest';
import { createFailover, streamMarks, type CallOptions, type Kind } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const chat = (delta: object, finish_reason: string | null = null) => ({
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason }],
});
const response = { id: 'r', object: 'response', status: 'in_progress', output: [] };
const message = { id: 'm', type: 'message', role: 'assistant', content: [] };
const candidate = (text: string, finishReason?: string) => ({
  candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...(finishReason ? { finishReason } : {}) }],
});
const usage = { inputTokens: {}, outputTokens: {} };

/** The beginning, the content and the end of a good stream in each format. */
const streams: Record<string, { preamble: object[]; content: object; end: object[] }> = {
  'OpenAI chat': {
    preamble: [chat({ role: 'assistant', content: '' })],
    content: chat({ content: 'hello' }),
    end: [chat({}, 'stop'), { object: 'chat.completion.chunk', choices: [], usage: {} }],
  },
  'OpenAI chat as Azure begins it': {
    preamble: [{ id: '', object: '', model: '', choices: [], prompt_filter_results: [] }, chat({ role: 'assistant' })],
    content: chat({ tool_calls: [{ index: 0, function: { name: 'f' } }] }),
    end: [chat({}, 'tool_calls')],
  },
  'OpenAI chat as LiteLLM fills it up': {
    preamble: [chat({ role: 'assistant', content: '', tool_calls: null, function_call: null, audio: null })],
    content: chat({ content: 'hello' }),
    end: [chat({ content: null, tool_calls: [] }, 'length')],
  },
  'OpenAI completions': {
    preamble: [{ object: 'text_completion', choices: [{ index: 0, text: '', finish_reason: null }] }],
    content: { object: 'text_completion', choices: [{ index: 0, text: 'hello', finish_reason: null }] },
    end: [{ object: 'text_completion', choices: [{ index: 0, text: '', finish_reason: 'stop' }] }],
  },
  'OpenAI responses': {
    preamble: [
      { type: 'response.created', response },
      { type: 'response.output_item.added', item: {} },
    ],
    content: { type: 'response.output_text.delta', delta: 'hello' },
    end: [{ type: 'response.completed', response: { ...response, status: 'completed' } }],
  },
  'OpenAI responses of a server that sends no deltas': {
    preamble: [{ type: 'response.created', response }],
    content: { type: 'response.output_text.done', text: 'hello' },
    end: [{ type: 'response.incomplete', response: { ...response, status: 'incomplete' } }],
  },
  Anthropic: {
    preamble: [
      { type: 'message_start', message },
      { type: 'ping' },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ],
    content: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hello' } },
    end: [
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
      { type: 'message_stop' },
    ],
  },
  'Anthropic with a ping first': {
    preamble: [{ type: 'ping' }, { type: 'message_start', message }],
    content: { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', name: 'f' } },
    end: [{ type: 'message_stop' }],
  },
  Gemini: {
    preamble: [{ usageMetadata: {}, modelVersion: 'gemini' }, candidate('')],
    content: candidate('hello'),
    end: [candidate('', 'STOP')],
  },
  'parts of an AI SDK model': {
    preamble: [
      { type: 'stream-start', warnings: [] },
      { type: 'text-start', id: '0' },
    ],
    content: { type: 'text-delta', id: '0', delta: 'hello' },
    end: [
      { type: 'text-end', id: '0' },
      { type: 'finish', usage, finishReason: { unified: 'stop', raw: 'stop' } },
    ],
  },
  'parts of streamText': {
    preamble: [{ type: 'start' }, { type: 'start-step', request: {}, warnings: [] }, { type: 'text-start', id: '0' }],
    content: { type: 'text-delta', id: '0', text: 'hello' },
    end: [
      { type: 'finish-step', finishReason: 'stop', usage: {} },
      { type: 'finish', finishReason: 'stop', totalUsage: {} },
    ],
  },
  'chunks of a UI message stream': {
    preamble: [{ type: 'start', messageId: 'm' }, { type: 'start-step' }, { type: 'text-start', id: '0' }],
    content: { type: 'text-delta', id: '0', delta: 'hello' },
    end: [{ type: 'text-end', id: '0' }, { type: 'finish-step' }, { type: 'finish' }],
  },
};
const names = Object.keys(streams);

async function* from(...chunks: unknown[]): AsyncGenerator {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield chunk;
  }
}

async function read(stream: AsyncIterable<unknown>): Promise<{ chunks: unknown[]; error: unknown }> {
  const chunks: unknown[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
    return { chunks, error: undefined };
  } catch (error) {
    return { chunks, error };
  }
}

/** Runs a call whose first tier streams `first`, and the second one plain text. */
async function run(first: unknown[], options: CallOptions<unknown> = {}) {
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock() });
  const call = ({ provider }: { provider: string }): AsyncGenerator =>
    provider === 'a' ? from(...first) : from('second');
  const { value, attempts } = await failover.run(call, options);
  const kinds = attempts.map(({ ok, kind }) => (ok ? 'ok' : kind));
  return { ...(await read(value)), kinds, state: await failover.state('default') };
}

const overloaded = Object.assign(new Error('Overloaded'), { status: 529 });

describe.each(names)('%s', (name) => {
  const { preamble, content, end } = streams[name]!;

  test('a whole stream passes unchanged', async () => {
    const whole = [...preamble, content, ...end];
    const { chunks, error, kinds } = await run(whole);
    expect([chunks, error, kinds]).toEqual([whole, undefined, ['ok']]);
  });

  test('its preamble is no content, its content is', async () => {
    expect(await run([...preamble, overloaded])).toMatchObject({ chunks: ['second'], kinds: ['overloaded', 'ok'] });
    const after = await run([...preamble, content, overloaded]);
    expect(after).toMatchObject({ chunks: [...preamble, content], error: overloaded, kinds: ['ok'] });
  });

  test('an end before its end mark is a cut', async () => {
    expect(await run(preamble)).toMatchObject({ kinds: ['network', 'ok'] });
    const cut = await run([...preamble, content]);
    expect(cut.error).toMatchObject({ code: 'TIERFALL_STREAM_CUT', tier: 'a/1', chunks: preamble.length + 1 });
    expect(cut.state).toMatchObject({ tier: 1, lastFailureKind: 'network' });
  });

  test.each(Object.entries(streamMarks))('marks of %s that are handed in change nothing of that', async (_, marks) => {
    expect(await run([...preamble, content, ...end], marks)).toMatchObject({ error: undefined, kinds: ['ok'] });
    expect((await run([...preamble, content], marks)).error).toMatchObject({ code: 'TIERFALL_STREAM_CUT' });
  });
});

describe('chunks of no known format', () => {
  test.each<[string, unknown[]]>([
    ['text', ['hello']],
    ['bytes', [new Uint8Array([1])]],
    ['a number, nothing', [1, null, undefined]],
    ['Ollama', [{ model: 'm', message: { role: 'assistant', content: 'hello' }, done: false }]],
    ['Cohere', [{ type: 'message-start' }, { type: 'content-delta', delta: { message: {} } }]],
    ['Bedrock', [{ messageStart: { role: 'assistant' } }]],
    ['the Realtime API', [{ type: 'response.created', event_id: 'e', response }]],
    [
      'Mastra',
      [
        { type: 'start', runId: 'r', from: 'AGENT', payload: {} },
        { type: 'step-start', payload: {} },
      ],
    ],
    ['events of a host', [{ type: 'start' }, { type: 'token', text: 'hello' }, { type: 'end' }]],
    [
      'results of a host',
      [
        { error: null, data: 1 },
        { type: 'error', code: 3 },
      ],
    ],
    ['choices of a host', [{ choices: ['yes', 'no'] }]],
    ['an error of a tool of a host, after its own events', [{ type: 'log' }, { type: 'error', error: 'tool failed' }]],
    ['getters that throw', [Object.defineProperty({}, 'type', { get: () => expect.unreachable() })]],
  ])('%s: content, and any end is a good one', async (_, chunks) => {
    expect(await run(chunks)).toMatchObject({ chunks, error: undefined, kinds: ['ok'], state: { tier: 0 } });
  });

  test('only an empty stream is a failure', async () => {
    expect(await run([])).toMatchObject({ kinds: ['network', 'ok'] });
    expect(await run([{ type: 'ping' }])).toMatchObject({ kinds: ['ok'], chunks: [{ type: 'ping' }] });
  });

  test('marks that are handed in judge them', async () => {
    await expect(run(['hello'], streamMarks.anthropic)).rejects.toMatchObject({
      cause: { code: 'TIERFALL_STREAM_CUT', chunks: 1 },
    });
  });
});

describe("marks of the host's own outrank what is recognised", () => {
  const { preamble, content, end } = streams['OpenAI chat']!;

  test('isContent', async () => {
    const isContent = (chunk: unknown) => chunk === 'second';
    const { chunks, kinds } = await run([...preamble, content, overloaded], { isContent });
    expect([chunks, kinds]).toEqual([['second'], ['overloaded', 'ok']]);
    const first = await run([...preamble, overloaded], { isContent: () => true });
    expect(first).toMatchObject({ chunks: preamble, error: overloaded });
  });

  test('isComplete', async () => {
    expect(await run([...preamble, content], { isComplete: () => true })).toMatchObject({ error: undefined });
    const never = await run([...preamble, content, ...end], { isComplete: () => false });
    expect(never.error).toMatchObject({ code: 'TIERFALL_STREAM_CUT' });
  });

  test.each(['isContent', 'isComplete'])(
    '%s that answers with a promise is taken for yes, and warned of',
    async (name) => {
      const warnings: string[] = [];
      const logger = { debug() {}, info() {}, error() {}, warn: (text: string) => void warnings.push(text) };
      const failover = createFailover({ chain: ['a/1'], logger });
      const late = (): never => Promise.reject(new Error('late')) as never;
      const { value } = await failover.run(() => from(...preamble, content), { [name]: late });
      await read(value);
      expect(warnings[0]).toMatch(/isContent or isComplete returned a promise/u);
    },
  );
});

describe('failures that a stream reports', () => {
  const quota = { code: 'insufficient_quota', message: 'You exceeded your current quota.' };
  const exhausted = { code: 429, message: 'Quota exceeded.', status: 'RESOURCE_EXHAUSTED' };

  test.each<[string, string, object, Kind]>([
    ['OpenAI chat', 'an error', { error: quota }, 'quota'],
    [
      'OpenAI chat',
      'an error beside a choice',
      { choices: [{ finish_reason: 'error', error: { code: 502 } }] },
      'server_error',
    ],
    ['OpenAI chat', 'the reason `error`', chat({}, 'error'), 'server_error'],
    ['OpenAI chat', 'a reason of DeepSeek', chat({}, 'insufficient_system_resource'), 'overloaded'],
    ['OpenAI chat', 'an error of vLLM', { object: 'error', message: 'CUDA error', code: 500 }, 'server_error'],
    ['OpenAI responses', 'response.failed', { type: 'response.failed', response: { error: quota } }, 'quota'],
    [
      'OpenAI responses',
      'response.failed without a reason',
      { type: 'response.failed', response: { error: null } },
      'server_error',
    ],
    [
      'OpenAI responses',
      'an error event',
      { type: 'error', code: 'rate_limit_exceeded', message: 'Slow down.' },
      'rate_limit',
    ],
    [
      'Anthropic',
      'an error event',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      'overloaded',
    ],
    ['Gemini', 'an error', { error: exhausted }, 'quota'],
    [
      'parts of an AI SDK model',
      'an error part',
      { type: 'error', error: { type: 'overloaded_error', message: 'x' } },
      'overloaded',
    ],
    ['chunks of a UI message stream', 'an error chunk', { type: 'error', errorText: 'Overloaded' }, 'overloaded'],
  ])('%s: %s is judged by what is inside it', async (name, _, failure, kind) => {
    const { preamble, content } = streams[name]!;
    const before = await run([...preamble, failure]);
    expect(before).toMatchObject({ chunks: ['second'], kinds: [kind, 'ok'], state: { tier: 1 } });

    const after = await run([...preamble, content, failure]);
    expect(after.chunks).toEqual([...preamble, content]);
    expect(after.error).toMatchObject({ code: 'TIERFALL_ANSWER_REJECTED', tier: 'a/1', kind, answer: failure });
    expect(after.state).toMatchObject({ tier: 1, lastFailureKind: kind });
  });

  test.each<[string, object]>([
    ['an error event', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
    ['an error and nothing else', { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }],
    ['an error of vLLM', { object: 'error', message: 'The engine is overloaded', code: 503 }],
  ])('a stream may begin with %s', async (_, failure) => {
    expect(await run([failure])).toMatchObject({ chunks: ['second'], kinds: ['overloaded', 'ok'] });
  });

  test.each<[string, object]>([
    ['Gemini', { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', content: {} }] }],
    ['parts of an AI SDK model', { type: 'finish', usage, finishReason: { unified: 'error', raw: 'x' } }],
    ['parts of an AI SDK model', { type: 'finish', usage, finishReason: { unified: 'other', raw: 'error' } }],
    ['parts of an AI SDK model', { type: 'finish', usage, finishReason: 'unknown' }],
    ['parts of streamText', { type: 'finish', finishReason: 'error', totalUsage: {} }],
  ])('%s: a finish reason that means a failure is one without content, and an end after it', async (name, end) => {
    const { preamble, content } = streams[name]!;
    expect(await run([...preamble, end])).toMatchObject({ kinds: ['server_error', 'ok'] });
    expect(await run([...preamble, content, end])).toMatchObject({ error: undefined, kinds: ['ok'] });
  });

  test.each<[string, object]>([
    ['parts of an AI SDK model', { type: 'finish', usage, finishReason: { unified: 'interrupted', raw: undefined } }],
    ['parts of an AI SDK model', { type: 'finish', usage, finishReason: { unified: 'other', raw: undefined } }],
    ['parts of streamText', { type: 'finish', finishReason: 'other', rawFinishReason: undefined, totalUsage: {} }],
  ])('%s: a finish that the SDK adds to a stream without one is no end mark', async (name, end) => {
    const { preamble, content } = streams[name]!;
    expect(await run([...preamble, content, end])).toMatchObject({ error: { code: 'TIERFALL_STREAM_CUT' } });
    expect(await run([...preamble, end])).toMatchObject({ kinds: ['network', 'ok'] });
  });

  test('an error that is one already reaches the reader as it is', async () => {
    const { preamble, content } = streams['parts of an AI SDK model']!;
    const { error } = await run([...preamble, content, { type: 'error', error: overloaded }]);
    expect(error).toBe(overloaded);
  });

  test('the wait that is named inside is kept, and nothing secret is shown', async () => {
    const key = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789';
    const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '42s' };
    const { preamble, content } = streams['Gemini']!;
    const failure = { error: { ...exhausted, message: `Quota exceeded for ${key}.`, details: [retry] } };
    const { error, state } = await run([...preamble, content, failure]);
    expect(error).toMatchObject({ retryAfterMs: 42_000, cause: failure.error });
    expect(String(error)).not.toContain(key);
    expect(state.tiers[0]!.retryAfterUntil).toBeGreaterThan(0);
  });

  test('a failure cancels the stream that reports it', async () => {
    let isClosed = false;
    async function* source() {
      try {
        yield { type: 'message_start', message };
        yield { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
        yield* from('never');
      } finally {
        isClosed = true;
      }
    }
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const { index } = await failover.run(({ provider }): AsyncGenerator => (provider === 'a' ? source() : from('x')));
    expect([index, isClosed]).toEqual([1, true]);
  });
});
