import type { FailoverConfig } from '../../core/config.js';
import { applyOutcome } from '../../core/tier/apply-outcome.js';
import { isOldNews } from '../../core/tier/begin.js';
import { isFailing, restEnd } from '../../core/tier/rest.js';
import type { LedgerEvent, Outcome, SharedRests as RestsByKey, State, TierState } from '../../core/tier/state.js';
import type { Random } from '../../ports/clock.js';
import type { EventTier } from '../../ports/failover.js';
import type { FailoverEmitter } from '../events/emitter.js';
import { announceLocal, announceRemote } from '../events/tier-events.js';
import type { SharedRests } from '../fleet/shared-rests.js';
import type { Place } from '../recovery/place.js';
import { Recovery } from '../recovery/recovery.js';
import type { SlowStart } from '../recovery/slow-start.js';
import type { StateListener, StateRecord } from '../store/state-record.js';
import type { EngineClock } from '../time/clock.js';

/** While a better tier rests, calls use the direct path for at most this long before the wall clock is read again, in milliseconds. */
const DIRECT_LAPSE_MS = 60_000;

/** A time before all others. */
const NEVER = Number.NEGATIVE_INFINITY;

/** What this process counted of the tokens of one window. */
interface TokenWindow {
  readonly startAt: number;
  count: number;
  /** The limit was reached, and a pause has kept the instance where it is. */
  isDue: boolean;
}

/** What an instance needs of the failover it belongs to. */
export interface InstanceHost {
  readonly config: FailoverConfig;
  readonly clock: EngineClock;
  readonly random: Random;
  readonly emitter: FailoverEmitter;
  readonly tierNames: readonly EventTier[];
  /** Everything is paused. */
  readonly paused: boolean;
  readonly rests: RestsByKey | undefined;
  /** What the fleet knows together, where it shares that. */
  readonly board: SharedRests | undefined;
  freshUntil(record: StateRecord): number;
}

/** One instance as this process knows it: its ledger, the direct path of a healthy call, how calls come back. */
export class Instance implements StateListener {
  readonly name: string;
  readonly ledger: StateRecord;
  /** Until when calls can go straight to `directIndex`, and a success there changes nothing. On the clock's `elapsed`. */
  directUntil = NEVER;
  directIndex = 0;
  /** Set by each call, cleared by each search for idle instances. */
  used = true;
  readonly #host: InstanceHost;
  #exhausted = false;
  /** Calls that wait for a tier; most instances never have one. */
  #waiting: Set<() => void> | undefined = undefined;
  #recovery: Recovery | undefined = undefined;
  #tokens: TokenWindow | undefined = undefined;

  constructor(name: string, host: InstanceHost, makeRecord: (listener: StateListener) => StateRecord) {
    this.name = name;
    this.#host = host;
    this.ledger = makeRecord(this);
  }

  get names(): readonly EventTier[] {
    return this.#host.tierNames;
  }

  onLocal(events: readonly LedgerEvent[], session: string | undefined): void {
    const recovery = Recovery.isNeededFor(events) ? this.#recover() : this.#recovery;
    recovery?.follow(events, this.#host.clock.now());
    this.changed();
    for (const event of events) {
      if (endsExhaustion(event)) this.#exhausted = false;
      announceLocal(this.#host.emitter, this.name, this.names, event, session);
    }
  }

  onRemote(before: State): void {
    const { tiers } = this.ledger.state;
    if (tiers.some((tier, index) => tier.failures === 0 && isFailing(before.tiers[index]))) this.#exhausted = false;
    this.changed();
    announceRemote(this.#host.emitter, this.name, this.names, before, this.ledger.state, this.#host.clock.now());
  }

  /** Something that decides where calls go has changed. */
  changed(): void {
    this.refreshDirectPath();
    if (this.#waiting) for (const tell of this.#waiting) tell();
  }

  /** Recomputes whether calls can use the direct path. */
  refreshDirectPath(): void {
    const { state } = this.ledger;
    const { paused, rests, board, clock } = this.#host;
    if (board && (this.#recovery || board.rests)) this.#recover().followFleet(board.rests, state, clock.now());
    if (this.slowStart && this.slowStart.index !== state.tier) this.#recovery?.endSlowStart();
    this.directIndex = state.tier;
    const until = paused || rests || this.slowStart ? NEVER : directUntil(state, clock.now());
    this.directUntil = Math.min(this.#elapsedAt(until), this.#host.freshUntil(this.ledger));
  }

  /** Calls back on every change from now on, until the returned function is called. */
  whenChanged(callback: () => void): () => void {
    this.#waiting ??= new Set();
    this.#waiting.add(callback);
    return () => void this.#waiting?.delete(callback);
  }

  /** The wall clock's `until` on the clock's `elapsed`. That stands still while a machine sleeps, hence the lapse. */
  #elapsedAt(until: number): number {
    if (!Number.isFinite(until)) return until;
    const { clock } = this.#host;
    return clock.elapsed() + Math.min(until - clock.now(), DIRECT_LAPSE_MS);
  }

  record(outcome: Outcome & { tier: number }, now: number, session?: string): void {
    const { board, config } = this.#host;
    const changed = this.ledger.apply((state) => applyOutcome(state, outcome, config, now), session);
    if (!board) return;
    if (outcome.ok) {
      board.confirm(outcome.tier, outcome.startedAt ?? now);
      this.#recovery?.joined(outcome.tier);
    } else if (changed) board.learn(this.name, outcome, outcome.tier, this.ledger.state);
  }

  /** Records work that a host ran elsewhere, and gives back the place `select` reserved for it. */
  recordReport(outcome: Outcome & { tier: number }, now: number): void {
    const { tier, ok, startedAt } = outcome;
    // Work that began before the tier failed was given no place.
    if (!isOldNews(this.ledger.state.tiers[tier], startedAt ?? now, now)) this.#recovery?.release(tier, ok, now);
    this.record(outcome, now);
  }

  /**
   * Records an attempt that was made here. Where its tier failed in the very millisecond in which it began, the clock
   * cannot say which came first, but `before` can: the tier's state when the attempt began (none: it used the direct path).
   */
  recordAttempt(
    outcome: Outcome & { tier: number; startedAt: number },
    now: number,
    session: string | undefined,
    before: TierState | undefined,
  ): void {
    const { tier: index, startedAt } = outcome;
    const tier = this.ledger.state.tiers[index];
    const failedSince =
      tier?.lastFailureAt === startedAt && (before?.lastFailureAt !== startedAt || tier.failures > before.failures);
    this.record(failedSince ? { ...outcome, startedAt: startedAt - 1 } : outcome, now, session);
  }

  /** When this instance may go back to a tier that another one of the fleet found to work; a time long past: at once. */
  joinsAt(index: number): number {
    return this.#recovery?.joinsAt(index) ?? NEVER;
  }

  /** Takes the one place at a tier that has yet to answer, until it is given back or lapses; `undefined`: it is taken. */
  takeProbe(index: number, now: number): Place | undefined {
    const { board, config } = this.#host;
    const recovery = this.#recover();
    if (recovery.isProbeTaken(index, now)) return undefined;
    // Under `probe` one process of the fleet tries for all.
    if (board && config.policy.recovery === 'probe' && !board.claim(index)) return undefined;
    return recovery.takeProbe(index, now);
  }

  /** Keeps the place of work that a host runs elsewhere, until it reports an end. */
  reserve(place: Place, isProbe: boolean): void {
    this.#recover().reserve(place, isProbe);
  }

  /** A return to a better tier that is under way. */
  get slowStart(): SlowStart | undefined {
    return this.#recovery?.slowStart;
  }

  endSlowStart(): void {
    this.#recovery?.endSlowStart();
    this.changed();
  }

  /** Counts tokens in the window that began at `startAt`. */
  countTokens(startAt: number, tokens: number): TokenWindow {
    if (this.#tokens?.startAt !== startAt) this.#tokens = { startAt, count: 0, isDue: false };
    this.#tokens.count += tokens;
    return this.#tokens;
  }

  /** Notes that the chain is used up. True once, until a tier has answered again. */
  markExhausted(): boolean {
    if (this.#exhausted) return false;
    this.#exhausted = true;
    return true;
  }

  /** Nothing would be lost if it were dropped: the store has it, or (a private store) nothing ever happened. */
  isIdle(privateStore: boolean): boolean {
    return privateStore ? this.ledger.isPristine : !this.ledger.hasPending;
  }

  #recover(): Recovery {
    const { config, random, board } = this.#host;
    this.#recovery ??= new Recovery({
      config,
      ids: this.ledger.state.ids,
      random,
      onProbeReleased: (index) => board?.release(index),
    });
    return this.#recovery;
  }
}

/** Until when calls may go straight to the current tier, and its answers change nothing; a time long past: they may not. */
function directUntil(state: State, now: number): number {
  const tier = state.tiers[state.tier];
  if (!tier || state.paused || state.reportedTier !== state.tier || state.exhaustedAt !== null) return NEVER;
  if (tier.failures > 0 || tier.restUntil !== null || restEnd(tier) > now) return NEVER;
  // A call that begins in the millisecond of a failure has to remember that this came first; see `recordAttempt`.
  if (tier.lastFailureAt === now) return NEVER;
  let until = Number.POSITIVE_INFINITY;
  for (const better of state.tiers.slice(0, state.tier)) until = Math.min(until, restEnd(better));
  return until;
}

/** A tier has answered; or fails for the first time, so that it was not among those that had been used up. */
function endsExhaustion({ type, set }: LedgerEvent): boolean {
  if (type === 'tier-failed') return Object.values(set?.tiers ?? {}).some(({ failures }) => failures === 1);
  return type === 'tier-recovered' || type === 'reset';
}
