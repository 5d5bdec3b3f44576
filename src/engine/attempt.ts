import { tierId, type Tier } from '../core/config.js';
import type { Classification } from '../core/classify/classification.js';
import { AttemptTimeoutError, StreamStalledError, type Attempt } from '../core/errors.js';
import { bounded } from './bounded.js';
import { Context } from './context.js';
import { judge } from './judge.js';
import { isStream, openStream, type StreamValue } from './stream.js';
import type { Failure, WalkView } from './walk-view.js';

export type AttemptOutcome =
  | { ok: true; value: { value: unknown; attempt: Attempt } }
  | { ok: false; failure: Failure };

interface Limit {
  ms: number;
  error: () => unknown;
  counts: boolean;
}

/** Asks one tier once. Rejects only with the caller's own abort. */
export async function runAttempt<T extends Tier>(
  walk: WalkView<T>,
  index: number,
  number: number,
): Promise<AttemptOutcome> {
  const { engine, options } = walk;
  const { clock } = engine;
  const tier = engine.config.chain[index]!;
  const context = new Context(engine.config.chain, index, number);
  const startedAt = clock.now();
  const limit = limitOf(walk, index, startedAt);
  const work = async () => {
    const value = await walk.call(tier, context);
    if (options.stream === false || !isStream(value)) return { value, streams: false };
    return { value: await openWrapped(walk, index, startedAt, context, value), streams: true };
  };
  try {
    const { value, streams } =
      options.signal || limit
        ? await bounded(work, {
            clock,
            signal: options.signal,
            limitMs: limit?.ms,
            late: () => limit?.error(),
            stop: (reason) => context.stop(reason),
          })
        : await work();
    const attempt = { tier: tierId(tier), index, ok: true, durationMs: clock.now() - startedAt };
    if (!streams) walk.recordSuccess(index, startedAt);
    return { ok: true, value: { value, attempt } };
  } catch (error) {
    // Our own signal is the only truth about who aborted: names and messages mislead.
    options.signal?.throwIfAborted();
    return { ok: false, failure: failureOf(walk, index, error, startedAt, context, limit?.counts ?? true) };
  }
}

/** Judges a failed attempt, with what the handed-out signal and `fetch` know beside the error. */
export function failureOf<T extends Tier>(
  walk: WalkView<T>,
  index: number,
  error: unknown,
  startedAt: number,
  context: Context<T>,
  counts = true,
): Failure {
  const { clock, classify } = walk.engine;
  const endedAt = clock.now();
  const verdict = informed(judge(error, endedAt, classify), context, endedAt);
  return { index, error, verdict, startedAt, endedAt, counts };
}

/** Adds to a verdict what the error itself does not carry. */
function informed<T extends Tier>(verdict: Classification, context: Context<T>, now: number): Classification {
  // An SDK that was given our signal and reports an abort nobody asked for has run into a time-out of its own.
  if (verdict.kind === 'aborted' && context.signalWasRead && !context.stopped) {
    return { ...verdict, kind: 'timeout', scope: 'model' };
  }
  const seen = context.sight?.last;
  if (!seen || seen.status < 400 || verdict.retryAfterMs !== undefined) return verdict;
  const { retryAfterMs } = judge({ status: seen.status, headers: seen.headers }, now, undefined);
  return { ...verdict, status: verdict.status ?? seen.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Wraps a stream so that how it ends is recorded, and waits for its first content. */
export function openWrapped<T extends Tier>(
  walk: WalkView<T>,
  index: number,
  startedAt: number,
  context: Context<T>,
  value: StreamValue,
): Promise<StreamValue> {
  const { engine, options } = walk;
  return openStream(value, {
    clock: engine.clock,
    logger: engine.logger,
    tier: tierId(engine.config.chain[index]!),
    signal: options.signal,
    idleTimeoutMs: options.idleTimeoutMs,
    isContent: options.isContent,
    isComplete: options.isComplete,
    isStopped: () => context.stopped,
    stop: (reason) => context.stop(reason),
    onEnd: () => walk.recordSuccess(index, startedAt),
    onError: (error) => {
      const failure = failureOf(walk, index, error, startedAt, context);
      walk.note(failure);
      walk.recordFailure(failure);
    },
    onLeave: () => undefined,
  });
}

/** The limit that ends an attempt first, if any. */
function limitOf<T extends Tier>(walk: WalkView<T>, index: number, now: number): Limit | undefined {
  const { engine, options, deadlineAt, deadlineMs } = walk;
  const { attemptTimeoutMs } = engine.config.policy;
  const tier = tierId(engine.config.chain[index]!);
  const late = (ms: number) => () => new AttemptTimeoutError({ tier, afterMs: ms });
  const limits: Limit[] = [];
  if (attemptTimeoutMs !== undefined)
    limits.push({ ms: attemptTimeoutMs, error: late(attemptTimeoutMs), counts: true });
  if (deadlineMs !== undefined) {
    // Without a limit of its own an attempt leaves the tiers behind it an equal share of what is left.
    const left = Math.max(0, deadlineAt - now);
    const ms = attemptTimeoutMs === undefined ? left / walk.tiersLeft(index, now) : left;
    const fair = deadlineMs / engine.config.chain.length;
    limits.push({ ms, error: late(ms), counts: ms >= fair });
  }
  const { firstContentTimeoutMs } = options;
  if (firstContentTimeoutMs !== undefined && options.stream !== false) {
    const stalled = () =>
      new StreamStalledError({ tier, afterMs: firstContentTimeoutMs, limit: 'firstContentTimeoutMs' });
    limits.push({ ms: firstContentTimeoutMs, error: stalled, counts: true });
  }
  return limits.sort((one, other) => one.ms - other.ms)[0];
}
