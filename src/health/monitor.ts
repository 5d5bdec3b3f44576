import {
  alertTarget,
  endCanary,
  evaluateTarget,
  resumedByPerson,
  resumesAt,
  type TargetDecision,
  type TargetState,
} from '../core/health/target.js';
import { isMonitors } from '../core/tier/rests/standing-pauses.js';
import type { Pause } from '../core/tier/state.js';
import type { Clock } from '../ports/clock.js';
import type { PauseTarget } from '../ports/failover.js';
import type { MonitorAccess, ObservedFailure } from '../ports/monitor-access.js';
import { Canaries } from './canaries.js';
import { Counting } from './counting.js';
import { isHalfTripped, isRuleTripped, Judge, reasonOf, type RuleCount } from './judge.js';
import type { MonitorConfig } from './options.js';
import { inBatches, SharedCounters } from './shared-counters.js';
import type { StatusPageReport, StatusPageSource } from './status-page.js';
import { Tallies } from './tallies.js';
import { TargetBook } from './target-book.js';
import { keyOf, nameOf, targetOf } from './targets.js';

/** Who resumes what has answered. */
export const MONITOR = 'health-monitor';
const JUDGE_LEASE = 'health:judge';
/** When a process that has just started looks at what others have stored, in milliseconds. */
const FIRST_LOOK_MS = 1000;
/** A target whose rules are not clear yet is looked at so often while it is paused. */
const RECHECK_MS = 2000;
/** A count that trips here and not in the fleet is judged so often at most. */
const LOCAL_TRIP_MS = 1000;
/** After so many intervals without a look the monitor that paused a target is taken for dead. */
const INTERVALS_UNTIL_ADOPTED = 3;
/** Where a status page says that much is wrong, fewer calls are enough. */
const FEWEST_CALLS_IN_TROUBLE = 3;
/** No evaluation waits longer than this for a status page, in milliseconds: a source of the host may never answer. */
const PAGE_TIMEOUT_MS = 30_000;
/** How often an evaluation begins again because another process was faster. */
const MAX_RACES = 3;

/** Evaluates rules, pauses what trips, and lets it return. */
export class Monitor {
  readonly config: MonitorConfig;
  readonly access: MonitorAccess;
  readonly clock: Clock;
  readonly book: TargetBook;
  readonly judge: Judge;
  readonly counting: Counting;
  /** What was counted at the last evaluation, by target. */
  readonly counts = new Map<string, readonly RuleCount[]>();
  checkedAt: number | null = null;
  readonly #tallies: Tallies;
  readonly #shared: SharedCounters;
  readonly #canaries: Canaries;
  readonly #pages = new Map<string, { at: number; report: StatusPageReport | undefined }>();
  readonly #wokenAt = new Map<string, number>();
  #work: Promise<void> = Promise.resolve();
  #timer: unknown;
  #nextAt: number;
  #isClosed = false;

  constructor(access: MonitorAccess, config: MonitorConfig) {
    this.access = access;
    this.config = config;
    this.clock = config.clock ?? access.clock;
    const now = this.clock.now();
    this.book = new TargetBook(access, config);
    this.#tallies = new Tallies(config.rules, (key) => this.book.get(key).judgedFrom);
    this.#shared = new SharedCounters(access, this.#tallies);
    this.judge = new Judge(config.rules, this.#tallies, this.#shared);
    this.counting = new Counting(access, config.rules, this.#tallies, now);
    this.#canaries = new Canaries(access, (key, end) => this.#canaryEnded(key, end === 'answered'));
    this.#nextAt = now + Math.min(config.intervalMs, FIRST_LOOK_MS);
  }

  start(): void {
    this.#schedule();
  }

  /** A failed attempt. Judged at once where it trips a rule by what this process has counted alone. */
  observe(failure: ObservedFailure): void {
    const now = this.clock.now();
    const keys = this.counting.failure(failure, now, (key) => this.book.get(key).judgedFrom);
    for (const key of keys) this.judgeLocally(key, now);
  }

  /** Judges a target at once, where what this process has counted trips a rule. */
  judgeLocally(key: string, now: number): void {
    const { phase, graceUntil, judgedFrom } = this.book.get(key);
    if (phase === 'clear' && graceUntil !== null && now < graceUntil) return;
    const pauseMs = phase === 'clear' ? LOCAL_TRIP_MS : RECHECK_MS;
    const last = this.#wokenAt.get(key);
    if (last !== undefined && now >= last && now - last < pauseMs) return;
    if (!this.judge.local(key, now, judgedFrom).some((count) => isRuleTripped(count))) return;
    this.#wokenAt.set(key, now);
    void this.enqueue(() => this.#evaluate([key]));
  }

  /** One pass over every target. */
  evaluate(): Promise<void> {
    return this.enqueue(() => this.#evaluate(this.#targets()));
  }

  /** Looks at one target: another process, or a person, has changed it. */
  follow(target: PauseTarget): void {
    void this.enqueue(() => this.#evaluate([keyOf(target)]));
  }

  /** An alert from outside pauses a target. */
  async alert(target: PauseTarget, alert: { by: string; reason: string; rule: string }): Promise<void> {
    const key = keyOf(target);
    await this.enqueue(async () => {
      const decision = await this.book.change(key, (state) =>
        alertTarget({ ...state, ruleset: this.config.ruleset }, alert, this.clock.now()),
      );
      await this.#act(key, decision);
      this.#schedule();
    });
  }

  /** A person has resumed a target. Resolves once it is known that no rule pauses it for a while. */
  resumed(target: PauseTarget): Promise<void> {
    const key = keyOf(target);
    this.#canaries.close(key);
    return this.enqueue(async () => {
      await this.book.change(key, (state) => ({
        state: resumedByPerson({ ...state, ruleset: this.config.ruleset }, this.config, this.clock.now()),
        action: 'none',
      }));
      this.access.setRetryAt(targetOf(key), null);
      this.#schedule();
    });
  }

  /** Everything that a monitor has paused, also one of another process that this one has not followed yet. */
  async paused(): Promise<string[]> {
    await this.book.load();
    const keys = this.#targets();
    await inBatches(keys, (key) => this.access.refresh(targetOf(key)));
    return keys.filter((key) => this.#standing(key) !== undefined);
  }

  /** Refuses every call of this process while the store cannot be read, where that is asked for. */
  storeChanged(isFailing: boolean): void {
    if (this.config.onStoreFailure !== 'closed') return;
    const reason = "the store cannot be read (onStoreFailure: 'closed')";
    const refusal: Pause = { source: 'health', by: MONITOR, reason, at: this.clock.now() };
    this.access.refuseAll(isFailing ? refusal : undefined);
  }

  /** When a canary may be let through; `null`: not paused, or not clear. */
  resumesAt(key: string, state: TargetState = this.book.get(key)): number | null {
    const at = resumesAt(state, this.config, this.#standsIn(key));
    return at === null ? null : Math.max(at, this.access.waitUntil(targetOf(key)));
  }

  /** Stops, and lets another process of the fleet go on. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.clock.clearTimeout(this.#timer);
    this.#canaries.closeAll();
    if (this.config.onStoreFailure === 'closed') this.access.refuseAll(undefined);
    const { holder } = this.access;
    if (this.access.isClosed) return;
    // Nobody here lets a call through any more: what stays paused has no time at which it ends.
    for (const key of this.#underWay()) this.access.setRetryAt(targetOf(key), null);
    await this.access.ask('release', JUDGE_LEASE, (store) => store.release(JUDGE_LEASE, holder)).catch(() => undefined);
  }

  /** One thing after the other; what goes wrong in one keeps nothing of the rest. */
  enqueue(work: () => Promise<void>): Promise<void> {
    const run = async () => {
      if (!this.#isClosed && !this.access.isClosed) await work();
    };
    const done = this.#work.then(run);
    this.#work = done.catch((error: unknown) => {
      const text = error instanceof Error ? error.name : 'an error';
      this.config.logger?.warn(`tierfall: health: an evaluation failed: ${text}`);
    });
    return this.#work;
  }

  async #tick(): Promise<void> {
    const now = this.clock.now();
    const { intervalMs } = this.config;
    const isDue = now >= this.#nextAt || this.#nextAt - now > intervalMs;
    if (!isDue) return this.#evaluate(this.#underWay());
    this.#nextAt = now + intervalMs;
    this.counting.readCalls(now);
    if (this.access.storeOk()) await this.#shared.add(now);
    if (await this.#isJudge()) return this.#evaluate(this.#targets());
    await this.book.load();
    await this.#evaluate(this.#underWay());
  }

  /** One process of the fleet evaluates what nothing has happened to. */
  async #isJudge(): Promise<boolean> {
    const { holder } = this.access;
    const ttlMs = Math.max(1, Math.round(this.config.intervalMs * 0.9));
    try {
      return await this.access.ask('acquire', JUDGE_LEASE, (store) => store.acquire(JUDGE_LEASE, holder, ttlMs));
    } catch {
      return true;
    }
  }

  async #evaluate(keys: readonly string[]): Promise<void> {
    const now = this.clock.now();
    try {
      this.counting.readCalls(now);
      if (this.access.storeOk() && keys.length > 0) await this.#shared.add(now);
      for (const key of keys) await this.#evaluateOne(key);
      this.checkedAt = this.clock.now();
    } finally {
      // Also after an error of ours: without a timer nothing would ever be evaluated again.
      this.#schedule();
    }
  }

  async #evaluateOne(key: string): Promise<void> {
    for (let races = 0; races < MAX_RACES; races++) {
      if (this.access.storeOk()) {
        await this.book.load();
        // After the book: a pause that is placed is known here then.
        await this.access.refresh(targetOf(key));
      }
      const now = this.clock.now();
      const before = this.book.get(key);
      if (this.#isAnothers(before, now)) break;
      const standing = this.#standing(key);
      const hasVanished = before.phase !== 'clear' && before.isPlaced && !standing;
      const isLifted = hasVanished && (await this.#wasLiftedByMonitor(key));
      const trip = await this.#tripOf(key, before, now);
      // Closed meanwhile: what is still to be done is another monitor's.
      if (this.#isClosed) return;
      const facts = { trip, standing, standsIn: this.#standsIn(key) };
      let isOvertaken = false;
      const decision = await this.book.change(key, (state): TargetDecision => {
        isOvertaken = state !== before;
        if (isOvertaken) return { state, action: 'none' };
        if (isLifted) return { state: endCanary(state, true, now).state, action: 'none' };
        return evaluateTarget({ ...state, ruleset: this.config.ruleset }, facts, this.config, now);
      });
      if (isOvertaken) continue;
      await this.#act(key, decision);
      break;
    }
    this.#followCanary(key);
  }

  /** True where a monitor with other rules has paused it, and still looks. */
  #isAnothers({ phase, ruleset, checkedAt }: TargetState, now: number): boolean {
    const { intervalMs } = this.config;
    return (
      phase !== 'clear' && ruleset !== this.config.ruleset && now - checkedAt < INTERVALS_UNTIL_ADOPTED * intervalMs
    );
  }

  async #tripOf(key: string, state: TargetState, now: number): Promise<{ rule: string; reason: string } | undefined> {
    const { judgedFrom, phase } = state;
    const counts = await this.judge.fleet(key, now, judgedFrom).catch(() => this.judge.local(key, now, judgedFrom));
    this.counts.set(key, counts);
    const isWorthALook = phase !== 'clear' || counts.some(isHalfTripped);
    const page = isWorthALook ? await this.#page(key, now) : undefined;
    const isTrouble = page?.indicator === 'major' || page?.indicator === 'critical';
    const tripped = counts.find((count) => isRuleTripped(count, isTrouble ? FEWEST_CALLS_IN_TROUBLE : undefined));
    if (!tripped) return undefined;
    const quote = page && page.indicator !== 'none' ? `; the status page says: ${page.description}` : '';
    return { rule: tripped.rule.name, reason: `${reasonOf(tripped)}${quote}` };
  }

  /** What the provider's status page says, read once an interval at most. */
  async #page(key: string, now: number): Promise<StatusPageReport | undefined> {
    const source = this.config.statusPages.find(({ provider }) => `provider:${provider}` === key);
    if (!source) return undefined;
    const known = this.#pages.get(key);
    if (known && now >= known.at && now - known.at < this.config.intervalMs) return known.report;
    const report = await this.#read(source);
    this.#pages.set(key, { at: now, report });
    return report;
  }

  async #read(source: StatusPageSource): Promise<StatusPageReport | undefined> {
    let timer: unknown;
    const late = new Promise<undefined>((resolve) => {
      timer = this.clock.setTimeout(() => resolve(undefined), PAGE_TIMEOUT_MS);
    });
    try {
      return await Promise.race([source.read(), late]);
    } catch {
      return undefined;
    } finally {
      this.clock.clearTimeout(timer);
    }
  }

  /** Puts a pause on its target, and notes that it is there once the store has it. */
  async #act(key: string, { state, action }: TargetDecision): Promise<void> {
    if (action !== 'place' || this.#isClosed) return;
    const { source, by, reason, rule } = state;
    this.config.logger?.warn(`tierfall: health: ${nameOf(key)} is paused: ${reason}`);
    if (!(await this.access.place(targetOf(key), { source, by, reason }))) return;
    await this.book.change(key, (present) => {
      const isSame = present.phase !== 'clear' && present.rule === rule && !present.isPlaced;
      return { state: isSame ? { ...present, isPlaced: true } : present, action: 'none' };
    });
  }

  /** Lets a call through where it is time for that, and says when that will be. */
  #followCanary(key: string): void {
    if (this.#isClosed) return;
    const target = targetOf(key);
    const state = this.book.get(key);
    const now = this.clock.now();
    this.access.setRetryAt(target, this.#standing(key) ? this.resumesAt(key, state) : null);
    const isDue = state.phase === 'trying' && now >= this.access.waitUntil(target);
    this.#canaries.follow(key, isDue, MONITOR);
  }

  #canaryEnded(key: string, answered: boolean): void {
    void this.enqueue(async () => {
      await this.book.change(key, (state) => endCanary(state, answered, this.clock.now()));
      const what = answered ? 'answers again and is resumed' : 'does not answer yet';
      this.config.logger?.info(`tierfall: health: ${nameOf(key)} ${what}`);
      this.#followCanary(key);
      this.#schedule();
    });
  }

  /** The pause vanished: its ledger says whether a canary of another process has lifted it. */
  async #wasLiftedByMonitor(key: string): Promise<boolean> {
    try {
      const rows = await this.access.ask('history', key, (store) => store.history(key, { limit: 50 }));
      const row = rows.find(({ type }) => type === 'resumed' || type === 'reset');
      return row?.type === 'resumed' && (row.source === 'health' || row.source === 'alert');
    } catch {
      return false;
    }
  }

  #standing(key: string): (Pause & { source: 'health' | 'alert' }) | undefined {
    const pause = this.access.pausesOf(targetOf(key)).find(isMonitors);
    return pause as (Pause & { source: 'health' | 'alert' }) | undefined;
  }

  /** True while another provider of the chain takes the calls. */
  #standsIn(key: string): boolean {
    if (!key.startsWith('provider:')) return false;
    return this.access.providers.some(
      (provider) => `provider:${provider}` !== key && this.access.pausesOf({ provider }).length === 0,
    );
  }

  #targets(): string[] {
    const providers = this.access.providers.map((provider) => keyOf({ provider }));
    return [...new Set(['all', ...providers, ...this.#tallies.targets, ...this.book.targets.keys()])];
  }

  /** Targets that are paused. */
  #underWay(): string[] {
    return [...this.book.targets].flatMap(([key, { phase }]) => (phase === 'clear' ? [] : [key]));
  }

  #schedule(): void {
    if (this.#isClosed) return;
    if (this.#timer !== undefined) this.clock.clearTimeout(this.#timer);
    const now = this.clock.now();
    let at = this.#nextAt;
    for (const key of this.#underWay()) {
      const { clearSince, phase, isPlaced } = this.book.get(key);
      const due = this.resumesAt(key);
      if (clearSince === null || !isPlaced) at = Math.min(at, now + RECHECK_MS);
      // A call will be let through; until then there is nothing to do but to wait for the provider's own time.
      else if (phase === 'trying') at = Math.min(at, laterThan(now, this.access.waitUntil(targetOf(key))));
      else if (due !== null) at = Math.min(at, due);
    }
    const delayMs = Math.min(this.config.intervalMs, Math.max(1, at - now));
    this.#timer = this.clock.setTimeout(() => {
      this.#timer = undefined;
      void this.enqueue(() => this.#tick());
    }, delayMs);
  }
}

/** A time that is to come; one that has passed is none. */
function laterThan(now: number, at: number): number {
  return at > now ? at : Number.POSITIVE_INFINITY;
}
