import { tierIndex, type Tier, type TierRef } from '../../core/config.js';
import { OPERATOR_ACCESS } from '../../core/operator-access-key.js';
import { ClosedError, ConfigError, StoreError } from '../../core/errors.js';
import { hold, pause, reset, resume } from '../../core/tier/operator.js';
import { recordExternalTrigger } from '../../core/tier/record-external-trigger.js';
import { pauseSources, type LedgerEvent, type PauseSource, type State } from '../../core/tier/state.js';
import type {
  CallOptions,
  Failover,
  FailoverEventName,
  FailoverEvents,
  InstanceFailover,
  OutcomeReport,
  PauseOptions,
  PauseTarget,
  ResumeOptions,
  Run,
  SelectResult,
  Usage,
} from '../../ports/failover.js';
import type { OperatorAccess } from '../../ports/operator-access.js';
import { operatorAccess } from './operator-access.js';
import { readHistory } from '../store/read-history.js';
import type { HistoryOptions, HistoryQuery } from '../../ports/state-store.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import type { Ledger } from '../store/state-record.js';
import { checkUsage, countUsage } from '../outside-work/token-usage.js';
import { reportedOutcome, selectFor } from '../outside-work/select-and-record.js';
import { run } from '../call/run-call.js';
import type { Call } from '../call/walk-view.js';

interface TriggerOptions {
  detail?: string | undefined;
  tier?: TierRef | undefined;
  until?: number | undefined;
}

/** The `Failover` that hosts hold: checks what it is given and hands it to the engine. */
export class FailoverHandle<T extends Tier> implements Failover<T> {
  readonly chain: readonly T[];
  readonly run: Run<T>;
  readonly #engine: Engine<T>;
  readonly #disconnect: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(engine: Engine<T>, disconnect: () => Promise<void>) {
    this.#engine = engine;
    this.#disconnect = disconnect;
    this.chain = engine.config.chain;
    this.run = (call: Call<T>, options?: CallOptions) => run(engine, call, options);
  }

  /** For `tierfall/http`; no part of the public API. */
  get [OPERATOR_ACCESS](): OperatorAccess {
    return operatorAccess(this.#engine);
  }

  for(instance: string): InstanceFailover<T> {
    const { name } = this.#instance(instance);
    return {
      instance: name,
      run: (call: Call<T>, options?: CallOptions) => run(this.#engine, call, { ...options, instance: name }),
      select: () => this.select(name),
      record: (report) => this.record(name, report),
      on: (event, listener) => this.#engine.emitter.on(event, listener, (told) => concerns(told, name)),
      state: () => this.state(name),
      history: (options) => this.history(name, options),
      pause: (options) => this.pause(name, options),
      resume: (options) => this.resume(name, options),
      reset: (options) => this.reset(name, options),
      hold: (tier, options) => this.hold(name, tier, options),
      recordExternalTrigger: (kind, options) => this.recordExternalTrigger(name, kind, options),
      recordUsage: (usage) => this.recordUsage(name, usage),
    };
  }

  async select(instance: string): Promise<SelectResult<T>> {
    return selectFor(this.#engine, await this.#fresh(instance));
  }

  async record(instance: string, report: OutcomeReport): Promise<void> {
    const { outcome, usage } = reportedOutcome(this.#engine, report);
    const known = await this.#fresh(instance);
    known.report(outcome, this.#engine.clock.now());
    if (usage) await countUsage(this.#engine, known, usage);
  }

  on<E extends FailoverEventName>(event: E, listener: (event: FailoverEvents[E]) => unknown): () => void {
    return this.#engine.emitter.on(event, listener);
  }

  async state(instance: string): Promise<State> {
    const { ledger } = await this.#fresh(instance);
    return structuredClone(ledger.state);
  }

  async history(instance: string, query: HistoryQuery): Promise<LedgerEvent[]> {
    const { limit } = query ?? {};
    if (!(Number.isInteger(limit) && limit >= 1)) throw wrong('limit', 'expected a whole number, 1 or more');
    const { before } = query;
    if (before !== undefined && !(before >= 0 || before < 0)) throw wrong('before', 'expected the seq of a row');
    for (const path of ['since', 'until'] as const) {
      const time = query[path];
      // A text is neither before nor after any time: it would find nothing and not say why.
      if (time !== undefined && !(time >= 0 || time < 0)) throw wrong(path, 'expected epoch milliseconds');
    }
    const { ledger } = this.#instance(instance);
    await ledger.land().catch(() => undefined);
    const read = (page: HistoryOptions) =>
      this.#engine.link.ask('history', ledger.key, (store) => store.history(ledger.key, page));
    return readHistory(read, query);
  }

  instances(): AsyncIterable<string> {
    return this.#engine.link.instances();
  }

  async pause(target: PauseTarget, options: PauseOptions): Promise<void> {
    const source = sourceOf(options?.source);
    const request = { source, by: named(options?.by, 'by'), reason: named(options?.reason, 'reason') };
    await this.#operate(this.#target(target), (state, now) => pause(state, request, now));
  }

  async resume(target: PauseTarget, options: ResumeOptions): Promise<void> {
    const request = { source: sourceOf(options?.source), by: named(options?.by, 'by') };
    const ledger = this.#target(target);
    await this.#learn(ledger);
    await this.#operate(ledger, (state, now) => resume(state, request, now));
  }

  async reset(instance: string, options: { by: string }): Promise<void> {
    const request = { by: named(options?.by, 'by') };
    const { ledger } = this.#instance(instance);
    await this.#learn(ledger);
    ledger.replaceUnreadable();
    this.#engine.board?.clear();
    await this.#operate(ledger, (state, now) => reset(state, request, now));
  }

  async hold(instance: string, tier: TierRef, options: { by: string; until?: number | undefined }): Promise<void> {
    const { until } = options ?? {};
    if (until !== undefined && !Number.isFinite(until)) throw wrong('until', 'expected epoch milliseconds');
    const by = named(options?.by, 'by');
    const index = this.#tier(tier);
    const request = until === undefined ? { tier: index, by } : { tier: index, by, until };
    const { ledger } = this.#instance(instance);
    await this.#learn(ledger);
    await this.#operate(ledger, (state, now) => hold(state, request, now));
  }

  async recordExternalTrigger(instance: string, kind: string, options?: TriggerOptions): Promise<void> {
    const { detail, tier, until } = options ?? {};
    if (until !== undefined && !Number.isFinite(until)) throw wrong('until', 'expected epoch milliseconds');
    if (detail !== undefined && typeof detail !== 'string') throw wrong('detail', 'expected a text');
    const facts = {
      kind: named(kind, 'kind'),
      ...(detail === undefined ? {} : { detail: detail.slice(0, 500) }),
      ...(until === undefined ? {} : { until }),
    };
    const observedOn = tier === undefined ? undefined : this.#tier(tier);
    const { ledger } = await this.#fresh(instance);
    if (this.#engine.paused) return;
    const now = this.#engine.clock.now();
    // Of the tier that is current here: where another process has left it meanwhile, the report is about that one still.
    const trigger = { ...facts, tier: observedOn ?? ledger.state.tier };
    ledger.apply((state) => recordExternalTrigger(state, trigger, this.#engine.config, now));
  }

  async recordUsage(instance: string, usage: Usage): Promise<void> {
    const counted = checkUsage(usage);
    await countUsage(this.#engine, await this.#fresh(instance), counted);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#engine.close();
    await this.#disconnect();
    this.#engine.emitter.removeAll();
  }

  /** Reads what another process may have done: that is what is lifted or replaced. Never rejects. */
  async #learn(ledger: Ledger): Promise<void> {
    if (!this.#engine.closed && this.#engine.clock.now() >= this.#engine.freshUntil(ledger)) await ledger.load();
  }

  /** Applies an operator's action here and now, then waits until it is stored. */
  async #operate(
    ledger: Ledger,
    transition: (state: State, now: number) => { state: State; events: LedgerEvent[] },
  ): Promise<void> {
    if (this.#engine.closed) throw new ClosedError();
    const now = this.#engine.clock.now();
    ledger.apply((state) => transition(state, now));
    try {
      await ledger.land();
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      throw new StoreError({ operation: 'commit', key: ledger.key, message: 'the store did not take it', cause });
    }
  }

  #target(target: PauseTarget): Ledger {
    if (typeof target === 'string') return this.#instance(target).ledger;
    if (typeof target === 'object' && target !== null) {
      const { all, provider }: { all?: unknown; provider?: unknown } = target;
      // One that names both is refused: nobody can tell how much it was meant to cover.
      if (all === true && provider === undefined) return this.#engine.gates.of({ all });
      if (!all && typeof provider === 'string') return this.#engine.gates.of({ provider });
    }
    throw wrong('target', 'expected an instance name, { provider } or { all: true }');
  }

  #instance(name: string): Instance {
    return this.#engine.instance(name);
  }

  async #fresh(name: string): Promise<Instance> {
    const instance = this.#instance(name);
    const now = this.#engine.clock.now();
    if (now >= this.#engine.freshUntil(instance.ledger)) await this.#engine.refresh(instance, now);
    return instance;
  }

  #tier(ref: TierRef): number {
    const ids = this.#engine.ids;
    const index = tierIndex(ids, ref);
    if (index < 0) throw wrong('tier', `no such tier in this chain; known: ${ids.join(', ')}`);
    return index;
  }
}

/** False: the event is about another instance. */
function concerns(event: FailoverEvents[FailoverEventName], instance: string): boolean {
  if ('instance' in event) return event.instance === instance;
  return !('target' in event) || typeof event.target !== 'string' || event.target === instance;
}

function sourceOf(source: PauseSource | undefined): PauseSource {
  if (source === undefined) return 'operator';
  if (pauseSources.includes(source)) return source;
  throw wrong('source', `expected one of ${pauseSources.join(', ')}`);
}

function named(value: string, path: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw wrong(path, 'expected a non-empty string');
  return value.slice(0, 500);
}

function wrong(path: string, message: string): ConfigError {
  return new ConfigError([{ path, message }]);
}
