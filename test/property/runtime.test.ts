import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createFailover,
  isTierfallError,
  type Attempt,
  type CallContext,
  type CallOptions,
  type PolicyOptions,
  type Tier,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError } from '../support/scripted.js';

// Nothing below looks inside: what is checked is what the providers would see, and what callers are told.

const chain = ['a/1', 'b/2', 'c/3'];
const LAST = chain.length - 1;

/** What a provider does with one request. */
interface Turn {
  latencyMs: number;
  status: number;
  waitSeconds: number | undefined;
}

/** What the world does next. */
type Step =
  | { does: 'pause'; afterMs: number }
  | { does: 'resume'; afterMs: number }
  | { does: 'reset'; afterMs: number }
  | {
      does: 'call';
      afterMs: number;
      options: Pick<CallOptions, 'pinned' | 'fallbacks' | 'deadlineMs'>;
      abortMs: number | undefined;
    };

interface Script {
  policy: PolicyOptions;
  turns: Turn[][];
  steps: Step[];
}

const latencyMs = fc.oneof(fc.constant(0), fc.nat(3000), fc.nat(20_000));
const turn = (statuses: number[]) =>
  fc.record({
    latencyMs,
    status: fc.constantFrom(...statuses),
    waitSeconds: fc.option(fc.constantFrom(0, 1, 10, 60), { nil: undefined }),
  });

const call = fc.record({
  does: fc.constant('call' as const),
  afterMs: fc.oneof(fc.constant(0), fc.nat(500), fc.nat(30_000)),
  options: fc.record(
    {
      pinned: fc.nat(LAST),
      fallbacks: fc.uniqueArray(fc.nat(LAST), { maxLength: 3 }),
      deadlineMs: fc.integer({ min: 1, max: 30_000 }),
    },
    { requiredKeys: [] },
  ),
  abortMs: fc.option(fc.nat(10_000), { nil: undefined, freq: 8 }),
});
const plainCall = call.map((step) => ({ ...step, options: {} }));
const operator = fc.record({
  does: fc.constantFrom('pause' as const, 'resume' as const, 'resume' as const, 'reset' as const),
  afterMs: fc.nat(5000),
});

const policy = fc
  .record(
    {
      onExhausted: fc.constantFrom('wrap' as const, 'pause' as const, 'wait' as const, 'throw' as const),
      recovery: fc.constantFrom('on-success' as const, 'probe' as const),
      attemptTimeoutMs: fc.integer({ min: 1, max: 20_000 }),
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      cooldownMs: fc.constantFrom(1000, 15_000),
    },
    { requiredKeys: [] },
  )
  .map(
    ({ maxAttempts, cooldownMs, ...rest }): PolicyOptions => ({
      ...rest,
      ...(maxAttempts === undefined ? {} : { retry: { maxAttempts, initialDelayMs: 500, maxDelayMs: 8000 } }),
      ...(cooldownMs === undefined ? {} : { cooldown: { initialMs: cooldownMs, factor: 2, maxMs: 60_000 } }),
    }),
  );

const script = (steps: fc.Arbitrary<Step>, laterTurn: fc.Arbitrary<Turn>): fc.Arbitrary<Script> =>
  fc.record({
    policy,
    turns: fc.tuple(
      ...chain.map((_, index) =>
        fc.array(index > 0 ? laterTurn : turn([200, 200, 429, 503, 500, 401, 400]), {
          minLength: 1,
          maxLength: 12,
        }),
      ),
    ),
    steps: fc.array(steps, { minLength: 1, maxLength: 40 }),
  });

/** One request as a provider sees it. */
interface Request {
  call: number;
  index: number;
  attempt: number;
  startedAt: number;
  endedAt: number;
  /** Absent while it is under way, and where its caller left. */
  status: number | undefined;
}

const TIMED_OUT = 0;

/** Plays a script; `onRequest` is told of each request before it is taken in. */
async function play(
  { policy: chosen, turns, steps }: Script,
  onRequest: (request: Request, world: { paused: number; requests: readonly Request[]; silentUntil: number[] }) => void,
) {
  const clock = createManualClock();
  const failover = createFailover({ chain, policy: chosen, clock, random: () => 0.5 });
  const requests: Request[] = [];
  const queues = turns.map((each) => [...each]);
  const silentUntil = chain.map(() => 0);
  const broken: unknown[] = [];
  const endings: Promise<{ call: number; attempts: readonly Attempt[] | undefined }>[] = [];
  let paused = 0;
  failover.on('paused', () => paused++);
  failover.on('resumed', () => (paused = 0));

  const answer = (number: number) => async (_tier: Tier, context: CallContext) => {
    const { index, attempt, signal } = context;
    const request: Request = {
      call: number,
      index,
      attempt,
      startedAt: clock.now(),
      endedAt: Number.POSITIVE_INFINITY,
      status: undefined,
    };
    try {
      onRequest(request, { paused, requests, silentUntil });
    } catch (error) {
      broken.push(error);
    }
    requests.push(request);
    const queue = queues[index]!;
    const { latencyMs: takes, status, waitSeconds } = queue.length > 1 ? queue.shift()! : queue[0]!;
    await new Promise<void>((resolve, reject) => {
      const timer = clock.setTimeout(resolve, takes);
      signal.addEventListener('abort', () => {
        clock.clearTimeout(timer);
        request.endedAt = clock.now();
        if (isTierfallError(signal.reason)) request.status = TIMED_OUT;
        reject(signal.reason);
      });
    });
    request.endedAt = clock.now();
    request.status = status;
    if (status === 200) return `answer of ${index}`;
    const waits = waitSeconds !== undefined && [429, 503].includes(status);
    // Less than a second is taken for a second.
    if (waits) silentUntil[index] = Math.max(silentUntil[index]!, clock.now() + Math.max(1, waitSeconds) * 1000);
    throw apiError(status, waits ? { headers: { 'retry-after': String(waitSeconds) } } : {});
  };

  for (const [number, step] of steps.entries()) {
    await clock.advance(step.afterMs);
    if (step.does === 'pause') await failover.pause('default', { by: 'ann', reason: 'a test' });
    else if (step.does === 'resume') await failover.resume('default', { by: 'ann' });
    else if (step.does === 'reset') {
      await failover.reset('default', { by: 'ann' });
      silentUntil.fill(0);
    } else if (step.does === 'call') {
      const controller = new AbortController();
      const { abortMs, options } = step;
      if (abortMs !== undefined) clock.setTimeout(() => controller.abort(new Error('enough')), abortMs);
      const signal = abortMs === undefined ? {} : { signal: controller.signal };
      endings.push(
        failover.run(answer(number), { ...options, ...signal }).then(
          ({ attempts }) => ({ call: number, attempts }),
          (error: unknown) => ({
            call: number,
            attempts: isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED') ? error.attempts : undefined,
          }),
        ),
      );
    }
  }
  await failover.resume('default', { by: 'ann' });
  await clock.advance(10 * 60_000);
  // Under `wait` a call for which nobody ever answers ends with somebody's pause.
  await failover.pause('default', { by: 'ann', reason: 'the end' });
  await clock.advance(2 * 3_600_000);
  const all = await Promise.all(endings);
  const { pending } = clock;
  if (broken.length > 0) throw broken[0];
  return { requests, endings: all, pending };
}

/** Without retries, of which only the last counts as a failure of the tier. */
const withoutRetries = (each: Script): Script => ({ ...each, policy: { ...each.policy, retry: { maxAttempts: 1 } } });

const anything = fc.oneof({ weight: 6, arbitrary: call }, { weight: 1, arbitrary: operator });
const anyTurn = turn([200, 429, 503, 500, 401, 400]);

describe('Runtime: what never happens', () => {
  test('a tier is never asked twice in one call, but for the retries inside it', () =>
    fc.assert(
      fc.asyncProperty(script(anything, anyTurn), async (each) => {
        // Under `wait` a call walks further rounds, each tier once in each.
        fc.pre(each.policy.onExhausted !== 'wait');
        await play(each, ({ call: number, index, attempt }, { requests }) => {
          const own = requests.filter((request) => request.call === number);
          const before = own.filter((request) => request.index === index);
          expect(attempt).toBe(before.length + 1);
          if (attempt > 1) expect(own.at(-1)!.index).toBe(index);
          expect(attempt).toBeLessThanOrEqual(each.policy.retry?.maxAttempts ?? 1);
        });
      }),
      { numRuns: 300 },
    ));

  test('a tier is never asked inside the wait it named', () =>
    fc.assert(
      fc.asyncProperty(script(anything, anyTurn), async (each) => {
        await play(each, ({ index, startedAt }, { silentUntil }) => {
          expect(startedAt).toBeGreaterThanOrEqual(silentUntil[index]!);
        });
      }),
      { numRuns: 300 },
    ));

  test('nobody is asked while paused, whoever paused', () =>
    fc.assert(
      fc.asyncProperty(script(anything, anyTurn), async (each) => {
        await play(each, (_, { paused }) => expect(paused).toBe(0));
      }),
      { numRuns: 300 },
    ));

  test('the best tier, once it has failed and not answered since, is never tried by two at a time', () =>
    fc.assert(
      // The tiers behind it work, so that there is always somewhere else to go.
      fc.asyncProperty(
        script(plainCall, fc.constant({ latencyMs: 0, status: 200, waitSeconds: undefined })).map(withoutRetries),
        async (each) => {
          await play(each, ({ index, startedAt }, { requests }) => {
            if (index > 0) return;
            const past = requests.filter((request) => request.index === index);
            const ended = past.filter((request) => request.endedAt <= startedAt);
            const failures = ended.filter(({ status }) => status !== undefined && ![200, 400].includes(status));
            const failedAt = Math.max(...failures.map((request) => request.endedAt));
            if (failures.length === 0) return;
            const isProven = ended.some((request) => request.status === 200 && request.startedAt >= failedAt);
            if (isProven) return;
            const probing = past.filter((request) => request.endedAt > startedAt && request.startedAt > failedAt);
            expect(probing).toEqual([]);
          });
        },
      ),
      { numRuns: 300 },
    ));

  test('no call is left hanging, no timer is left set, and no request is left out of what a caller is told', () =>
    fc.assert(
      fc.asyncProperty(script(anything, anyTurn), async (each) => {
        const { requests, endings, pending } = await play(each, () => undefined);
        expect(pending).toBe(0);
        for (const { call: number, attempts } of endings) {
          if (!attempts) continue;
          const seen = requests.filter((request) => request.call === number).map(({ index }) => index);
          expect(attempts.map(({ index }) => index)).toEqual(seen);
        }
      }),
      { numRuns: 200 },
    ));
});
