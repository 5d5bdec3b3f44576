import type { Random } from '../../ports/clock.js';
import { auth, overloaded, rateLimit, serverError, type MakeError } from '../provider-errors.js';
import { aboveZero, checkOptions, makesErrors, notNegative, oneOrMore, rangeFrom, share } from '../check-options.js';
import { within, type NumberRange } from './seeded-random.js';

/** How the first tier responds to one call of a simulation. */
export interface FaultResponse {
  /** How long its answer or its error takes, in milliseconds. */
  latencyMs: number;
  /** Makes the error it fails with. Absent: it answers. */
  makeError?: MakeError;
}

/** One fault in one run. */
export interface FaultRun {
  /** When it begins, in milliseconds since the run began. */
  readonly startMs: number;
  /** When it ends, in milliseconds since the run began. */
  readonly endMs: number;
  /** Whether the tier is healthy enough to answer a call at this time. */
  isGood(atMs: number): boolean;
  /** The response to a call during the fault. `healthyMs`: how long a healthy answer takes. */
  meet(atMs: number, healthyMs: number): FaultResponse;
  /** The most calls that the tier could answer during the fault, at a given number of calls per second. */
  answerable(callsPerSecond: number): number;
}

/** A fault of the first tier. Each run draws its own durations. */
export interface Fault {
  /** Names it in the results. */
  readonly name: string;
  /** Draws the durations of one run. */
  begin(random: Random): FaultRun;
}

/** When a fault begins and how long it lasts. */
export interface FaultTimes {
  /** When it begins, in milliseconds since the run began. Default 10 minutes. */
  startMs?: NumberRange;
  /** How long it lasts, in milliseconds. */
  lastsMs?: NumberRange;
}

/** How a failing call fails. */
export interface FailureOptions {
  /** Makes its error. */
  error?: MakeError;
  /** Time until the error, in milliseconds. Default 30: one round trip. */
  failsAfterMs?: number;
}

const second = 1000;
const minute = 60 * second;
const START_MS = 10 * minute;
/** One round trip. */
const FAILS_AFTER_MS = 30;

const times = { startMs: rangeFrom(0), lastsMs: rangeFrom(0) };
const failsAfter = { failsAfterMs: notNegative };
const look = { error: makesErrors, ...failsAfter };

/** Every call fails. Lasts 601 to 661 s by default. @throws {ConfigError} an option is unknown or out of range */
export function down(options: FaultTimes & FailureOptions = {}): Fault {
  checkOptions(options, { ...times, ...look });
  const { error = overloaded(), failsAfterMs = FAILS_AFTER_MS } = options;
  return fault('hard-down', options, [601 * second, 661 * second], () => ({
    isGood: () => false,
    meet: () => ({ latencyMs: failsAfterMs, makeError: error }),
    answerable: () => 0,
  }));
}

/**
 * Alternates between failing and working. Each turn lasts 15 to 45 s by default, the whole half an hour.
 *
 * @throws {ConfigError} an option is unknown or out of range; a turn takes a millisecond or more
 */
export function flapping(
  options: FaultTimes & FailureOptions & { downMs?: NumberRange; upMs?: NumberRange } = {},
): Fault {
  // With turns of no length the loop below would never end.
  checkOptions(options, { ...times, ...look, downMs: rangeFrom(1), upMs: rangeFrom(1) });
  const { error = overloaded(), failsAfterMs = FAILS_AFTER_MS } = options;
  const { downMs = [15 * second, 45 * second], upMs = [15 * second, 45 * second] } = options;
  return fault('flapping', options, 30 * minute, (startMs, endMs, random) => {
    const turns: number[] = [];
    let goodMs = 0;
    for (let at = startMs, isDown = true; at < endMs; isDown = !isDown) {
      const end = Math.min(endMs, at + within(isDown ? downMs : upMs, random));
      if (!isDown) goodMs += end - at;
      turns.push(end);
      at = end;
    }
    const isGood = (atMs: number) => turns.findIndex((end) => atMs < end) % 2 === 1;
    return {
      isGood,
      meet: (atMs, healthyMs) =>
        isGood(atMs) ? { latencyMs: healthyMs } : { latencyMs: failsAfterMs, makeError: error },
      answerable: (callsPerSecond) => (goodMs / second) * callsPerSecond,
    };
  });
}

/**
 * Answers a limited number of calls per second and rate-limits the others. Lasts half an hour by default.
 *
 * @throws {ConfigError} an option is unknown or out of range
 */
export function storm(
  options: FaultTimes &
    Pick<FailureOptions, 'failsAfterMs'> & {
      /** Calls per second that it answers. Default 5. */
      allowedPerSecond?: number;
      /** Calls that it answers at once after a quiet time, 1 or more. Default: those of one second, at least 1. */
      burst?: number;
      /** The wait that its errors name, in milliseconds. Default 60,000. */
      retryAfterMs?: number;
    } = {},
): Fault {
  const rules = { allowedPerSecond: aboveZero, burst: oneOrMore, retryAfterMs: notNegative };
  checkOptions(options, { ...times, ...failsAfter, ...rules });
  const {
    allowedPerSecond = 5,
    burst = Math.max(1, allowedPerSecond),
    retryAfterMs = minute,
    failsAfterMs = FAILS_AFTER_MS,
  } = options;
  return fault('storm', options, 30 * minute, (startMs, endMs) => {
    let tokens = burst;
    let filledAt = startMs;
    return {
      isGood: () => true,
      meet(atMs, healthyMs) {
        tokens = Math.min(burst, tokens + ((atMs - filledAt) / second) * allowedPerSecond);
        filledAt = atMs;
        if (tokens < 1) return { latencyMs: failsAfterMs, makeError: rateLimit({ retryAfterMs }) };
        tokens--;
        return { latencyMs: healthyMs };
      },
      answerable: (callsPerSecond) => ((endMs - startMs) / second) * Math.min(allowedPerSecond, callsPerSecond),
    };
  });
}

/**
 * Answers slowly, and a share of the calls fails. Lasts 601 to 661 s by default.
 *
 * @throws {ConfigError} an option is unknown or out of range
 */
export function brownout(
  options: FaultTimes &
    Pick<FailureOptions, 'error'> & {
      /** Share of the calls that fails, 0 to 1. Default 0.3. */
      errorRate?: number;
      /** Factor by which answers and errors take longer. Default 4. */
      slowness?: number;
    } = {},
): Fault {
  checkOptions(options, { ...times, error: makesErrors, errorRate: share, slowness: aboveZero });
  const { error = serverError(), errorRate = 0.3, slowness = 4 } = options;
  return fault('brownout', options, [601 * second, 661 * second], (startMs, endMs, random) => ({
    isGood: () => true,
    meet(_atMs, healthyMs) {
      const latencyMs = healthyMs * slowness;
      return random() < errorRate ? { latencyMs, makeError: error } : { latencyMs };
    },
    answerable: (callsPerSecond) => ((endMs - startMs) / second) * callsPerSecond * (1 - errorRate),
  }));
}

/** The provider rejects the key. Lasts 50 minutes by default, the rest of the run. @throws {ConfigError} like `down` */
export function revokedKey(options: FaultTimes & FailureOptions = {}): Fault {
  return { ...down({ error: auth(), lastsMs: 50 * minute, ...options }), name: 'revoked key' };
}

/** The five faults that the default policy was measured with. */
export const standardFaults: readonly Fault[] = [down(), storm(), flapping(), brownout(), revokedKey()];

function fault(
  name: string,
  { startMs: starts = START_MS, lastsMs: lasts }: FaultTimes,
  defaultLastsMs: NumberRange,
  make: (startMs: number, endMs: number, random: Random) => Pick<FaultRun, 'isGood' | 'meet' | 'answerable'>,
): Fault {
  return {
    name,
    begin(random) {
      const startMs = within(starts, random);
      const endMs = startMs + within(lasts ?? defaultLastsMs, random);
      return { startMs, endMs, ...make(startMs, endMs, random) };
    },
  };
}
