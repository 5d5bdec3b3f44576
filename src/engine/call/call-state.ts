import type { Tier } from '../../core/config.js';
import type { Attempt } from '../../core/errors.js';
import type { TierState } from '../../core/tier/state.js';
import type { CallContext, CallOptions } from '../../ports/failover.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import type { Place } from '../recovery/place.js';
import { Meter } from '../budget/meter.js';
import type { Canary } from '../fleet/canary.js';
import { namedTiers } from './call-options.js';
import type { FailedAttempt } from './attempt/failed-attempt.js';

/** What a host hands in: asks one tier. */
export type Call<T extends Tier> = (tier: T, context: CallContext<T>) => unknown;

/** An answer that counts as a failure. Where no tier does better, it is the answer of the call. */
export interface JudgedAnswer {
  readonly index: number;
  readonly value: unknown;
  /** What its attempt failed with. */
  readonly error: unknown;
  /** Asks the provider of a stream to stop: a tier has done better, or nobody waits any more. */
  readonly discard?: (() => void) | undefined;
  /** Its entry among the call's attempts, once it is there. */
  attempt: Attempt | undefined;
}

/** One call on its way along the chain. Made only when a call cannot use the direct path, or fails there. */
export interface CallState<T extends Tier = Tier> {
  readonly engine: Engine<T>;
  readonly instance: Instance;
  readonly call: Call<T>;
  readonly options: CallOptions;
  /** Every attempt that has ended, oldest first. */
  readonly attempts: Attempt[];
  /** Tiers asked in this round. */
  readonly tried: Set<number>;
  /** Tiers that cannot answer this call, whatever round it is: too small, or they said so. Made when there is one. */
  unfit: Set<number> | undefined;
  /** When it began, on the clock's `elapsed`. */
  readonly startedAt: number;
  readonly deadlineMs: number | undefined;
  /** On the clock's `elapsed`; infinite without a deadline. */
  readonly deadlineAt: number;
  /** While it waits for a tier: no other round begins before, on the clock's `elapsed`. */
  nextRoundAt: number | undefined;
  /** A limit that took all that was left of the deadline has passed. */
  isLate: boolean;
  readonly pinned: number | undefined;
  /** Where this call begins, where it says so. */
  readonly first: readonly number[] | undefined;
  /**
   * The only tiers this call may go to, in order, once it has begun: the tier it began at is one of them. Absent: the
   * chain.
   */
  fallbacks: readonly number[] | undefined;
  /** The tier asked first, and the one asked last. */
  firstIndex: number | undefined;
  lastIndex: number | undefined;
  lastFailure: FailedAttempt | undefined;
  /** The last failure whose kind is a trigger. */
  triggerFailure: FailedAttempt | undefined;
  /** The first failure of a fallback that says more about the call than about that tier. */
  oddFailure: FailedAttempt | undefined;
  /** The failure that is on the list and announced already. */
  reportedFailure: FailedAttempt | undefined;
  /** The first answer that was judged a failure. */
  judgedAnswer: JudgedAnswer | undefined;
  /** It was let through a health monitor's pause. */
  canary: Canary | undefined;
  /**
   * The present attempt is a trial of a tier that another one stands in for, or of a pause: monitors do not count it.
   */
  isTrial: boolean;
  /** It may ask nobody else: it asks also what is to be left alone before it is used up. */
  usesAll: boolean;
  /** The answer is a stream that goes on after the call. */
  isStreaming: boolean;
  /** Counts what it uses, where there is a budget and the call says how. */
  readonly meter: Meter | undefined;
  /** What this call holds of the tier it asks. */
  place: Place | undefined;
  /** The state of the tier it asks when the attempt began; absent after an attempt on the direct path. */
  tierBefore: TierState | undefined;
}

/** @param startedAt on the clock's `elapsed` @throws {ConfigError} an option names no tier of this chain */
export function createCallState<T extends Tier>(
  engine: Engine<T>,
  instance: Instance,
  call: Call<T>,
  options: CallOptions,
  startedAt: number,
): CallState<T> {
  // A pair that is several keys is all of them, also where the call may not leave it.
  const pinned = options.pinned === undefined ? undefined : namedTiers(engine, options.pinned, 'pinned');
  const keys = pinned && pinned.length > 1 ? pinned : undefined;
  const first = options.first === undefined ? keys : namedTiers(engine, options.first, 'first');
  const fallbacks = keys ?? options.fallbacks?.flatMap((ref, at) => namedTiers(engine, ref, `fallbacks[${at}]`));
  const deadlineMs = options.deadlineMs ?? engine.config.policy.deadlineMs;
  return {
    engine,
    instance,
    call,
    options,
    attempts: [],
    tried: new Set(),
    unfit: tooSmall(engine.config.chain, options.promptTokens),
    startedAt,
    deadlineMs,
    deadlineAt: deadlineMs === undefined ? Number.POSITIVE_INFINITY : startedAt + deadlineMs,
    nextRoundAt: undefined,
    isLate: false,
    pinned: keys ? undefined : pinned?.[0],
    first,
    // The tier that a call has named is one of those it may go to.
    fallbacks: fallbacks && first ? [...new Set([...first, ...fallbacks])] : fallbacks,
    firstIndex: undefined,
    lastIndex: undefined,
    lastFailure: undefined,
    triggerFailure: undefined,
    oddFailure: undefined,
    reportedFailure: undefined,
    judgedAnswer: undefined,
    usesAll: false,
    isStreaming: false,
    meter: meterFor(engine, instance, options),
    canary: undefined,
    isTrial: false,
    place: undefined,
    tierBefore: undefined,
  };
}

/** The tiers whose window is known to be smaller than the prompt. */
function tooSmall(chain: readonly Tier[], promptTokens: number | undefined): Set<number> | undefined {
  if (promptTokens === undefined) return undefined;
  const small = [...chain.keys()].filter((index) => (chain[index]!.contextTokens ?? promptTokens) < promptTokens);
  return small.length > 0 ? new Set(small) : undefined;
}

function meterFor<T extends Tier>(
  { usageBudget }: Engine<T>,
  instance: Instance,
  { usage, group = instance.group }: CallOptions,
): Meter | undefined {
  return usageBudget && usage && new Meter(usageBudget, instance, group, usage);
}
