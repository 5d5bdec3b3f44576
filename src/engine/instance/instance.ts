import type { FailoverConfig } from '../../core/config.js';
import { applyOutcome } from '../../core/tier/apply-outcome.js';
import { isOldNews } from '../../core/tier/begin.js';
import { coveringRest, isFailing, nextTier } from '../../core/tier/rest.js';
import type { LedgerEvent, Outcome, SharedRests, State, TierState } from '../../core/tier/state.js';
import type { Random } from '../../ports/clock.js';
import type { TierName } from '../../ports/failover.js';
import { announceLocal, announceRemote } from '../events/tier-events.js';
import { directUntil } from './direct-until.js';
import { endsExhaustion } from './ends-exhaustion.js';
import type { FailoverEmitter } from '../events/emitter.js';
import type { Ledger, LedgerListener } from '../store/state-record.js';
import { Pace, type Ramp } from '../recovery/return-pacing.js';
import type { RestBoard } from '../fleet/shared-rests.js';
import type { EngineClock } from '../time/clock.js';

/** How long one caller may keep the probe of a tier that has not answered yet; then another may try. */
const PROBE_LAPSE_MS = 60_000;

/** How long calls go straight on at most, while a better tier rests, before somebody looks at the wall clock again. */
const DIRECT_LAPSE_MS = 60_000;

/** A claim on the one place at a tier that has yet to answer. */
export interface Probe {
  readonly index: number;
  readonly until: number;
}

/** What this process counted of the tokens of one window. */
interface TokenWindow {
  readonly startAt: number;
  count: number;
  /** The limit was reached, and a pause has kept the instance where it is. */
  isDue: boolean;
}

/** A time before all others. */
const NEVER = Number.NEGATIVE_INFINITY;

/** What an instance needs of the failover it belongs to. */
export interface InstanceHost {
  readonly config: FailoverConfig;
  readonly clock: EngineClock;
  readonly random: Random;
  readonly emitter: FailoverEmitter;
  readonly tierNames: readonly TierName[];
  /** Everything is paused. */
  readonly paused: boolean;
  readonly rests: SharedRests | undefined;
  /** What the fleet knows together, where it shares that. */
  readonly board: RestBoard | undefined;
  freshUntil(ledger: Ledger): number;
}

/** One instance as this process knows it: its ledger, the way a healthy call takes, and who is probing. */
export class Instance implements LedgerListener {
  readonly name: string;
  readonly ledger: Ledger;
  /** Until when calls can go straight to `directIndex`, and its success changes nothing. On the clock's `elapsed`. */
  directUntil = NEVER;
  directIndex = 0;
  /** Set by each call, taken back by each search for idle instances. */
  used = true;
  readonly #host: InstanceHost;
  /** Who is trying a tier out, by index; most instances never have one. */
  #probes: Map<number, Probe> | undefined = undefined;
  #exhausted = false;
  /** Calls that wait for a tier; most instances never have one. */
  #waiting: Set<() => void> | undefined = undefined;
  /** How calls come back to a better tier; most instances never need one. */
  #pace: Pace | undefined = undefined;
  /** Tiers the fleet keeps this instance off, and for what kind of trouble. */
  #covered: ReadonlyMap<number, string> | undefined = undefined;
  #tokens: TokenWindow | undefined = undefined;

  constructor(name: string, host: InstanceHost, makeLedger: (listener: LedgerListener) => Ledger) {
    this.name = name;
    this.#host = host;
    this.ledger = makeLedger(this);
  }

  get names(): readonly TierName[] {
    return this.#host.tierNames;
  }

  onLocal(events: readonly LedgerEvent[], session: string | undefined): void {
    if (!this.#pace && Pace.begins(events)) this.#pace = new Pace(this.ledger.state.ids);
    this.#pace?.follow(events, this.#host.clock.now());
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

  /** Something that calls go by has changed. */
  changed(): void {
    this.lookAnew();
    if (this.#waiting) for (const tell of this.#waiting) tell();
  }

  /** Works out anew whether calls can take the direct way. */
  lookAnew(): void {
    const { state } = this.ledger;
    const { paused, rests, board } = this.#host;
    if (board) this.#followFleet(board, state);
    if (this.ramp && this.ramp.index !== state.tier) this.#pace?.end();
    this.directIndex = state.tier;
    const until =
      paused || rests || this.ramp
        ? NEVER
        : Math.min(directUntil(state, this.#host.clock.now()), this.#host.freshUntil(this.ledger));
    this.directUntil = Number.isFinite(until) ? this.#elapsedAt(until) : until;
  }

  /** Has the callback told of every change from now on, until the function it gives is called. */
  whenChanged(callback: () => void): () => void {
    this.#waiting ??= new Set();
    this.#waiting.add(callback);
    return () => void this.#waiting?.delete(callback);
  }

  /** The wall clock's `until` on the clock's `elapsed`, which stands still while a machine sleeps: hence looked up anew in time. */
  #elapsedAt(until: number): number {
    const { clock } = this.#host;
    return clock.elapsed() + Math.min(until - clock.now(), DIRECT_LAPSE_MS);
  }

  record(outcome: Outcome & { tier: number }, now: number, session?: string): void {
    const { board, config } = this.#host;
    const changed = this.ledger.apply((state) => applyOutcome(state, outcome, config, now), session);
    if (!board) return;
    if (outcome.ok) {
      board.confirm(outcome.tier, outcome.startedAt ?? now);
      this.#pace?.joined(outcome.tier);
    } else if (changed) board.learn(this.name, outcome, outcome.tier, this.ledger.state);
  }

  /** Takes in what a host tells of work it ran elsewhere, and takes back the places `select` gave it for that. */
  report(outcome: Outcome & { tier: number }, now: number): void {
    const { ramp } = this;
    const { tier, ok } = outcome;
    // Work that began before the tier failed was given none.
    if (!isOldNews(this.ledger.state.tiers[tier], outcome.startedAt ?? now, now)) {
      const probe = this.#probes?.get(tier);
      if (probe) this.releaseProbe(probe);
      if (ramp?.index === tier) ramp.handBack(ok, now);
    }
    this.record(outcome, now);
  }

  /**
   * Records an attempt that was made here. Where its tier failed in the very millisecond in which it began, the clock
   * cannot say which came first, but `before` can: the tier's state when the attempt began (none: it went the direct way).
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
    return this.#pace?.joinsAt(index) ?? NEVER;
  }

  /** Notices what the fleet has begun and ceased to keep this instance off. */
  #followFleet(board: RestBoard, state: State): void {
    const { clock, config, random } = this.#host;
    const before = this.#covered;
    if (!before && !board.rests) return;
    const after = new Map<number, string>();
    for (let index = 0; index <= state.tier; index++) {
      const tier = config.chain[index];
      const rest = tier && coveringRest(tier, board.rests);
      if (rest) after.set(index, rest.kind);
    }
    this.#covered = after.size > 0 ? after : undefined;
    const now = clock.now();
    this.#pace ??= new Pace(state.ids);
    for (const [index, kind] of after) if (!before?.has(index)) this.#pace.covered(index, kind, now);
    for (const [index, kind] of before ?? []) {
      if (after.has(index)) continue;
      const next = nextTier(state.ids.length, index, () => true);
      const otherwise = index === state.tier && next >= 0 ? next : undefined;
      this.#pace.uncovered({ index, otherwise, kind, chance: random(), now });
    }
  }

  /** Takes the one place at a tier that has yet to answer, until it is released or lapses; `undefined`: it is taken. */
  claimProbe(index: number, now: number): Probe | undefined {
    this.#probes ??= new Map();
    if ((this.#probes.get(index)?.until ?? NEVER) > now) return undefined;
    const { board, config } = this.#host;
    // Under `probe` one process of the fleet tries for all.
    if (board && config.policy.recovery === 'probe' && !board.claim(index)) return undefined;
    const probe = { index, until: now + PROBE_LAPSE_MS };
    this.#probes.set(index, probe);
    return probe;
  }

  /** Gives the place back, unless the claim has lapsed and somebody else has it now. */
  releaseProbe(probe: Probe): void {
    if (this.#probes?.get(probe.index) !== probe) return;
    this.#probes.delete(probe.index);
    this.#host.board?.release(probe.index);
  }

  /** A return to a better tier that is under way. */
  get ramp(): Ramp | undefined {
    return this.#pace?.ramp;
  }

  endRamp(): void {
    this.#pace?.end();
    this.changed();
  }

  /** Counts tokens in the window that began at `startAt`. */
  countTokens(startAt: number, tokens: number): TokenWindow {
    if (this.#tokens?.startAt !== startAt) this.#tokens = { startAt, count: 0, isDue: false };
    this.#tokens.count += tokens;
    return this.#tokens;
  }

  /** True once per time the chain is used up, until a tier has answered again. */
  becameExhausted(): boolean {
    if (this.#exhausted) return false;
    this.#exhausted = true;
    return true;
  }

  /** Nothing would be lost if it were let go: the store has it, or (a private store) nothing ever happened. */
  isIdle(privateStore: boolean): boolean {
    return privateStore ? this.ledger.isPristine : !this.ledger.hasPending;
  }
}
