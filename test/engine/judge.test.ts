import { describe, expect, test } from 'vitest';
import {
  classifyError,
  createFailover,
  judges,
  type AnswerVerdict,
  type CallOptions,
  type JudgeFacts,
  type Logger,
  type PolicyOptions,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { rateLimited } from '../support/scripted.js';

const REROUTE: PolicyOptions = { reroute: ['content_policy'] };

/** What each tier gives: a value, a list of chunks, or an error that is thrown. */
function setUp(answers: Record<string, unknown>, policy: PolicyOptions = REROUTE) {
  const clock = createManualClock();
  const warnings: string[] = [];
  const line = () => undefined;
  const logger: Logger = { debug: line, info: line, warn: (text) => void warnings.push(text), error: line };
  const failover = createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock, policy, logger });
  const asked: string[] = [];
  const left: string[] = [];
  async function* stream(provider: string, chunks: readonly unknown[]) {
    let isOver = false;
    try {
      yield* chunks;
      isOver = true;
    } finally {
      if (!isOver) left.push(provider);
    }
  }
  const run = (options: CallOptions = {}) =>
    failover.run(async ({ provider }): Promise<unknown> => {
      asked.push(provider);
      const answer = answers[provider];
      if (answer instanceof Error) throw answer;
      return Array.isArray(answer) ? stream(provider, answer) : answer;
    }, options);
  return { clock, failover, asked, left, warnings, run };
}

const refused = (id: string) => ({ id, type: 'message', content: [], stop_reason: 'refusal' });
const good = { id: 'good', type: 'message', content: [{ type: 'text', text: 'Bern' }], stop_reason: 'end_turn' };

const delta = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
const started = { type: 'message_start', message: {} };
const stopped = (stop_reason: string) => [{ type: 'message_delta', delta: { stop_reason } }, { type: 'message_stop' }];
const refusedStream = [started, ...stopped('refusal')];
const goodStream = [started, delta('Be'), delta('rn'), ...stopped('end_turn')];

async function read(value: unknown): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of value as AsyncIterable<unknown>) chunks.push(chunk);
  return chunks;
}

describe('A whole answer that is none', () => {
  test('goes on where its kind is a reroute, and puts nothing to rest', async () => {
    const { failover, asked, run } = setUp({ a: refused('a'), b: good });
    const { value, index, attempts } = await run({ judge: judges.refusal });
    expect([value, index, asked]).toEqual([good, 1, ['a', 'b']]);
    expect(attempts).toMatchObject([{ ok: false, kind: 'content_policy' }, { ok: true }]);
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  test('is the answer where its kind is neither trigger nor reroute, marked', async () => {
    const { asked, run } = setUp({ a: refused('a'), b: good }, {});
    const { value, attempts } = await run({ judge: judges.refusal });
    expect([value, asked]).toEqual([refused('a'), ['a']]);
    expect(attempts).toMatchObject([{ tier: 'a/1', ok: true, kind: 'content_policy' }]);
  });

  test.each<NonNullable<PolicyOptions['onExhausted']>>(['wrap', 'throw', 'wait', 'pause'])(
    'is the answer where all refuse: the first of them, and nothing is exhausted (%s)',
    async (onExhausted) => {
      const { clock, failover, asked, run } = setUp(
        { a: refused('a'), b: refused('b'), c: refused('c') },
        { ...REROUTE, onExhausted },
      );
      const told: string[] = [];
      for (const name of ['exhausted', 'paused', 'tier-change'] as const) failover.on(name, () => told.push(name));
      const { value, index, attempts } = await run({ judge: judges.all });
      expect([value, index, asked]).toEqual([refused('a'), 0, ['a', 'b', 'c']]);
      expect(attempts.map(({ ok }) => ok)).toEqual([true, false, false]);
      expect([told, clock.pending]).toEqual([[], 0]);
    },
  );

  test('is the answer where the others fail, and nobody waits for them with an answer at hand', async () => {
    const { clock, run } = setUp(
      { a: refused('a'), b: rateLimited(3600), c: rateLimited(3600) },
      { ...REROUTE, onExhausted: 'wait' },
    );
    const { value } = await run({ judge: judges.refusal });
    expect([value, clock.pending]).toEqual([refused('a'), 0]);
  });

  test('steps down where its kind is a trigger, with the wait that the judge names', async () => {
    const { clock, failover, run } = setUp({ a: { busy: true }, b: { busy: false } });
    const judge = (answer: { busy: boolean }): AnswerVerdict | false =>
      answer.busy && { kind: 'rate_limit', retryAfterMs: 30_000, message: 'busy, see https://u:p@host/' };
    const errors: unknown[] = [];
    const { index, attempts } = await run({ judge });
    expect([index, errors]).toEqual([1, []]);
    expect(attempts[0]).toMatchObject({ kind: 'rate_limit', retryAfterMs: 30_000 });
    expect((await failover.state('default')).tiers[0]!.retryAfterUntil).toBe(clock.now() + 30_000);
  });

  describe('beside an answer that plainly failed', () => {
    const clock = createManualClock();
    const message = 'Rate limit reached for gpt-5 in organization org-x';
    const limited = { choices: [], error: { message, code: 'acme_dry', resets_at: clock.now() + 20_000 } };
    const call = ({ model }: { model: string }) => (model === '1' ? limited : good);

    test.each(['all', 'empty', 'failed'] as const)(
      'judges.%s takes nothing from it: its dated wait, and that its limit is one of the model',
      async (name) => {
        const failover = createFailover({ chain: ['a/1', 'a/2', 'b/3'], clock });
        const { tier, attempts } = await failover.run(call, { judge: judges[name] });
        expect(tier.model).toBe('2');
        expect(attempts).toMatchObject([{ kind: 'rate_limit', retryAfterMs: 20_000 }, { ok: true }]);
      },
    );

    test('judges.all leaves it to the rules of the host', async () => {
      const rules = [{ id: 'dry', kind: 'overloaded', code: 'acme_dry' }] as const;
      const failover = createFailover({
        chain: ['a/1', 'b/3'],
        classify: (error, options) => classifyError(error, { ...options, rules }),
      });
      const { attempts } = await failover.run(call, { judge: judges.all });
      expect(attempts[0]).toMatchObject({ kind: 'overloaded' });
    });

    test("a host's own may say otherwise", async () => {
      const failover = createFailover({ chain: ['a/1', 'b/3'], clock });
      const judge = (answer: unknown): AnswerVerdict | undefined => (answer === limited ? 'timeout' : undefined);
      const { attempts } = await failover.run(call, { judge });
      expect(attempts[0]).toMatchObject({ kind: 'timeout' });
    });
  });

  test('is not asked again by a retry inside the tier for what it says, and respects hasSideEffects', async () => {
    const { asked, run } = setUp({ a: refused('a'), b: good }, { ...REROUTE, retry: { maxAttempts: 3 } });
    expect((await run({ judge: judges.refusal })).value).toBe(good);
    expect((await run({ judge: judges.refusal, hasSideEffects: () => true })).value).toMatchObject({ id: 'a' });
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  test('shows that a tier on trial works: it is up again', async () => {
    const { clock, failover, run } = setUp({ a: refused('a'), b: good });
    await failover.record('default', { tier: 0, ok: false, kind: 'overloaded' });
    await clock.advance(60_000);
    await run({ judge: judges.refusal });
    expect(await failover.state('default')).toMatchObject({ tier: 0, reportedTier: 0 });
  });

  test('is what every other one is where the call is pinned', async () => {
    const { asked, run } = setUp({ a: refused('a'), b: good });
    expect((await run({ judge: judges.refusal, pinned: 0 })).attempts).toMatchObject([{ ok: true }]);
    expect(asked).toEqual(['a']);
  });
});

describe('A stream that is no answer', () => {
  test('is left for the next tier before its reader sees anything of it', async () => {
    const { asked, left, run } = setUp({ a: refusedStream, b: goodStream });
    const { value, index } = await run({ judge: judges.refusal });
    expect(index).toBe(1);
    expect(await read(value)).toEqual(goodStream);
    expect([asked, left]).toEqual([['a', 'b'], ['a']]);
  });

  test('is kept, whole and of its kind, where nobody does better; the others are stopped', async () => {
    const second = [started, ...stopped('refusal')];
    const { left, run } = setUp({ a: refusedStream, b: second, c: second });
    const { value, index, attempts } = await run({ judge: judges.refusal });
    expect(index).toBe(0);
    expect(attempts[0]).toMatchObject({ ok: true, kind: 'content_policy' });
    expect(left).toEqual(['b', 'c']);
    expect(Object.prototype.toString.call(value)).not.toContain('Promise');
    expect(await read(value)).toEqual(refusedStream);
    expect(left).toEqual(['b', 'c']);
  });

  test('a ReadableStream stays one', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock(), policy: REROUTE });
    const { value } = await failover.run(
      () =>
        new ReadableStream<object>({
          start(controller) {
            for (const each of refusedStream) controller.enqueue(each);
            controller.close();
          },
        }),
      { judge: judges.refusal },
    );
    expect(value).toBeInstanceOf(ReadableStream);
    expect(await read(value)).toEqual(refusedStream);
  });

  test('a caller who aborts stops the stream that is kept, too', async () => {
    const { left, failover } = setUp({});
    const controller = new AbortController();
    async function* stream() {
      try {
        yield started;
        yield stopped('refusal')[0];
        yield stopped('refusal')[1];
      } finally {
        left.push('a');
      }
    }
    const running = failover.run(
      ({ provider }) => {
        if (provider === 'a') return stream();
        controller.abort(new Error('enough'));
        return new Promise<never>(() => undefined);
      },
      { judge: judges.refusal, signal: controller.signal },
    );
    await expect(running).rejects.toThrow('enough');
    expect(left).toEqual(['a']);
  });

  test('after content a verdict is recorded and never thrown', async () => {
    const chunks = [started, delta('Be'), ...stopped('refusal')];
    const { failover, run } = setUp({ a: chunks });
    const kinds: string[] = [];
    failover.on('attempt-failed', ({ kind }) => kinds.push(kind));
    const { value, attempts } = await run({ judge: judges.refusal });
    expect(await read(value)).toEqual(chunks);
    expect([kinds, attempts]).toMatchObject([['content_policy'], [{ ok: true }]]);
    expect(await failover.state('default')).toMatchObject({ tier: 0 });
  });

  test('after content, one whose kind is a trigger puts the tier to rest for the next call', async () => {
    const { failover, run } = setUp({ a: goodStream, b: good });
    const { value } = await run({ judge: (_chunk: unknown, { end }: JudgeFacts) => end && 'overloaded' });
    expect(await read(value)).toEqual(goodStream);
    expect(await failover.state('default')).toMatchObject({ tier: 1, lastFailureKind: 'overloaded' });
  });

  test('the judge is asked for each chunk up to the first content, and once at the end', async () => {
    const seen: unknown[] = [];
    const { run } = setUp({ a: goodStream });
    const { value } = await run({ judge: (chunk: unknown, facts: JudgeFacts) => void seen.push([chunk, facts]) });
    await read(value);
    expect(seen).toEqual([
      [started, { end: false, hadContent: false }],
      [delta('Be'), { end: false, hadContent: false }],
      [stopped('end_turn')[0], { end: true, hadContent: true }],
    ]);
  });

  test('an empty one ends without content', async () => {
    const { run } = setUp({ a: [started, ...stopped('end_turn')], b: goodStream });
    const { index, attempts } = await run({ judge: judges.empty });
    expect([index, attempts[0]]).toMatchObject([1, { kind: 'server_error' }]);
  });

  test('with stream: false nobody judges it', async () => {
    const seen: unknown[] = [];
    const { run } = setUp({ a: refusedStream });
    const { value, index } = await run({ stream: false, judge: (chunk: unknown) => void seen.push(chunk) });
    expect([index, seen]).toEqual([0, []]);
    expect(await read(value)).toEqual(refusedStream);
  });
});

describe('A judge that is wrong is a warning, and the answer stands', () => {
  const wrong: [string, () => unknown][] = [
    ['throws', () => expect.fail('no')],
    [
      'throws nothing',
      () => {
        throw undefined;
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['is async', async () => 'content_policy'],
    ['names no kind', () => 'refused'],
    ['names a kind of no kind', () => ({ kind: 'refused' })],
    ['names no wait', () => ({ kind: 'rate_limit', retryAfterMs: Number.NaN })],
    ['names a wait that is past', () => ({ kind: 'rate_limit', retryAfterMs: -1 })],
    ['says something that is no text', () => ({ kind: 'rate_limit', message: 7 })],
    ['says true', () => true],
    ['says a number', () => 7],
    ['says an object that throws', () => Object.defineProperty({}, 'kind', { get: () => expect.fail('no') })],
  ];

  test.each(wrong)('%s', async (_, judge) => {
    const { warnings, run } = setUp({ a: good });
    expect(await run({ judge: judge as () => undefined })).toMatchObject({ value: good, attempts: [{ ok: true }] });
    expect(warnings).toEqual([expect.stringMatching(/^tierfall: judge (threw|returned )/u)]);
  });

  test.each(wrong)('%s, about a stream', async (_, judge) => {
    const { warnings, run } = setUp({ a: goodStream });
    const { value } = await run({ judge: judge as () => undefined });
    expect(await read(value)).toEqual(goodStream);
    expect(warnings.length).toBeGreaterThan(0);
  });

  test.each([undefined, null, false, ''])('%j says nothing, and that is fine', async (nothing) => {
    const { warnings, run } = setUp({ a: good });
    expect((await run({ judge: () => nothing as undefined })).value).toBe(good);
    expect(warnings).toEqual([]);
  });

  test('an answer that plainly failed is a failure, whatever a judge says', async () => {
    const { run } = setUp({ a: { object: 'response', status: 'failed', error: null, output: [] }, b: good });
    expect((await run({ judge: () => undefined })).index).toBe(1);
  });

  test('one that is no function is refused', async () => {
    const { run } = setUp({ a: good });
    await expect(run({ judge: 'refusal' as never })).rejects.toMatchObject({ issues: [{ path: 'judge' }] });
  });
});

describe('A judged answer costs what it costs', () => {
  const budget = { limit: 1000, windowMs: 3_600_000 };
  const usage = (value: object) =>
    'usage' in value ? { inputTokens: (value.usage as { total: number }).total, outputTokens: 0 } : undefined;

  test('also where another tier does better', async () => {
    const { failover, run } = setUp(
      { a: { ...refused('a'), usage: { total: 30 } }, b: { ...good, usage: { total: 7 } } },
      { ...REROUTE, tokenBudget: budget },
    );
    await run({ judge: judges.refusal, usage: usage as never });
    expect((await failover.budget('default'))?.used).toBe(37);
  });

  test('and a limit of the caller’s own changes nothing about a judge', async () => {
    const { run } = setUp({ a: refused('a'), b: refused('b'), c: refused('c') });
    const { value, attempts } = await run({ judge: judges.refusal, deadlineMs: 60_000 });
    expect([value, attempts.length]).toEqual([refused('a'), 3]);
    const streamed = setUp({ a: refusedStream, b: refusedStream, c: refusedStream });
    const { index, value: stream } = await streamed.run({ judge: judges.refusal, deadlineMs: 60_000 });
    expect([index, await read(stream)]).toEqual([0, refusedStream]);
  });
});
