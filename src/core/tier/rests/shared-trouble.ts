import type { Policy } from '../../config.js';
import { dispositions, needsPerson } from '../../disposition.js';
import { isKind } from '../../kinds.js';
import { cooldownMs, FORGET_AFTER_MS } from './ladder.js';
import { witnessesNeeded } from './shared-rest.js';

/**
 * A length of time since a moment. Stored like this, and not as an end, because the clocks of two machines differ.
 */
export type Span = {
  /** When it began, epoch milliseconds on the writer's clock. */
  from: number;
  /** The same on the store's clock; `null` where the writer did not know that. */
  storeFrom: number | null;
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

/** A rest that gets longer by less than this, in milliseconds, can wait to be stored: a burst is one commit. */
const MATTERS_MS = 1000;
/**
 * A rest after the first failures of a tier, as a share of what one instance alone would choose by default: one attempt
 * is made for the whole fleet, so it can be made sooner. Chosen with `npm run simulate`.
 */
const FLEET_REST_SHARE = 0.5;

/** After so many consecutive failures it is a long outage, and the fleet rests a tier as long as one instance would. */
const SOON_FAILURES = 12;

/** Looks at what only a person mends that are nearer to each other than this, in milliseconds, count as one. */
const SAME_LOOK_MS = 1000;

/** A trouble as the reader's own clock has it: times are on one clock of the reader's choice. */
export interface TroubleTimes {
  failedAt: number;
  restEnd: number;
  /** Before all time where no wait was named. */
  waitEnd: number;
}

/**
 * What is left of a span that is read for the first time, in milliseconds: at most its length, and not less than what
 * is left by the clock it was written by. That is the store's where both processes know it, and otherwise the
 * writer's, from which the reader's may differ by `CLOCK_SKEW_MS`.
 *
 * @param now the reader's clock, epoch milliseconds
 * @param storeNow the earliest that the store's clock can show now; `undefined`: the reader does not know
 */
export function leftOf({ from, storeFrom, ms }: Span, now: number, storeNow: number | undefined): number {
  const left =
    storeFrom === null || storeNow === undefined ? from + ms + CLOCK_SKEW_MS - now : storeFrom + ms - storeNow;
  return Math.max(0, Math.min(ms, left));
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
  /** The latest that the store's clock can show at that time; `null`: nobody knows. */
  storeAt: number | null;
  resets: number;
}

/** What is known after a failure. `matters`: it says more than that a rest is longer. */
export interface AfterFailure {
  known: SharedTroubles;
  matters: boolean;
}

/** True when a rest ends so much later than as it is stored that others have to learn of it at once. */
export function isMuchLonger(stored: SharedTroubles, present: SharedTroubles): boolean {
  return present.troubles.some((trouble) => {
    const known = stored.troubles.find(({ kind }) => kind === trouble.kind);
    return !known || outlasts(trouble.rest, known.rest) || outlasts(trouble.wait, known.wait);
  });
}

function outlasts(one: Span | null, other: Span | null): boolean {
  const end = (span: Span | null) => (span ? span.from + span.ms : 0);
  return end(one) - end(other) >= MATTERS_MS;
}

/**
 * Adds a failure to what is known, which comes back as it is where that changes nothing.
 *
 * @param timesOf a known trouble on the clock of `now`
 */
export function withFailure(
  known: SharedTroubles,
  failure: RecordedFailure,
  policy: Policy,
  timesOf: (trouble: SharedTrouble) => TroubleTimes,
  now: number,
): AfterFailure {
  const { kind, instance, waitMs, at, resets } = failure;
  if (witnessesNeeded(kind, waitMs !== null) === null) return { known, matters: false };
  const before = known.troubles.find((trouble) => trouble.kind === kind && trouble.resets >= resets);
  const times = before && timesOf(before);
  const running = before && times && Math.max(times.restEnd, times.waitEnd) > now ? before : undefined;
  // Those who failed together saw one failure; a later one climbs the ladder for all.
  const failures = running ? running.failures : failuresAfter(before, times, now);
  const ladderMs = failures > 1 || waitMs === null ? cooldownMs(kind, failures, policy) : 0;
  const chosenMs = Math.max(failure.ownRestMs, ladderMs) * (looksSoon(kind, failures, policy) ? FLEET_REST_SHARE : 1);
  const restMs = Math.max(chosenMs, waitMs ?? 0);
  const rest = longer(running?.rest, times?.restEnd, restMs, failure, now);
  const wait = waitMs === null ? (running?.wait ?? null) : longer(running?.wait, times?.waitEnd, waitMs, failure, now);
  const seen = before?.seenBy ?? [];
  const needed = witnessesNeeded(kind, wait !== null) ?? 0;
  const isNews = !seen.includes(instance) && seen.length < needed;
  // What only a person mends is looked at once a minute, counted from the last look.
  const isLook = needsPerson(kind) && times !== undefined && now - times.failedAt >= SAME_LOOK_MS;
  const isFirstWait = wait !== null && (running?.wait ?? null) === null;
  const matters = !running || known.answered || isNews || isFirstWait || isLook;
  const laterMs = times ? now + restMs - times.restEnd : restMs;
  if (!matters && wait === running.wait && laterMs < negligibleMs(restMs)) return { known, matters };
  const seenBy = isNews ? [...seen, instance] : seen;
  const trouble: SharedTrouble = {
    kind,
    failedAt: matters ? at : running.failedAt,
    rest,
    wait,
    failures,
    seenBy,
    resets,
  };
  const troubles = [...known.troubles.filter((each) => each.kind !== kind), trouble];
  return { known: { ...known, troubles, answered: false }, matters };
}

/** True early in the trouble of a tier that is merely sick. A ladder that the host has chosen is kept to as it is. */
function looksSoon(kind: string, failures: number, policy: Policy): boolean {
  if (!isKind(kind) || needsPerson(kind) || failures > SOON_FAILURES) return false;
  const { initialMs, factor, maxMs } = policy.cooldown[kind];
  const usual = dispositions[kind].cooldown;
  return initialMs === usual.initialMs && factor === usual.factor && maxMs === usual.maxMs;
}

/**
 * A rest of this length that ends later by less is not worth a commit that the whole fleet reads: of the calls that an
 * outage finds under way each fails a little after the one before. So for rests of our own choice alone: a wait that
 * the provider named is kept to the millisecond.
 */
function negligibleMs(restMs: number): number {
  return Math.min(MATTERS_MS, restMs / 4);
}

/** The longer of a span that ends at `end` and of one that begins with this failure. */
function longer(
  known: Span | null | undefined,
  end: number | undefined,
  ms: number,
  { at, storeAt }: RecordedFailure,
  now: number,
): Span {
  if (known && end !== undefined && now + ms <= end) return known;
  return { from: at, storeFrom: storeAt, ms: Math.ceil(ms) };
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
