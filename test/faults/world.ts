import type { CallContext, Failover, FailoverEventName, Tier } from 'tierfall';
import type { ManualClock } from 'tierfall/testing';
import { BrokenRule, Expectations } from './expectations.ts';
import { LedgerCheck } from './ledger.ts';
import type { Library } from './library.ts';
import type { Member } from './member.ts';
import { createNetwork, STORE_SECRET } from './network.ts';
import { errorOf, namesWait, pass, PROVIDER_SECRET, type ProviderMood } from './provider.ts';
import { chain, instances, providers, type Setup, type Step } from './steps.ts';

const HOOK_SECRET = 'T000-B000-hook-secret';
const WINDOW_MS = 3_600_000;
const LIMIT = 1000;
/** Of what only a person mends, after many failures. */
const LONGEST_REST_MS = 6 * 3_600_000;
const USED_BY_ANSWER = 40;
/** How long a call may be away when nothing is wrong any more. */
const LONGEST_CALL_MS = 300_000;
/** Ends of calls that are no fault of tierfall. */
const goodEnds = /^TIERFALL_(CHAIN_EXHAUSTED|PAUSED|PINNED_TIER|DEADLINE|ATTEMPT_TIMEOUT)$/;
const events: readonly FailoverEventName[] = [
  'tier-change',
  'attempt-failed',
  'retry',
  'exhausted',
  'available',
  'paused',
  'resumed',
  'store-error',
  'notifier-error',
  'budget-warning',
  'budget-exceeded',
  'budget-unpriced',
];

type Do<K extends Step['do']> = Extract<Step, { do: K }>;

/** Processes, providers, one store and one clock; it takes steps, and throws `BrokenRule` where a rule is broken. */
export class World {
  readonly #library: Library;
  readonly #setup: Setup;
  readonly #clock: ManualClock;
  readonly #shared: ReturnType<Library['createMemoryStore']>;
  readonly #members: Member[];
  readonly #expected = new Map<string, Expectations>();
  readonly #ledgers = new Map<string, LedgerCheck>();
  readonly #moods = new Map<string, ProviderMood>();
  /** Calls that have not ended, with the time they began. */
  readonly #open = new Map<object, { member: Member; at: number }>();
  readonly #used: Use[] = [];
  readonly #answeredAt = new Map<string, number>();
  readonly #pausedAt = new Map<string, number>();
  #random: () => number;
  #lives = 0;
  /** The first rule that was broken outside a step's own code. */
  #broken: BrokenRule | undefined;

  constructor(library: Library, setup: Setup) {
    this.#library = library;
    this.#setup = setup;
    this.#clock = library.createManualClock();
    this.#random = library.createSeededRandom(1);
    this.#shared = library.createMemoryStore({ now: () => this.#clock.now(), historyLimit: Number.POSITIVE_INFINITY });
    for (const name of instances) {
      this.#expected.set(name, new Expectations());
      this.#ledgers.set(name, new LedgerCheck(library, setup, this.#shared, name));
    }
    for (const provider of providers) this.#moods.set(provider, { behaviour: 'answers', waitMs: 0, latencyMs: 0 });
    this.#members = setup.processes.map((_, place) => this.#begin(place, 0));
    this.#noteSpread();
  }

  /** Takes one step, lets everything settle, and looks at all rules. */
  async take(step: Step): Promise<void> {
    this.#random = this.#library.createSeededRandom(step.salt);
    await this.#act(step);
    await this.#clock.settle();
    await this.#check();
  }

  /** Ends every timer that a run has left. */
  close(): void {
    for (const member of this.#members) this.#kill(member);
  }

  async #check(): Promise<void> {
    if (this.#broken) throw this.#broken;
    for (const [name, ledger] of this.#ledgers) await ledger.check(this.#expected.get(name)!, this.#leewayMs);
  }

  async #act(step: Step): Promise<void> {
    switch (step.do) {
      case 'advance':
        return this.#clock.advance(step.ms);
      case 'call':
        for (let count = 0; count < step.count; count++) this.#call(step);
        return;
      case 'provider': {
        const { behaviour, waitMs, latencyMs } = step;
        this.#moods.set(step.provider, { behaviour, waitMs, latencyMs });
        return;
      }
      case 'store':
        return this.#setWeather(this.#member(step), step.weather);
      case 'crash':
        return this.#crash(step);
      case 'jump': {
        const member = this.#member(step);
        // A clock of the host's is its only one: what passes unseen before it is set back has not passed for it.
        void member.failover.state(instances[0]);
        this.#skews[member.place]! += step.ms;
        void member.failover.state(instances[0]);
        member.forwardMs += Math.max(0, step.ms);
        this.#noteSpread();
        // What was counted in the last second of a window that a jump has left is not written any more.
        for (const use of this.#used) if (use.member === member) use.isSafe = false;
        return;
      }
      case 'pause':
      case 'resume':
      case 'reset':
      case 'hold':
        return this.#operate(step);
      case 'trigger':
        return this.#trigger(step);
      case 'report':
        return this.#report(step);
      case 'usage':
        return this.#use(this.#member(step), step.instance, step.tokens);
      case 'startup':
        return this.#startup(step);
      case 'heal':
        return this.#heal();
    }
  }

  readonly #skews: number[] = [];
  /** How far the clocks of the processes have differed at most. */
  #spreadMs = 0;

  #noteSpread(): void {
    this.#spreadMs = Math.max(this.#spreadMs, Math.max(...this.#skews) - Math.min(...this.#skews));
  }

  /**
   * Processes of one instance whose clocks differ by more than a second take each other's times for those of a clock
   * that was set: a wait may then end that much too early.
   */
  get #leewayMs(): number {
    return this.#spreadMs > 1000 ? this.#spreadMs : 0;
  }

  #member({ process }: { process: number }): Member {
    return this.#members[process]!;
  }

  /** Runs what is not the package's own code: a broken rule ends the run, wherever it was found. */
  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof BrokenRule)) throw error;
      this.#broken ??= error;
    }
  }

  #begin(place: number, forwardMs: number): Member {
    const { processes, onExhausted, recovery, share, threshold, budget, monitor } = this.#setup;
    const { watches, skewMs } = processes[place]!;
    this.#skews[place] ??= skewMs;
    const clock = this.#clock;
    const network = createNetwork(this.#shared, clock, () => this.#random(), watches);
    const now = () => clock.now() + this.#skews[place]!;
    const member: Member = {
      id: `${place}.${this.#lives++}`,
      place,
      failover: undefined as unknown as Failover,
      monitor: undefined,
      network,
      now,
      forwardMs,
      goodSince: clock.now(),
      isDead: false,
      toldTier: new Map(),
    };
    const own = {
      now,
      setTimeout: (callback: () => void, ms: number) => clock.setTimeout(() => void (member.isDead || callback()), ms),
      clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
    };
    const line = (text: unknown) => this.#guard(() => this.#checkSecrets(text));
    const slack = this.#library.createSlackNotifier({
      webhookUrl: `https://hooks.slack.com/services/${HOOK_SECRET}`,
      fetch: async (_url, init) => {
        line(init?.body);
        const luck = this.#random();
        if (luck < 0.1) throw new TypeError(`fetch failed: https://hooks.slack.com/services/${HOOK_SECRET}`);
        return luck < 0.2 ? new Response('busy', { status: 503 }) : new Response('ok');
      },
    });
    const failover = this.#library.createFailover({
      chain: [...chain],
      policy: {
        onExhausted,
        recovery,
        attemptTimeoutMs: 20_000,
        ...(onExhausted === 'wait' ? { deadlineMs: 120_000 } : {}),
        ...(threshold ? { threshold: { failures: 2, windowMs: 60_000 } } : {}),
        ...(budget ? { tokenBudget: { limit: LIMIT, windowMs: WINDOW_MS, onExceeded: budget } } : {}),
      },
      ...(share ? { share: 'rests' as const } : {}),
      store: network.store,
      clock: own,
      random: () => this.#random(),
      notifiers: [slack],
      logger: { debug: line, info: line, warn: line, error: line },
    }) as unknown as Failover;
    member.failover = failover;
    for (const event of events) {
      failover.on(event, (payload) => {
        if (!member.isDead) this.#guard(() => this.#heard(member, event, payload as unknown as Heard));
      });
    }
    if (monitor) this.#watch(member);
    return member;
  }

  #watch(member: Member): void {
    member.monitor = this.#library.createHealthMonitor(member.failover, { intervalMs: 20_000, resumeAfterMs: 60_000 });
  }

  #heard(member: Member, event: FailoverEventName, payload: Heard): void {
    this.#checkSecrets({ event, payload });
    const { instance, origin, provider } = payload;
    const expected = instance === undefined ? undefined : this.#expected.get(instance);
    if (event === 'available' && expected) expected.checkAvailable(member);
    if (event === 'paused' && provider !== undefined && payload.source === 'health')
      this.#pausedAt.set(provider, this.#clock.now());
    if (event === 'resumed' && provider !== undefined && payload.source === 'health' && origin === 'local') {
      const since = this.#pausedAt.get(provider) ?? 0;
      if ((this.#answeredAt.get(provider) ?? 0) < since)
        throw new BrokenRule('all-clear only after an answer', `${provider} was resumed without one`);
    }
    if (event !== 'tier-change' || !instance || !payload.from || !payload.to) return;
    const from = `${payload.from.provider}/${payload.from.model}`;
    const to = `${payload.to.provider}/${payload.to.model}`;
    const told = member.toldTier.get(instance);
    member.toldTier.set(instance, to);
    const { share, monitor } = this.#setup;
    if (!share && !monitor && told !== undefined && told !== from)
      throw new BrokenRule(
        'each change begins where the last one ended',
        `${instance}: ${told}, then ${from} to ${to}`,
      );
    if (payload.direction === 'up' && origin === 'local' && payload.source === 'auto')
      expected?.checkUp(member, payload.to.index, this.#clock.now());
  }

  #checkSecrets(value: unknown): void {
    const text = value instanceof Error ? `${value.message} ${value.stack}` : textOf(value);
    for (const secret of [PROVIDER_SECRET, STORE_SECRET, HOOK_SECRET]) {
      if (text.includes(secret)) throw new BrokenRule('no secret gets out', text.slice(0, 300));
    }
  }

  #call({ process, instance, pinned }: Do<'call'>): void {
    const member = this.#members[process]!;
    const token = {};
    const callAt = this.#clock.now();
    this.#open.set(token, { member, at: callAt });
    const expected = this.#expected.get(instance)!;
    const asked: number[] = [];
    const ask = async (tier: Tier, { index, signal }: CallContext) => {
      if (member.isDead) return new Promise<never>(() => undefined);
      const now = this.#clock.now();
      this.#guard(() => {
        expected.checkAsk(member, index, { now, callAt, leewayMs: this.#leewayMs });
        if (pinned !== null && index !== pinned)
          throw new BrokenRule('a pinned call stays on its tier', `${chain[index]} asked`);
        if (this.#setup.onExhausted !== 'wait' && asked.includes(index))
          throw new BrokenRule('a call asks each tier at most once', `${chain[index]} asked again`);
      });
      asked.push(index);
      await this.#answer(member, tier, index, expected, signal);
      this.#noteUse(member, instance, USED_BY_ANSWER);
      return { text: 'ok' };
    };
    const usage = () => ({ inputTokens: USED_BY_ANSWER, outputTokens: 0 });
    const options = { instance, usage, ...(pinned === null ? {} : { pinned }) };
    member.failover.run(ask, options).then(
      () => void this.#open.delete(token),
      (error: unknown) => {
        this.#open.delete(token);
        this.#guard(() => this.#checkEnd(error));
      },
    );
  }

  async #answer(member: Member, tier: Tier, index: number, expected: Expectations, signal: AbortSignal): Promise<void> {
    const mood = this.#moods.get(tier.provider)!;
    const ms = mood.behaviour === 'hangs' ? Number.POSITIVE_INFINITY : mood.latencyMs;
    try {
      if (ms > 0) await pass(this.#clock, ms, signal);
      const error = errorOf(this.#library, mood);
      if (error !== undefined) throw error;
    } catch (error) {
      if (member.isDead) return new Promise(() => undefined);
      const now = this.#clock.now();
      expected.failed(member, index, now);
      if (namesWait(mood) && !signal.aborted) expected.wait(member, index, mood.waitMs, now);
      throw error;
    }
    if (member.isDead) return new Promise(() => undefined);
    expected.answered(member, index, this.#clock.now());
    this.#answeredAt.set(tier.provider, this.#clock.now());
  }

  #checkEnd(error: unknown): void {
    const { code, status, message = '' } = error as { code?: string | null; status?: number; message?: string };
    if (status !== undefined) return;
    if (!goodEnds.test(code ?? ''))
      throw new BrokenRule('nothing but providers, waits and pauses fails a call', `${code} ${message}`);
    this.#checkSecrets(message);
  }

  #setWeather(member: Member, weather: Do<'store'>['weather']): void {
    const wasGood = member.network.weather === 'good';
    member.network.weather = weather;
    if (weather !== 'good') {
      member.goodSince = Number.POSITIVE_INFINITY;
      this.#unsafe(member);
    } else if (!wasGood) member.goodSince = this.#clock.now();
  }

  #kill(member: Member): void {
    member.isDead = true;
    member.network.isCut = true;
    for (const [token, call] of this.#open) if (call.member === member) this.#open.delete(token);
  }

  #crash({ process }: Do<'crash'>): void {
    const member = this.#members[process]!;
    this.#unsafe(member);
    this.#kill(member);
    const { weather } = member.network;
    const next = this.#begin(process, member.forwardMs);
    this.#setWeather(next, weather);
    this.#members[process] = next;
  }

  #operate(step: Do<'pause' | 'resume' | 'reset' | 'hold'>): void {
    const member = this.#member(step);
    const { failover } = member;
    const { instance } = step;
    const expected = this.#expected.get(instance)!;
    const isPerson = 'source' in step ? step.source === 'operator' : true;
    const run = (action: Promise<void>, ended: (isStored: boolean) => void = () => undefined) => {
      action.then(
        () => ended(true),
        (error: unknown) => {
          ended(false);
          if ((error as { code?: string }).code !== 'TIERFALL_STORE')
            this.#broken ??= new BrokenRule('an action ends with StoreError or not at all', String(error));
          this.#guard(() => this.#checkSecrets(error));
        },
      );
    };
    // Each person another one: the same pause again, while the store cannot be read, is rejected and not kept here.
    const by = isPerson ? `eve-${step.salt}` : 'machine';
    if (step.do === 'pause') {
      const ended = isPerson ? expected.pause(member) : undefined;
      const until = isPerson ? {} : { until: member.now() + 30_000 };
      const pausing = failover.pause(instance, { by, reason: 'a look', source: step.source, ...until });
      run(pausing, (isStored) => ended?.(isStored, this.#clock.now()));
    } else if (step.do === 'resume') {
      const lifting = isPerson ? expected.lift(false) : undefined;
      run(failover.resume(instance, { by, source: step.source }), lifting);
    } else if (step.do === 'reset') {
      const lifting = expected.lift(true);
      run(failover.reset(instance, { by }), lifting);
    } else {
      run(failover.hold(instance, step.tier, { by, until: member.now() + step.ms }));
    }
  }

  #trigger(step: Do<'trigger'>): void {
    const { failover } = this.#member(step);
    const expected = this.#expected.get(step.instance)!;
    for (let count = 0; count < step.count; count++) {
      expected.failed(this.#member(step), step.tier, this.#clock.now());
      void failover.recordExternalTrigger(step.instance, 'overloaded', { tier: step.tier });
    }
  }

  /** Work that ran elsewhere: reported late, and more than once. */
  #report(step: Do<'report'>): void {
    const member = this.#member(step);
    const expected = this.#expected.get(step.instance)!;
    const startedAt = member.now() - step.ageMs;
    const named = step.waitMs > 0 ? { retryAfterMs: step.waitMs } : {};
    for (let count = 0; count < step.count; count++) {
      const now = this.#clock.now();
      if (step.ok) {
        expected.answered(member, step.tier, now);
        void member.failover.record(step.instance, { tier: step.tier, ok: true, startedAt });
        continue;
      }
      expected.failed(member, step.tier, now);
      const told = member.failover.record(step.instance, {
        tier: step.tier,
        ok: false,
        kind: 'overloaded',
        startedAt,
        ...named,
      });
      void told.then(() => {
        if (step.waitMs > 0) expected.wait(member, step.tier, step.waitMs, now);
      });
    }
  }

  #use(member: Member, instance: string, tokens: number): void {
    this.#noteUse(member, instance, tokens);
    void member.failover.recordUsage(instance, { inputTokens: tokens, outputTokens: 0 }, { tier: 0 });
  }

  #noteUse(member: Member, instance: string, tokens: number): void {
    const window = Math.floor(member.now() / WINDOW_MS);
    this.#used.push({ member, instance, window, tokens, at: this.#clock.now(), isSafe: true });
  }

  /** What was used a moment ago may not have reached the store. */
  #unsafe(member: Member): void {
    const { lostIncrements, weather } = member.network;
    for (const use of this.#used) {
      const wasWritten = weather === 'good' && this.#clock.now() - use.at > 3000 && member.goodSince < use.at;
      if (use.member === member && (!wasWritten || lostIncrements)) use.isSafe = false;
    }
  }

  async #startup(step: Do<'startup'>): Promise<void> {
    const member = this.#member(step);
    let isLimited = false;
    const started = this.#library.startFailover({
      chain: [...chain],
      store: member.network.store,
      clock: { ...this.#clock, now: member.now },
      resolve: async ({ provider }) => {
        if (isLimited)
          this.#broken ??= new BrokenRule('a rate limit at startup spreads nowhere', `${provider} asked after it`);
        const mood = this.#moods.get(provider)!;
        isLimited ||= mood.behaviour === 'rate-limited';
        const error = errorOf(this.#library, mood);
        if (error !== undefined) throw error;
        return provider;
      },
    });
    void started.then(({ failover }) => failover.close()).catch(() => undefined);
  }

  /**
   * Everything works again: what was pending is stored, calls end, budgets are what was used, and after the last rest
   * every instance is back at its best tier.
   */
  async #heal(): Promise<void> {
    const failovers = this.#members.map(({ failover }) => failover);
    for (const provider of providers) this.#moods.set(provider, { behaviour: 'answers', waitMs: 0, latencyMs: 0 });
    for (const member of this.#members) this.#setWeather(member, 'good');
    await this.#clock.advance(40_000);
    for (const failover of failovers) for (const name of instances) void failover.state(name);
    await this.#clock.advance(40_000);
    for (const expected of this.#expected.values()) expected.settle();
    await this.#check();
    if (this.#setup.budget) await this.#checkBudgets();
    const tooOld = [...this.#open.values()].filter(({ at }) => this.#clock.now() - at > LONGEST_CALL_MS);
    if (tooOld.length > 0) throw new BrokenRule('every call ends', `${tooOld.length} calls have not ended`);
    await this.#checkReturn();
  }

  async #checkBudgets(): Promise<void> {
    for (const member of this.#members) {
      for (const name of instances) {
        const asked = member.failover.budget(name);
        await this.#clock.settle();
        const status = await asked;
        if (!status) throw new BrokenRule('a budget is counted', `${name} has none`);
        const window = status.windowStartAt / WINDOW_MS;
        const own = this.#used.filter((use) => use.instance === name && use.window === window);
        // What a store that was away has missed of a window is not written once that is over.
        const isOver = (use: Use) => !use.member.isDead && Math.floor(use.member.now() / WINDOW_MS) !== window;
        const least = own.filter((use) => use.isSafe && !isOver(use)).reduce((sum, { tokens }) => sum + tokens, 0);
        if (status.used < least)
          throw new BrokenRule('what was used stays counted', `${name}: ${status.used} of at least ${least}`);
      }
    }
  }

  /** Persons lift what they did; then calls must come back to the best tier. */
  async #checkReturn(): Promise<void> {
    const [member] = this.#members;
    for (const name of instances) {
      this.#operate({ do: 'resume', process: 0, instance: name, source: 'operator', salt: 0 });
      await this.#clock.settle();
    }
    // Hours of looking every 20 s are most of what a run costs, and find nothing.
    for (const { monitor } of this.#members) await monitor?.close();
    if (member!.monitor) for (const provider of providers) void member!.failover.resume({ provider }, { by: 'eve' });
    // Longer than the longest rest, and than a window of the budget.
    await this.#clock.advance(LONGEST_REST_MS + 2 * WINDOW_MS);
    const served = new Map<string, number>();
    // Calls come back one share after the other: enough of them for the slowest way back.
    for (let call = 0; call < 24; call++) {
      for (const name of instances) {
        const run = member!.failover.run(
          async (_tier, { index }) => {
            this.#expected.get(name)!.answered(member!, index, this.#clock.now());
            return index;
          },
          { instance: name },
        );
        run
          .then(({ index }) => served.set(name, index))
          .catch((error: unknown) => {
            served.delete(name);
            this.#guard(() => this.#checkEnd(error));
          });
      }
      await this.#clock.advance(30_000);
    }
    await this.#check();
    for (const name of instances) {
      if (served.get(name) !== 0)
        throw new BrokenRule('calls come back', `${name} is served by ${chain[served.get(name) ?? -1] ?? 'nobody'}`);
    }
    if (this.#setup.monitor) for (const each of this.#members) this.#watch(each);
  }
}

/** What an answer has used. */
interface Use {
  member: Member;
  instance: string;
  window: number;
  tokens: number;
  at: number;
  /** It is stored, or will be. */
  isSafe: boolean;
}

/** What the checks read of an event; each event has some of it. */
interface Heard {
  instance?: string;
  provider?: string;
  origin?: string;
  source?: string;
  direction?: string;
  from?: { index: number; provider: string; model: string };
  to?: { index: number; provider: string; model: string };
}

/** All text in a value, errors included. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const show = (_key: string, inner: unknown) =>
    inner instanceof Error ? Object.assign({}, inner, { message: inner.message }) : inner;
  return JSON.stringify(value, show) ?? '';
}
