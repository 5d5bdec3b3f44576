import { context as contexts, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFailover, isTierfallError, resolveWithFallback, type Failover, type Tier } from '../../src/index.js';
import { instrumentFailover, type InstrumentOptions } from '../../src/otel/index.js';
import { createManualClock } from '../../src/testing/index.js';
import { untyped } from '../ai-sdk/mocks.js';
import { createContextManager, createTelemetry, type TestTelemetry } from './telemetry.js';

let telemetry: TestTelemetry;
beforeEach(() => {
  telemetry = createTelemetry();
});
afterEach(async () => {
  await telemetry.close();
  contexts.disable();
  vi.restoreAllMocks();
});

const chain: Tier[] = [
  { provider: 'google', model: 'gemini-3' },
  { provider: 'openai', model: 'gpt-5' },
];

function observed(failover: Failover = createFailover({ chain }), options: InstrumentOptions = {}) {
  const { tracerProvider, meterProvider } = telemetry;
  return instrumentFailover(failover, { tracerProvider, meterProvider, ...options });
}

const limited = { status: 429, headers: { 'retry-after': '20' }, body: { error: { message: 'secret words' } } };
async function reject(error: unknown): Promise<never> {
  throw error;
}

async function* streamOf(chunks: readonly string[], error?: unknown): AsyncGenerator<string> {
  yield* chunks;
  if (error !== undefined) throw error;
}

test('a call is one span, with one below it for each attempt', async () => {
  const failover = observed();

  const { value } = await resolveWithFallback(failover, (tier) => (tier.model === 'gpt-5' ? 'Hi' : reject(limited)));
  const [operation, first, second, ...rest] = telemetry.spans();

  expect(value).toBe('Hi');
  expect(rest).toEqual([]);
  expect(operation).toMatchObject({
    name: 'failover chat',
    kind: SpanKind.INTERNAL,
    parentSpanContext: undefined,
    status: { code: SpanStatusCode.UNSET },
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'tierfall.attempts': 2,
      'tierfall.outcome': 'ok',
      'tierfall.tier.index': 1,
    },
  });
  expect(first).toMatchObject({
    name: 'chat gemini-3',
    kind: SpanKind.CLIENT,
    parentSpanContext: { spanId: operation?.spanContext().spanId },
    status: { code: SpanStatusCode.ERROR },
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'gcp.gemini',
      'gen_ai.request.model': 'gemini-3',
      'error.type': 'rate_limit',
      'http.response.status_code': 429,
      'tierfall.attempt': 1,
      'tierfall.outcome': 'error',
      'tierfall.retry_after': 20,
      'tierfall.rule': expect.any(String),
      'tierfall.tier.index': 0,
    },
  });
  expect(second?.attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5',
    'tierfall.attempt': 1,
    'tierfall.outcome': 'ok',
    'tierfall.tier.index': 1,
  });
  expect(operation?.events).toMatchObject([
    {
      name: 'tierfall.tier_change',
      attributes: {
        'tierfall.from': 'google/gemini-3',
        'tierfall.to': 'openai/gpt-5',
        'tierfall.reason': 'rate_limit',
      },
    },
  ]);
});

test('a retry inside a tier is an attempt of its own', async () => {
  const clock = createManualClock();
  const retrying = createFailover({
    chain,
    clock,
    policy: { retry: { maxAttempts: 2, initialDelayMs: 100, jitter: 0 } },
  });
  const failover = observed(retrying);
  let tries = 0;

  const asked = failover.run(() => (tries++ === 0 ? reject({ status: 503 }) : 'Hi'));
  await clock.advance(100);
  await asked;
  const attempts = telemetry.spans().slice(1);

  expect(attempts.map(({ attributes }) => [attributes['tierfall.attempt'], attributes['error.type']])).toEqual([
    [1, 'server_error'],
    [2, undefined],
  ]);
});

describe('what a call ends with', () => {
  test('our own errors by code, with the attempts below by kind', async () => {
    const failover = observed();
    const exhausted: unknown = await failover.run(() => reject({ status: 401 })).catch((error: unknown) => error);
    await failover.pause('default', { by: 'ana', reason: 'because of the secret words' });
    const paused: unknown = await failover.run(() => 'Hi').catch((error: unknown) => error);
    const spans = telemetry.spans();

    expect(isTierfallError(exhausted, 'TIERFALL_CHAIN_EXHAUSTED')).toBe(true);
    expect(isTierfallError(paused, 'TIERFALL_PAUSED')).toBe(true);
    expect(spans.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['failover chat', 'TIERFALL_CHAIN_EXHAUSTED'],
      ['chat gemini-3', 'auth'],
      ['chat gpt-5', 'auth'],
      ['failover chat', 'TIERFALL_PAUSED'],
    ]);
    expect(spans[3]?.attributes['tierfall.attempts']).toBe(0);
  });

  test("the provider's own error by its kind, and it stays the same object", async () => {
    const failover = observed();
    const wrong = Object.assign(new Error('secret words'), { status: 400 });

    await expect(failover.run(() => reject(wrong))).rejects.toBe(wrong);

    expect(telemetry.spans().map(({ attributes }) => attributes['error.type'])).toEqual([
      'invalid_request',
      'invalid_request',
    ]);
  });

  test("an abort is the caller's, no error", async () => {
    const failover = observed();
    const controller = new AbortController();
    const reason = new Error('enough');

    const asked = failover.run((_tier, { signal }) => new Promise((_, no) => signal.addEventListener('abort', no)), {
      signal: controller.signal,
    });
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);

    const spans = telemetry.spans();
    expect(spans.map(({ attributes }) => attributes['tierfall.outcome'])).toEqual(['aborted', 'aborted']);
    expect(spans.every(({ status }) => status.code === SpanStatusCode.UNSET)).toBe(true);
  });

  test('an attempt that took too long ends when it is given up, not when it answers', async () => {
    const clock = createManualClock();
    const failover = observed(createFailover({ chain, clock, policy: { attemptTimeoutMs: 1000 } }));
    let answerLate: ((value: string) => void) | undefined;

    const asked = failover.run((tier) =>
      tier.model === 'gpt-5' ? 'Hi' : new Promise<string>((resolve) => (answerLate = resolve)),
    );
    await clock.advance(1000);
    await asked;
    answerLate?.('late');
    await clock.settle();

    expect(telemetry.spans().map(({ attributes }) => attributes['error.type'])).toEqual([
      undefined,
      'timeout',
      undefined,
    ]);
  });
});

describe('streams', () => {
  test('the call lasts until its stream ends, and the reader gets every chunk', async () => {
    const failover = observed();

    const { value } = await failover.run((tier) =>
      tier.model === 'gpt-5' ? streamOf(['a', 'b']) : streamOf([], { status: 529 }),
    );
    const ended = telemetry.spans().map(({ name }) => name);
    const chunks: string[] = [];
    for await (const chunk of value) chunks.push(chunk);
    const [operation, first, second] = telemetry.spans();

    expect(ended).toEqual(['chat gemini-3']);
    expect(chunks).toEqual(['a', 'b']);
    expect(first?.attributes).toMatchObject({ 'error.type': 'overloaded', 'gen_ai.request.stream': true });
    expect(second?.attributes).toMatchObject({ 'tierfall.outcome': 'ok', 'gen_ai.request.stream': true });
    expect(operation?.attributes).toMatchObject({ 'tierfall.outcome': 'ok', 'gen_ai.request.stream': true });
  });

  test('a failure after content ends both with its kind', async () => {
    const failover = observed();
    const { value } = await failover.run(() => streamOf(['a'], { status: 503 }));
    const read = async () => {
      for await (const _ of value);
    };

    await expect(read()).rejects.toEqual({ status: 503 });
    expect(telemetry.spans().map(({ attributes }) => attributes['error.type'])).toEqual([
      'server_error',
      'server_error',
    ]);
  });

  test('a reader that leaves is told apart from one that read to the end', async () => {
    const failover = observed();
    const iterable = await failover.run(() => streamOf(['a', 'b']));
    for await (const _ of iterable.value) break;
    let cancelled: unknown;
    const readable = await failover.run(
      () =>
        new ReadableStream<string>({
          start: (controller) => controller.enqueue('a'),
          cancel: (reason) => void (cancelled = reason),
        }),
    );
    expect(readable.value).toBeInstanceOf(ReadableStream);
    const reader = readable.value.getReader();
    await reader.read();
    await reader.cancel('enough');

    expect(cancelled).toBe('enough');
    expect(telemetry.spans().map(({ attributes }) => attributes['tierfall.outcome'])).toEqual(Array(4).fill('left'));
  });

  test('`stream: false` hands a stream through untouched', async () => {
    const stream = streamOf(['a']);
    const { value } = await observed().run(() => stream, { stream: false });

    expect(value).toBe(stream);
    expect(telemetry.spans()).toHaveLength(2);
  });
});

describe('calls at the same time', () => {
  const runtimes: [string, () => void][] = [
    ['with no context manager', () => undefined],
    [
      'with a context manager, on a runtime with no AsyncLocalStorage of its own',
      () => {
        contexts.setGlobalContextManager(createContextManager());
        vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => untyped(undefined));
      },
    ],
  ];
  test.each(runtimes)('each failure belongs to its own call, %s', async (_name, prepare) => {
    prepare();
    const failover = observed(createFailover({ chain, policy: { triggers: ['auth'] } }), { attributes: ['session'] });
    const statuses = [400, 401, 429, 500, 503, 529];
    const waiting: (() => void)[] = [];

    const calls = Array.from({ length: 24 }, async (_entry, at) => {
      const fail = async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        throw { status: statuses[at % statuses.length] };
      };
      // Every other one fails in its stream, after content.
      const broken = async function* () {
        yield 'a';
        await fail();
      };
      const options = { session: String(at), pinned: 0 };
      if (at % 2 === 0) {
        await failover.run(fail, options);
      } else {
        const { value } = await failover.run(broken, options);
        for await (const _ of value);
      }
    });
    while (waiting.length < 24) await new Promise((resolve) => setImmediate(resolve));
    for (const go of waiting.toReversed()) go();
    await Promise.allSettled(calls);

    const expected = ['invalid_request', 'auth', 'rate_limit', 'server_error', 'server_error', 'overloaded'];
    const spans = telemetry.spans();
    const operations = spans.filter(({ name }) => name === 'failover chat');
    expect(operations).toHaveLength(24);
    for (const operation of operations) {
      const at = Number(operation.attributes['gen_ai.conversation.id']);
      const { spanId } = operation.spanContext();
      const attempts = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === spanId);
      expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual([expected[at % statuses.length]]);
    }
  });
});

test('on a runtime that cannot tell calls apart an attempt that failed is still one', async () => {
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => untyped(undefined));
  const failover = observed();

  await failover.run((tier) => (tier.model === 'gpt-5' ? 'Hi' : reject(limited)));

  expect(telemetry.spans().map(({ attributes }) => attributes['error.type'])).toEqual([undefined, '_OTHER', undefined]);
});

test('the attempt is active while the provider is called, and hangs below what was active before', async () => {
  contexts.setGlobalContextManager(createContextManager());
  const failover = observed();
  const tracer = telemetry.tracerProvider.getTracer('host');

  await tracer.startActiveSpan('request', async (request) => {
    await failover.run(async () => {
      await Promise.resolve();
      tracer.startSpan('http').end();
    });
    expect(trace.getActiveSpan()).toBe(request);
    request.end();
  });

  const spans = telemetry.spans();
  const parentOf = (name: string) => {
    const parent = spans.find((span) => span.name === name)?.parentSpanContext?.spanId;
    return spans.find((span) => span.spanContext().spanId === parent)?.name;
  };
  expect([parentOf('http'), parentOf('chat gemini-3'), parentOf('failover chat')]).toEqual([
    'chat gemini-3',
    'failover chat',
    'request',
  ]);
});
