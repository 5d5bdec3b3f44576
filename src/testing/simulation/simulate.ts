import type { PolicyOptions } from '../../core/config-input.js';
import { configError } from '../../core/errors.js';
import { createFailover } from '../../create-failover.js';
import type { Clock } from '../../ports/clock.js';
import type { StateStore } from '../../ports/state-store.js';
import { createManualClock } from '../manual-clock.js';
import {
  aboveZero,
  aFunction,
  anything,
  checkOptions,
  notNegative,
  wholeAboveZero,
  wholeNumber,
  type OptionRule,
} from '../check-options.js';
import type { Fault, FaultResponse } from './faults.js';
import { Measure, type SimulationResult } from './measure.js';
import { createSeededRandom } from './seeded-random.js';

/** What `simulate` takes. */
export interface SimulationOptions {
  /** How the first tier fails: one of `standardFaults`, or made by `down`, `storm`, … */
  fault: Fault;
  /** The policy to try. Default: the default policy. */
  policy?: PolicyOptions;
  /** Workers, each with its own failover. Default 8. */
  workers?: number;
  /** Logical calls per second of all workers together, at random times. Default 20. */
  callsPerSecond?: number;
  /** Duration of an answer of the healthy first tier, in milliseconds. Default 800. */
  primaryMs?: number;
  /** Duration of an answer of the second tier, in milliseconds. Default 1000. */
  secondaryMs?: number;
  /** Virtual time, in milliseconds. Default one hour. */
  durationMs?: number;
  /** Whole number; the same seed gives the same run. Default 1. */
  seed?: number;
  /** `'rests'`: the workers share rests through `store`. Default: they share nothing. */
  share?: 'rests';
  /** Creates the store that the workers share. Default: each keeps its own state. */
  store?: (clock: Clock) => StateStore;
  /** Called with every attempt when it ends, in that order: for a picture or a count of your own. */
  onAttempt?: (attempt: SimulatedAttempt) => void;
}

/** One attempt of a simulation. */
export interface SimulatedAttempt {
  /** Which worker made it, from 0. */
  worker: number;
  /** Place of its tier in the chain: 0 or 1. */
  tier: number;
  /** When it ended, in milliseconds since the run began. */
  atMs: number;
  /** How long it took, in milliseconds. */
  durationMs: number;
  /** Whether the tier answered. */
  ok: boolean;
  /** The wait that the provider named, in milliseconds, where it named one. */
  retryAfterMs?: number;
}

/** How long after the end calls may still wait. */
const MAX_DRAIN_MS = 3_600_000;

const chain = ['first/model', 'second/model'] as const;

const rules: Readonly<Record<keyof SimulationOptions, OptionRule>> = {
  fault: anything,
  policy: anything,
  workers: wholeAboveZero,
  callsPerSecond: aboveZero,
  primaryMs: notNegative,
  secondaryMs: notNegative,
  durationMs: aboveZero,
  seed: wholeNumber,
  share: [(value) => value === 'rests', "'rests'"],
  store: aFunction,
  onAttempt: aFunction,
};

/**
 * Runs an outage in virtual time against the real engine and measures a policy. An hour takes about a second. Calls
 * that are still waiting an hour after the end are aborted and count as failed.
 *
 * @throws {ConfigError} `fault` is missing, an option is unknown or out of range, or the policy is wrong
 * @throws what `onAttempt` threw first
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  if (typeof options?.fault?.begin !== 'function') {
    throw configError('fault', 'expected a fault, e.g. down() or one of standardFaults');
  }
  checkOptions(options, rules);
  const { fault, policy = {}, primaryMs = 800, secondaryMs = 1000, seed = 1, share } = options;
  const { workers = 8, callsPerSecond = 20, durationMs = 3_600_000, onAttempt } = options;
  const clock = createManualClock();
  const beganAt = clock.now();
  const elapsed = () => clock.now() - beganAt;
  const random = createSeededRandom(seed);
  const run = fault.begin(random);
  const measure = new Measure(run, workers, chain.length);
  let thrown: { error: unknown } | undefined;
  const tell = (attempt: SimulatedAttempt): void => {
    try {
      onAttempt?.(attempt);
    } catch (error) {
      thrown ??= { error };
    }
  };
  // Only such calls may wait for ever; others go as they go without a signal.
  const end = new AbortController();
  const patience = policy.onExhausted === 'wait' ? { signal: end.signal } : {};
  const store = options.store?.(clock);
  const failovers = Array.from({ length: workers }, (_, worker) => {
    const failover = createFailover({
      chain,
      policy,
      clock,
      random,
      ...(store ? { store } : {}),
      ...(share ? { share } : {}),
    });
    failover.on('tier-change', ({ direction }) => {
      if (direction === 'down') measure.left(worker, elapsed());
    });
    failover.on('attempt-failed', ({ tier, retryAfterMs, durationMs: tookMs }) => {
      const atMs = elapsed();
      if (tier.index === 0) measure.failed(worker, atMs, retryAfterMs ?? 0);
      const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
      tell({ worker, tier: tier.index, atMs, durationMs: tookMs, ok: false, ...wait });
    });
    return failover;
  });

  const firstTierResponse = (): FaultResponse => {
    const atMs = elapsed();
    return atMs >= run.startMs && atMs < run.endMs ? run.meet(atMs, primaryMs) : { latencyMs: primaryMs };
  };
  const call = async (worker: number): Promise<void> => {
    const cameMs = elapsed();
    const answered = await failovers[worker]!.run(
      (_tier, { index }) => {
        measure.attempt(worker, index, elapsed());
        return pass(clock, index === 0 ? firstTierResponse() : { latencyMs: secondaryMs });
      },
      { instance: `worker-${worker}`, ...patience },
    ).then(
      ({ index, attempts }) => {
        const { durationMs: tookMs } = attempts.at(-1)!;
        tell({ worker, tier: index, atMs: elapsed(), durationMs: tookMs, ok: true });
        return index;
      },
      () => null,
    );
    measure.ended(worker, cameMs, elapsed(), answered);
  };
  const comes = () => {
    void call(Math.floor(random() * workers));
    scheduleNext();
  };
  const scheduleNext = () => {
    // Independent calls arrive after exponentially distributed gaps.
    const gapMs = (-Math.log(1 - random()) * 1000) / callsPerSecond;
    if (elapsed() + gapMs < durationMs) clock.setTimeout(comes, gapMs);
  };
  scheduleNext();
  await clock.advance(durationMs);
  // Let the calls that are still in flight end.
  while (clock.pending > 0) {
    if (elapsed() >= durationMs + MAX_DRAIN_MS) end.abort();
    await clock.advance(clock.delays.at(-1)!);
  }
  await Promise.all(failovers.map((failover) => failover.close()));
  if (thrown) throw thrown.error;
  return measure.result(fault.name, callsPerSecond);
}

function pass(clock: Clock, { latencyMs, makeError }: FaultResponse): Promise<string> {
  return new Promise((resolve, reject) => {
    clock.setTimeout(() => (makeError ? reject(makeError()) : resolve('answer')), latencyMs);
  });
}
