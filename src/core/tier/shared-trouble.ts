import type { Policy } from '../config.js';
import { needsPerson } from '../disposition.js';
import { cooldownMs, FORGET_AFTER_MS } from './ladder.js';
import { witnessesNeeded } from './shared-rest.js';

/**
 * A length of time since a moment on the clock of the process that wrote it. Stored like this, and not as an end,
 * because the clocks of two machines differ.
 */
export type Span = {
  /** Epoch milliseconds on the writer's clock. */
  from: number;
  /** Milliseconds. */
  ms: number;
};

/** What a fleet knows of one kind of failure of a credential, a provider or a model. */
export type SharedTrouble = {
  kind: string;
  /** When it was last seen to fail, epoch milliseconds on the writer's clock. */
  failedAt: number;
  /** The whole rest: of our own choice, or asked for by the provider. */
  rest: Span;
  /** The longest wait that the provider asked for; `null`: it named none. */
  wait: Span | null;
  /** Consecutive failures that the fleet saw; those who failed together saw one. */
  failures: number;
  /** Instances that saw it, as many as it takes to concern all. */
  seenBy: string[];
  /** How many resets had concerned it when it was written: a later one ends it. */
  resets: number;
};

/** What is stored of one credential, provider or model: one entry for each kind, so that none hides another. */
export type SharedTroubles = {
  schema: 2;
  troubles: SharedTrouble[];
  /** An instance has had an answer since the last failure. */
  answered: boolean;
};

export const NO_TROUBLES: SharedTroubles = { schema: 2, troubles: [], answered: false };

/** Longest difference between the clocks of two processes for which no wait is shortened, in milliseconds. */
export const CLOCK_SKEW_MS = 10 * 60_000;

/** A rest is written again only when that makes it longer by this much, in milliseconds: a burst is one commit. */
const MATTERS_MS = 1000;

/** A trouble as the reader's own clock has it: times are on one clock of the reader's choice. */
export interface TroubleTimes {
  failedAt: number;
  restEnd: number;
  /** Before all time where no wait was named. */
  waitEnd: number;
}

/**
 * What is left of a span that is read for the first time, in milliseconds: at most its length, and not less than what is
 * left on the writer's clock as long as the two clocks differ by at most `CLOCK_SKEW_MS`.
 *
 * @param now the reader's clock, epoch milliseconds
 */
export function leftOf({ from, ms }: Span, now: number): number {
  return Math.max(0, Math.min(ms, from + ms + CLOCK_SKEW_MS - now));
}

/** True when enough instances have seen it: then it concerns all. */
export function concernsFleet(trouble: SharedTrouble): boolean {
  const needed = witnessesNeeded(trouble.kind, trouble.wait !== null);
  return needed !== null && trouble.seenBy.length >= needed;
}

/** One failure that an instance has recorded. */
export interface RecordedFailure {
  instance: string;
  kind: string;
  /** The wait that the provider named, as it is honoured, in milliseconds; `null`: none. */
  waitMs: number | null;
  /** How long the instance itself rests the tier for it, in milliseconds. */
  ownRestMs: number;
  /** Epoch milliseconds. */
  at: number;
  resets: number;
}

/**
 * Adds a failure to what is known, which comes back as it is where that changes nothing that matters.
 *
 * @param timesOf a known trouble on the clock of `now`
 */
export function withFailure(
  known: SharedTroubles,
  failure: RecordedFailure,
  policy: Policy,
  timesOf: (trouble: SharedTrouble) => TroubleTimes,
  now: number,
): SharedTroubles {
  const { kind, instance, waitMs, at, resets } = failure;
  if (witnessesNeeded(kind, waitMs !== null) === null) return known;
  const present = known.troubles.find((trouble) => trouble.kind === kind && trouble.resets >= resets);
  const times = present && timesOf(present);
  const isRunning = times !== undefined && Math.max(times.restEnd, times.waitEnd) > now;
  // Those who failed together saw one failure; a later one climbs the ladder for all.
  const failures = isRunning ? present!.failures : failuresAfter(present, times, now);
  const rung = cooldownMs(kind, failures, policy);
  const restMs = Math.max(failure.ownRestMs, waitMs ?? 0, failures > 1 || waitMs === null ? rung : 0);
  const isLonger = (ms: number, end: number | undefined) => end === undefined || now + ms >= end + MATTERS_MS;
  const rest = isRunning && !isLonger(restMs, times.restEnd) ? present!.rest : { from: at, ms: Math.ceil(restMs) };
  const hasWait = isRunning && present!.wait !== null;
  const keepsWait = waitMs === null ? hasWait : hasWait && !isLonger(waitMs, times.waitEnd);
  const wait = keepsWait ? present!.wait : waitMs === null ? null : { from: at, ms: Math.ceil(waitMs) };
  const needed = witnessesNeeded(kind, wait !== null) ?? 2;
  const seen = isRunning || present ? present!.seenBy : [];
  const seenBy = seen.includes(instance) ? seen : [...seen, instance].slice(0, Math.max(needed, seen.length));
  const changes = !isRunning || rest !== present!.rest || wait !== present!.wait || seenBy.length !== seen.length;
  // What only a person mends is looked at once a minute, counted from the last look.
  const isLook = isRunning && needsPerson(kind) && now - times.failedAt >= MATTERS_MS;
  if (!changes && !isLook && !known.answered) return known;
  const trouble: SharedTrouble = { kind, failedAt: at, rest, wait, failures, seenBy, resets };
  return { ...known, troubles: [...known.troubles.filter((each) => each.kind !== kind), trouble], answered: false };
}

/** 1 for the first failure, and for one so long after the last rest that it is another trouble. */
function failuresAfter(present: SharedTrouble | undefined, times: TroubleTimes | undefined, now: number): number {
  if (!present || !times) return 1;
  const sinceMs = now - times.restEnd;
  return sinceMs >= FORGET_AFTER_MS && sinceMs > 2 * present.rest.ms ? 1 : present.failures + 1;
}

/** Ends the troubles for which `ends` holds. `answered`: because a tier has answered. */
export function withoutTroubles(
  known: SharedTroubles,
  ends: (trouble: SharedTrouble) => boolean,
  answered: boolean,
): SharedTroubles {
  const troubles = known.troubles.filter((trouble) => !ends(trouble));
  if (troubles.length === known.troubles.length) return known;
  return { ...known, troubles, answered: answered || known.answered };
}
