import * as fc from './fast-check.js';
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
import { apiError } from './scripted.js';

export const chain = ['a/1', 'b/2', 'c/3'];
const LAST = chain.length - 1;
const LONGEST_REST_MS = 6 * 3_600_000;

/** What a provider does with one request. */
export interface Turn {
  latencyMs: number;
  status: number;
  waitSeconds: number | undefined;
}

/** What the world does next. */
export type Step =
  | { does: 'pause'; afterMs: number }
  | { does: 'resume'; afterMs: number }
  | { does: 'reset'; afterMs: number }
  | {
      does: 'call';
      afterMs: number;
      options: Pick<CallOptions, 'pinned' | 'fallbacks' | 'deadlineMs'>;
      abortMs: number | undefined;
    };

export interface Script {
  policy: PolicyOptions;
  turns: Turn[][];
  steps: Step[];
}

const latencyMs = fc.oneof(fc.constant(0), fc.nat(3000), fc.nat(20_000));
export const turn = (statuses: number[]) =>
  fc.record({
    latencyMs,
    status: fc.constantFrom(...statuses),
    waitSeconds: fc.option(fc.constantFrom(0, 1, 10, 60), { nil: undefined }),
  });

export const call = fc.record({
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
export const plainCall = call.map((step) => ({ ...step, options: {} }));
export const operator = fc.record({
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

export const script = (steps: fc.Arbitrary<Step>, laterTurn: fc.Arbitrary<Turn>): fc.Arbitrary<Script> =>
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
export interface Request {
  call: number;
  index: number;
  attempt: number;
  startedAt: number;
  /** How many requests had ended when it began: what happens within one millisecond has an order too. */
  startedAfter: number;
  endedAt: number;
  /** Absent while it is under way, and where its caller left. */
  status: number | undefined;
}

const TIMED_OUT = 0;

/** What has happened so far. */
export interface World {
  paused: number;
  requests: readonly Request[];
  /** Those that have ended, in that order. */
  ended: readonly Request[];
  /** By tier: until when it asked to be left alone. */
  silentUntil: readonly number[];
}

/**
 * How many requests had ended once the tier had failed without answering since; `undefined` where it has answered, or has
 * never failed. The failure of a request begun before the last one belongs to the same trouble, and so does a success:
 * neither says anything new.
 */
export function failingSince({ ended }: World, index: number): number | undefined {
  let failedAs = 0;
  let answered = true;
  for (const [place, { index: at, status, startedAfter }] of ended.entries()) {
    if (at !== index || status === undefined || status === 400 || startedAfter < failedAs) continue;
    answered = status === 200;
    if (!answered) failedAs = place + 1;
  }
  return answered ? undefined : failedAs;
}

/** Plays a script; `onRequest` is told of each request before it is taken in. */
export async function play(
  { policy: chosen, turns, steps }: Script,
  onRequest: (request: Request, world: World) => void,
) {
  const clock = createManualClock();
  const failover = createFailover({ chain, policy: chosen, clock, random: () => 0.5 });
  const requests: Request[] = [];
  const ended: Request[] = [];
  const queues = turns.map((each) => [...each]);
  const silentUntil = chain.map(() => 0);
  const broken: unknown[] = [];
  const endings: Promise<{ call: number; answered: boolean; attempts: readonly Attempt[] | undefined }>[] = [];
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
      startedAfter: ended.length,
      endedAt: Number.POSITIVE_INFINITY,
      status: undefined,
    };
    try {
      onRequest(request, { paused, requests, ended, silentUntil });
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
        ended.push(request);
        if (isTierfallError(signal.reason)) request.status = TIMED_OUT;
        reject(signal.reason);
      });
    });
    request.endedAt = clock.now();
    ended.push(request);
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
      // It holds here at once, before it is stored: who waits for a tier goes on.
      const stored = failover.reset('default', { by: 'ann' });
      silentUntil.fill(0);
      await stored;
    } else if (step.does === 'call') {
      const controller = new AbortController();
      const { abortMs, options } = step;
      if (abortMs !== undefined) clock.setTimeout(() => controller.abort(new Error('enough')), abortMs);
      const signal = abortMs === undefined ? {} : { signal: controller.signal };
      endings.push(
        failover.run(answer(number), { ...options, ...signal }).then(
          ({ attempts }) => ({ call: number, answered: true, attempts }),
          (error: unknown) => ({
            call: number,
            answered: false,
            attempts: isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED') ? error.attempts : undefined,
          }),
        ),
      );
    }
  }
  await failover.resume('default', { by: 'ann' });
  await clock.advance(10 * 60_000);
  // Under `wait` a call for which nobody ever answers ends with somebody's pause, once the rest it waits for is over.
  await failover.pause('default', { by: 'ann', reason: 'the end' });
  await clock.advance(LONGEST_REST_MS);
  const all = await Promise.all(endings);
  const { pending } = clock;
  if (broken.length > 0) throw broken[0];
  return { requests, endings: all, pending };
}

/** Without retries, of which only the last counts as a failure of the tier. */
export const withoutRetries = (each: Script): Script => ({
  ...each,
  policy: { ...each.policy, retry: { maxAttempts: 1 } },
});
