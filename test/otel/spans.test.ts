import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFailover, isTierfallError, resolveWithFallback, type Failover } from '../../src/index.js';
import { instrumentFailover } from '../../src/otel/index.js';
import { createManualClock } from '../../src/testing/index.js';
import { chain, limited, reject } from './calls.js';
import { createTelemetry, type TestTelemetry } from './telemetry.js';

let telemetry: TestTelemetry;
beforeEach(() => {
  telemetry = createTelemetry();
});
afterEach(() => telemetry.close());

function observed(failover: Failover = createFailover({ chain })) {
  const { tracerProvider, meterProvider } = telemetry;
  return instrumentFailover(failover, { tracerProvider, meterProvider });
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

  test('a mistake in its options by the code of that, which its caller is told as without spans', async () => {
    const signal = new AbortController() as unknown as AbortSignal;
    await expect(observed().run(() => 'Hi', { signal })).rejects.toThrow('signal: expected an AbortSignal');
    expect(telemetry.spans().map(({ attributes }) => attributes['error.type'])).toEqual(['TIERFALL_CONFIG']);
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
