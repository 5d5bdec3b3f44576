import { describe, expect, test } from 'vitest';
import { classifyError } from '../../src/core/classify/classify-error.js';
import { createFailover } from '../../src/create-failover.js';
import { resolveWithFallback } from '../../src/engine/api/resolve-with-fallback.js';
import {
  answers,
  auth,
  contentPolicy,
  contextOverflow,
  createManualClock,
  createScriptedProvider,
  fails,
  hangs,
  invalidRequest,
  modelUnavailable,
  network,
  overloaded,
  permission,
  quota,
  rateLimit,
  serverError,
  streams,
  timeout,
} from '../../src/testing/index.js';

const chain = ['openai/gpt', 'anthropic/claude'] as const;

describe('errors', () => {
  const errors = {
    auth,
    content_policy: contentPolicy,
    context_overflow: contextOverflow,
    invalid_request: invalidRequest,
    model_unavailable: modelUnavailable,
    overloaded,
    permission,
    quota,
    rate_limit: rateLimit,
    server_error: serverError,
  };

  for (const sdk of ['openai', 'anthropic'] as const) {
    for (const [kind, makeError] of Object.entries(errors)) {
      test(`${kind} as ${sdk} tells of it is judged so`, () => {
        expect(classifyError(makeError({ sdk })()).kind).toBe(kind);
      });
    }
  }

  test('network and timeout are judged as what they are', () => {
    expect(classifyError(network()()).kind).toBe('network');
    expect(classifyError(timeout()()).kind).toBe('timeout');
  });

  test('an error says what it is told to say', () => {
    expect(String(overloaded({ message: 'come back later' })())).toContain('come back later');
  });

  test('the wait is read to the millisecond', () => {
    for (const sdk of ['openai', 'anthropic'] as const) {
      expect(classifyError(rateLimit({ sdk, retryAfterMs: 1250 })()).retryAfterMs).toBe(1250);
    }
  });

  test('each call gets an error of its own', () => {
    const makeError = serverError();
    expect(makeError()).not.toBe(makeError());
  });
});

describe('a scripted provider', () => {
  test('plays its lines in order and keeps a list of the calls', async () => {
    const clock = createManualClock({ now: 0 });
    const provider = createScriptedProvider(
      {
        'openai/gpt': [fails(2).with(rateLimit({ retryAfterMs: 30_000 })), answers('back')],
        'anthropic/claude': answers('second').after(1000),
      },
      { clock },
    );
    const failover = createFailover({ chain, clock });
    const run = async () => {
      const result = resolveWithFallback(failover, provider.call);
      await clock.advance(1000);
      return (await result).value;
    };
    expect(await run()).toBe('second');
    await clock.advance(30_000);
    expect([await run(), await run()]).toEqual(['second', 'second']);
    await clock.advance(30_000);
    expect([await run(), await run()]).toEqual(['back', 'back']);
    expect(provider.callsTo('openai/gpt')).toBe(4);
    expect(provider.calls[0]).toEqual({ tier: 'openai/gpt', index: 0, attempt: 1, at: 0, does: 'fails' });
    expect(clock.pending).toBe(0);
  });

  test('plays the keys of one model apart, named as they are printed', async () => {
    const failover = createFailover({
      chain: [{ provider: 'openai', model: 'gpt', credentials: ['team', 'own', 'spare'] }],
    });
    const provider = createScriptedProvider({
      'openai/gpt@team': fails().with(auth()),
      'openai/gpt@own': [fails(1).with(rateLimit({ retryAfterMs: 30_000 })), answers('from the own key')],
      'openai/gpt': answers('from any other key'),
    });
    expect((await failover.run(provider.call)).value).toBe('from any other key');
    expect(provider.calls.map(({ tier }) => tier)).toEqual(['openai/gpt@team', 'openai/gpt@own', 'openai/gpt']);
    expect(provider.callsTo('openai/gpt@own')).toBe(1);
    expect(provider.callsTo('openai/gpt')).toBe(3);
  });

  test('a hanging tier ends with the limit of the attempt', async () => {
    const clock = createManualClock();
    const provider = createScriptedProvider({ 'openai/gpt': hangs(), 'anthropic/claude': answers('here') }, { clock });
    const failover = createFailover({ chain, clock, policy: { attemptTimeoutMs: 5000 } });
    const result = resolveWithFallback(failover, provider.call);
    await clock.advance(5000);
    const { value, attempts } = await result;
    expect(value).toBe('here');
    expect(attempts[0]?.kind).toBe('timeout');
    expect(clock.pending).toBe(0);
  });

  for (const readable of [false, true]) {
    test(`streams as ${readable ? 'a ReadableStream' : 'an async iterable'}: an error before content falls back`, async () => {
      const provider = createScriptedProvider({
        'openai/gpt': streams([], { end: serverError(), readable }),
        'anthropic/claude': streams(['a', 'b'], { readable }),
      });
      const failover = createFailover({ chain });
      const { value, index } = await resolveWithFallback(failover, provider.call, { stream: true });
      expect(isIterable(value)).toBe(true);
      const chunks: unknown[] = [];
      if (isIterable(value)) for await (const chunk of value) chunks.push(chunk);
      expect([index, chunks]).toEqual([1, ['a', 'b']]);
    });
  }

  test('a stream that stalls ends when the call is told to stop', async () => {
    const clock = createManualClock();
    const provider = createScriptedProvider({ 'openai/gpt': streams(['a'], { end: 'stalls' }) }, { clock });
    const failover = createFailover({ chain: ['openai/gpt'], clock });
    const { value } = await resolveWithFallback(failover, provider.call, { idleTimeoutMs: 2000 });
    if (!isIterable(value)) throw new Error('expected a stream');
    const reader = value[Symbol.asyncIterator]();
    expect((await reader.next()).value).toBe('a');
    const stalled = reader.next().catch((error: unknown) => error);
    await clock.advance(2000);
    expect(await stalled).toMatchObject({ code: 'TIERFALL_STREAM_STALLED' });
    expect(clock.pending).toBe(0);
  });

  test('a call without a script, behind the last line, or without the clock it needs, says so', async () => {
    const context = { index: 0, attempt: 1, signal: new AbortController().signal };
    const [provider, model] = ['openai', 'gpt'];
    const call = (script: Parameters<typeof createScriptedProvider>[0]) =>
      createScriptedProvider(script).call({ provider, model }, context);
    await expect(call({})).rejects.toThrow(/scripts\['openai\/gpt'\]: this tier was called and has no script/);
    await expect(call({ 'openai/gtp': answers() })).rejects.toThrow(/has no script; there is one for openai\/gtp$/);
    await expect(call({ 'openai/gpt': [] })).rejects.toThrow(/the script ended after 0 calls/);
    await expect(call({ 'openai/gpt': answers().after(10) })).rejects.toThrow(/hand in a clock/);
    expect(() => fails(0).with(serverError())).toThrow(/count: expected a whole number/);
    // A maker of errors that was not called would be thrown itself, and be no failure anybody knows.
    await expect(call({ 'openai/gpt': fails().with(rateLimit) })).rejects.toThrow(/error: .*serverError\(\): call it/);
    expect(() => rateLimit({ retryAfterMs: Number.NaN })).toThrow(/retryAfterMs: expected a finite number/);
    expect(() => rateLimit({ sdk: 'google' as never })).toThrow(/sdk: expected one of openai, anthropic/);
    expect(() => streams('abc' as never)).toThrow(/chunks: expected a list/);
    expect(() => streams([], { everyMs: -1 })).toThrow(/everyMs: expected a finite number/);
    // It would end well, and the test would pass for the wrong reason.
    expect(() => streams(['a'], { end: new Error('x') as never })).toThrow(/end: expected 'ends', 'stalls' or what/);
  });
});

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

describe('a script that takes time', () => {
  const tier = { provider: 'openai', model: 'gpt' };
  /** The context of a call, as far as a script looks at it. */
  const contextOf = (signal = new AbortController().signal) => ({ index: 0, attempt: 1, signal }) as never;

  test('sends a chunk each time it says so', async () => {
    const clock = createManualClock({ now: 0 });
    const script = { 'openai/gpt': streams(['a', 'b'], { everyMs: 100 }) };
    const provider = createScriptedProvider(script, { clock });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of (await provider.call(tier, contextOf())) as AsyncIterable<string>)
        seen.push(`${chunk}@${clock.now()}`);
    })();
    await clock.advance(200);
    await reading;
    expect(seen).toEqual(['a@100', 'b@200']);
  });

  test('of a call that was aborted before rejects with its reason', async () => {
    const provider = createScriptedProvider({ 'openai/gpt': hangs() });
    const reason = new Error('too late');
    await expect(provider.call(tier, contextOf(AbortSignal.abort(reason)))).rejects.toBe(reason);
  });

  test('fails with the very error that was given', async () => {
    const error = new Error('mine');
    const provider = createScriptedProvider({ 'openai/gpt': fails().with(error) });
    await expect(provider.call(tier, contextOf())).rejects.toBe(error);
  });
});
