import { alignState } from '../../core/tier/transitions/align-state.js';
import { applyOutcome } from '../../core/tier/transitions/apply-outcome.js';
import { isAhead, isOldNews } from '../../core/tier/begin.js';
import { followAnswer } from '../../core/tier/rests/follow-answer.js';
import { followShared } from '../../core/tier/rests/follow-shared.js';
import { isPausedByBudget } from '../../core/tier/rests/standing-pauses.js';
import type { LedgerEvent, Outcome, SharedRests as RestsByKey, State, TierState } from '../../core/tier/state.js';
import type { EventTier, Origin } from '../../ports/failover.js';
import { announceLocal, announceRemote, announceRemoteExhausted } from '../events/tier-events.js';
import type { Ended, SharedRests } from '../fleet/shared-rests.js';
import { Availability, losesCalls } from '../recovery/availability.js';
import { availableAt } from '../recovery/available-at.js';
import type { Place } from '../recovery/place.js';
import { Recovery } from '../recovery/recovery.js';
import type { SlowStart } from '../recovery/slow-start.js';
import type { StateListener, StateRecord } from '../store/state-record.js';
import type { Canary } from '../fleet/canary.js';
import { NO_PATH, type DirectPath } from './direct-path.js';
import type { InstanceHost } from './instance-host.js';
import { isKnownToWork } from './is-known-to-work.js';
import { PastRecord } from './past-record.js';
import { NO_PATHS, pathsOf, type Paths } from './paths.js';
import type { PoolPaths } from './pool-paths.js';

/** One instance as this process knows it: its ledger, the direct path of a healthy call, how calls come back. */
export class Instance implements StateListener {
  readonly name: string;
  stateRecord: StateRecord;
  direct: DirectPath = NO_PATH;
  /** While a tier is coming back and all places there are taken: the direct path of the calls above that limit. */
  overflow: DirectPath | undefined = undefined;
  /** Where calls go to a pool of keys of which none is better: the direct paths to them. */
  pool: PoolPaths | undefined = undefined;
  /** Calls of it so far. */
  uses = 0;
  /** The same at the last search for idle instances; a new one has been used. */
  usesBefore = -1;
  /** Calls under way: they would miss a change if it were dropped. */
  calls = 0;
  /** It was dropped, and another object may have its name by now. */
  isDropped = false;
  /** What all instances go by was in this edition when the direct path was last recomputed. */
  commonVersion = -1;
  /** The group of its last call or report that named one. */
  group = 'default';
  /** A host's work elsewhere that was let through a health monitor's pause and not reported yet: one a tier. */
  canaries: readonly Canary[] = [];
  readonly #host: InstanceHost;
  /** Once another chain is in force: what is left for calls that began under this one. */
  #past: PastRecord | undefined = undefined;
  /** The instance of such calls, while there are any. */
  #before: Instance | undefined = undefined;
  #exhausted = false;
  /** Calls that wait for a tier; most instances never have one. */
  #waiting: Set<() => void> | undefined = undefined;
  #recovery: Recovery | undefined = undefined;
  /** The state that was announced last: what is read first is no change to the record. */
  #known: State | undefined = undefined;
  /** Since its calls could not be made for the first time. */
  #availability: Availability | undefined = undefined;
  /** Which of the fleet's rests an operator's reset has ended for this instance. */
  #ended: Ended | undefined = undefined;
  /** When it last followed the rests of the fleet, on the clock's `elapsed`. */
  #followedAt: number;

  constructor(name: string, host: InstanceHost, makeRecord: (listener: StateListener) => StateRecord) {
    this.name = name;
    this.#host = host;
    this.stateRecord = makeRecord(this);
    this.#followedAt = host.clock.elapsed();
  }

  get names(): readonly EventTier[] {
    return this.#host.tierNames;
  }

  /** What keeps new calls off tiers from outside: rests, and limits that are nearly used up. */
  get rests(): RestsByKey | undefined {
    const { headroom } = this.#host;
    return headroom ? headroom.over(this.fleetRests, this.stateRecord.state) : this.fleetRests;
  }

  /** Rests from outside, as far as they count for this instance. */
  get fleetRests(): RestsByKey | undefined {
    return this.#host.restsSince(this.#ended);
  }

  /** A call of it is under way, or waits. */
  get isBusy(): boolean {
    return this.calls > 0 || (this.#waiting?.size ?? 0) > 0 || this.#before?.isBusy === true;
  }

  /** The chain was changed: this is the instance from now on. Calls that are under way keep what they began with. */
  takeOver(before: Instance, initial: State): void {
    before.#past = new PastRecord(before.#host, before, this);
    before.stateRecord = before.#past;
    const { uses, usesBefore, group, canaries } = before;
    Object.assign(this, { uses, usesBefore, group, canaries });
    for (const each of canaries) each.moveTo(before.#host.placeNow(each.index));
    [this.#exhausted, this.#ended] = [before.#exhausted, before.#ended];
    this.#before = before;
    before.direct = NO_PATH;
    before.overflow = before.pool = undefined;
    const { config, clock } = this.#host;
    this.stateRecord.follow(config, initial, this, clock.now());
    this.#known = this.stateRecord.state;
    // Also those who wait under the old chain may go on by this one.
    this.changed();
    const lostBy = before.#availability?.lostBy;
    before.#availability?.forget();
    if (lostBy !== undefined) this.lose(lostBy);
  }

  onLocal(events: readonly LedgerEvent[], session: string | undefined): void {
    // Not a reset of some tiers, which leaves the instance where it is.
    if (events.some(({ type, set }) => type === 'reset' && set?.reportedTier !== undefined)) this.#reset();
    if (events.some(({ type, lifted }) => type === 'resumed' && lifted?.includes('budget')))
      this.#host.budgetLifted(this);
    const recovery = Recovery.isNeededFor(events) ? this.#recover() : this.#recovery;
    recovery?.follow(events, this.#host.clock.elapsed());
    this.changed();
    const { emitter, ids, tierNames } = this.#host;
    const tiers = { ids, names: tierNames };
    emitter.inOrder(() => {
      for (const event of events) {
        // Once until a tier has answered again: a call may have announced it already.
        if (event.type === 'exhausted' && !this.markExhausted()) continue;
        announceLocal(emitter, this.name, tiers, event, session);
        if (event.type === 'exhausted' || event.type === 'paused') this.lose('local');
      }
      this.#known = this.stateRecord.state;
      this.#availability?.check('local');
    });
  }

  onRemote(before: State): void {
    const known = this.#known;
    this.#known = this.stateRecord.state;
    const { emitter, clock, config } = this.#host;
    const { state } = this.stateRecord;
    // What an earlier version reset says no time; nothing else forgets the last failure.
    const hasForgotten = state.lastFailureKind === null && before.lastFailureKind !== null;
    const isReset = hasForgotten || (state.resetAt !== undefined && state.resetAt !== before.resetAt);
    if (isReset) this.#reset(state.resetAt === before.resetAt ? undefined : state.resetAt);
    const at = clock.now();
    if (isPausedByBudget(before, at) && !isPausedByBudget(state, at)) this.#host.budgetLifted(this);
    this.changed();
    emitter.inOrder(() => {
      announceRemote(emitter, this.name, this.names, before, state, at);
      if (losesCalls(known, state)) this.lose('remote');
      this.#availability?.check('remote');
      if (before.exhaustedAt !== null || state.exhaustedAt === null || !this.markExhausted()) return;
      announceRemoteExhausted(emitter, this.name, state, config.policy, at);
    });
  }

  /** When calls may be made again, epoch milliseconds: `now` or earlier at once, `null` when nobody knows. */
  availableAt(now: number): number | null {
    const { config, looks, clock } = this.#host;
    const elapsed = clock.elapsed();
    const facts = { state: this.stateRecord.state, config, rests: this.rests, looks, now, elapsed };
    return availableAt({ ...facts, pausedUntil: this.#host.pausedUntil(now) });
  }

  /** Its calls cannot be made, as was announced, or is found in the store. */
  lose(origin: Origin): void {
    this.#availability ??= new Availability({
      host: this.#host,
      target: { instance: this.name },
      availableAt: (now) => this.availableAt(now),
    });
    this.#availability.lose(origin);
  }

  /** Announces where its calls can be made again. */
  checkAvailability(): void {
    this.#availability?.check();
  }

  /** It is dropped: nothing is announced for it any more. */
  drop(): void {
    this.isDropped = true;
    this.#availability?.forget();
  }

  /** A reset ends also this instance's view of what the fleet has learnt. `at`: when another process made it. */
  #reset(at?: number): void {
    const { sharedRests } = this.#host;
    this.#ended = sharedRests && (at === undefined ? { edition: sharedRests.edition } : { at });
    // Also for calls that wait since before the chain was changed.
    for (let before = this.#before; before; before = before.#before) before.#ended = this.#ended;
    this.#recovery?.reset();
    this.#host.sessions?.forget(this.name);
    this.#host.headroom?.clear();
    this.#host.budgetLifted(this);
  }

  /** Something that decides where calls go has changed. */
  changed(): void {
    this.refreshDirectPath();
    if (this.direct !== NO_PATH || this.overflow || this.pool) this.#exhausted = false;
    if (this.#before?.isBusy) this.#before.changed();
    else this.#before = undefined;
    if (this.#waiting) for (const tell of this.#waiting) tell();
  }

  /** Recomputes whether calls can use the direct path. */
  refreshDirectPath(): void {
    if (this.#past) return;
    const { clock, sharedRests } = this.#host;
    const { rests } = this;
    const now = clock.now();
    this.#followClock(now);
    if (sharedRests) this.#followAnswers(sharedRests, now);
    const { state } = this.stateRecord;
    this.commonVersion = this.#host.commonVersion;
    if (sharedRests) this.#followRests(sharedRests);
    if (this.slowStart && this.slowStart.index !== state.reportedTier) this.#recovery?.endSlowStart();
    const { paused, isAdmitting, isServing } = this.#host;
    const paths = paused || isAdmitting || !isServing ? NO_PATHS : this.#paths(state, rests, now);
    this.direct = paths.direct;
    this.overflow = paths.overflow;
    this.pool = paths.pool;
  }

  #paths(state: State, rests: RestsByKey | undefined, now: number): Paths {
    const { clock, config, pools } = this.#host;
    const freshUntil = this.#host.freshUntil(this.stateRecord);
    const isUnproven = (index: number) => this.#host.isUnproven(index);
    const elapsed = clock.elapsed();
    return pathsOf({ state, config, rests, pools, slowStart: this.slowStart, now, elapsed, freshUntil, isUnproven });
  }

  /** Where the clock was set back, what is left of a rest is at most its own length. */
  #followClock(now: number): void {
    const { config } = this.#host;
    if (isAhead(this.stateRecord.state, now)) this.stateRecord.apply((state) => alignState(state, config, now));
  }

  /** Before a call: follows a clock that was set back, and rests from outside to another tier, and announces that. */
  followShared(): void {
    const { config, clock } = this.#host;
    const now = clock.now();
    this.#followClock(now);
    const { rests } = this;
    if (!rests) return;
    this.stateRecord.apply((state) => followShared(state, config, rests, now));
  }

  /** Ends cooldowns of troubles that an answer to another instance has ended. */
  #followAnswers(sharedRests: SharedRests, now: number): void {
    for (const [index, tier] of this.stateRecord.state.tiers.entries()) {
      const rests = tier.failures > 0 && tier.restUntil !== null && tier.restUntil > now;
      if (!rests || !isKnownToWork(sharedRests, index, tier, this.#host.clock)) continue;
      this.stateRecord.apply((state) => followAnswer(state, index, now));
    }
  }

  /** Notices what the fleet has begun and ceased to keep this instance off, also while it had no call. */
  #followRests(sharedRests: SharedRests): void {
    const elapsed = this.#host.clock.elapsed();
    const since = this.#followedAt;
    this.#followedAt = elapsed;
    const { fleetRests: rests } = this;
    if (!this.#recovery && !rests && !(sharedRests.lastEndAt > since)) return;
    const { state } = this.stateRecord;
    this.#recover().followFleet(rests, state, elapsed, (index) => sharedRests.endedSince(index, since));
  }

  /** True when a success at the tier changes nothing now. */
  isSettled(index: number): boolean {
    const { direct, overflow } = this;
    const path = direct.index === index ? direct : overflow?.index === index ? overflow : this.pool?.at(index);
    return path !== undefined && this.#host.clock.elapsed() < path.until;
  }

  /** Calls back on every change from now on, until the returned function is called. */
  whenChanged(callback: () => void): () => void {
    const waiting = (this.#waiting ??= new Set());
    waiting.add(callback);
    this.#host.waiting.add(this);
    return () => {
      waiting.delete(callback);
      if (waiting.size === 0) this.#host.waiting.delete(this);
    };
  }

  record(outcome: Outcome & { tier: number }, now: number, session?: string): void {
    if (this.#past) return this.#past.record(outcome, now, session);
    const { sharedRests, config } = this.#host;
    const { rests } = this;
    const relapse = !outcome.ok && this.#recovery?.isRelapse(outcome.tier, outcome.kind) === true;
    const judged = relapse ? { ...outcome, relapse } : outcome;
    const changed = this.stateRecord.apply((state) => applyOutcome(state, judged, config, now, rests), session);
    if (!sharedRests) return;
    if (outcome.ok) {
      sharedRests.confirm(outcome.tier, outcome.startedAt ?? now);
      this.#recovery?.joined(outcome.tier);
    } else if (changed) {
      const own = this.stateRecord.state.tiers[outcome.tier];
      if (own) sharedRests.learn(this.name, outcome, config.chain[outcome.tier]!, now, own);
    }
  }

  /** Records work that a host ran elsewhere, and gives back the place `select` reserved for it. */
  recordReport(outcome: Outcome & { tier: number }, now: number): void {
    const { tier, ok, startedAt } = outcome;
    // Work that began before the tier failed was given no place.
    if (!isOldNews(this.stateRecord.state.tiers[tier], startedAt ?? now, now)) {
      this.#recovery?.release(tier, ok, this.#host.clock.elapsed());
    }
    this.record(outcome, now);
  }

  /**
   * Records an attempt that was made here. Where its tier failed in the very millisecond in which it began, the clock
   * cannot say which came first, but `before` can: the tier's state when the attempt began (none: it used the direct
   * path).
   */
  recordAttempt(
    outcome: Outcome & { tier: number; startedAt: number },
    now: number,
    session: string | undefined,
    before: TierState | undefined,
  ): void {
    const { tier: index, startedAt } = outcome;
    const tier = this.stateRecord.state.tiers[index];
    const failedSince =
      tier?.lastFailureAt === startedAt && (before?.lastFailureAt !== startedAt || tier.failures > before.failures);
    this.record(failedSince ? { ...outcome, startedAt: startedAt - 1 } : outcome, now, session);
  }

  /** True while this instance leaves a tier that another one of the fleet found to work to those that come first. */
  waitsToJoin(index: number): boolean {
    return this.#recovery?.waitsToJoin(index, this.#host.clock.elapsed()) === true;
  }

  /** Takes a place at a tier that has yet to answer, until it is given back or lapses; `undefined`: there is none. */
  takeProbe(index: number): Place | undefined {
    const { sharedRests, config, clock } = this.#host;
    if (this.isProbeTaken(index)) return undefined;
    const recovery = this.#recover();
    // Under `probe` one process of the fleet tries for all.
    if (sharedRests && config.policy.recovery === 'probe' && !sharedRests.claim(index)) return undefined;
    return recovery.takeProbe(index, clock.elapsed());
  }

  isProbeTaken(index: number): boolean {
    const { sharedRests, config, clock } = this.#host;
    if (!this.#recovery) return false;
    const isFleet = sharedRests !== undefined && config.policy.recovery === 'probe';
    const tier = this.stateRecord.state.tiers[index];
    const works = isFleet && isKnownToWork(sharedRests, index, tier, clock);
    return this.#recovery.isProbeTaken(index, clock.elapsed(), works);
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

  /** Notes that the chain is used up. True once, until a tier has answered again. */
  markExhausted(): boolean {
    if (this.#exhausted || this.#past) return false;
    this.#exhausted = true;
    return true;
  }

  #recover(): Recovery {
    const { config, random } = this.#host;
    this.#recovery ??= new Recovery({
      config,
      ids: this.stateRecord.state.ids,
      random,
      onProbeReleased: (index) => this.#host.releaseTrial(index),
    });
    return this.#recovery;
  }
}
