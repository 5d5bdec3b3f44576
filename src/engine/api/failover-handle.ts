import type { Tier, TierRef } from '../../core/config.js';
import { ClosedError, isTierfallError, StoreError } from '../../core/errors.js';
import { OPERATOR_ACCESS } from '../../core/operator-access-key.js';
import { hold, pause, resetForAll, resume } from '../../core/tier/transitions/operator.js';
import { recordExternalTrigger } from '../../core/tier/transitions/record-external-trigger.js';
import type { LedgerEvent, State } from '../../core/tier/state.js';
import type {
  BudgetStatus,
  CallOptions,
  ConfigUpdate,
  Failover,
  DrillOptions,
  DrillResult,
  FailoverEventName,
  FailoverEvents,
  FailoverStats,
  HoldOptions,
  InstanceFailover,
  OutcomeReport,
  PauseOptions,
  PauseTarget,
  ReadyOptions,
  ResetOptions,
  ResetTarget,
  ResumeOptions,
  Run,
  SelectResult,
  TriggerOptions,
  UpdateOptions,
  UsageOptions,
} from '../../ports/failover.js';
import type { OperatorAccess } from '../../ports/operator-access.js';
import type { MonitorAccess } from '../../ports/monitor-access.js';
import type { HistoryOptions, HistoryQuery } from '../../ports/state-store.js';
import { namedTier } from '../call/call-options.js';
import type { Call } from '../call/call-state.js';
import { freshInstance } from '../call/fresh-instance.js';
import { drill } from '../call/drill.js';
import { run } from '../call/run-call.js';
import { DEFAULT_INSTANCE, type Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import { recordReport, reportedOutcome, selectFor } from '../outside-work/select-and-record.js';
import type { Usage } from '../../core/usage/usage.js';
import { checkUsage } from '../budget/check-usage.js';
import { readHistory, readNewest } from '../store/read-history.js';
import type { StateRecord } from '../store/state-record.js';
import { operatorAccess } from './operator-access.js';
import { MONITOR_ACCESS } from '../../core/monitor-access-key.js';
import { monitorAccess } from './monitor-access.js';
import { bindInstance } from './bind-instance.js';
import { waitUntilReady } from './wait-until-ready.js';
import {
  checkAction,
  checkHistoryQuery,
  checkPauseTarget,
  checkResetTarget,
  checkText,
  checkTrigger,
  checkUsageOptions,
} from './operator-options.js';

/** The `Failover` that hosts hold: checks what it is given and hands it to the engine. */
export class FailoverHandle<T extends Tier> implements Failover<T> {
  readonly run: Run<T>;
  readonly #lineage: { readonly current: Engine<T> };
  readonly #disconnect: () => Promise<void>;
  #closing: Promise<void> | undefined;
  /** How many pauses were asked for here, by what they are kept in. */
  readonly #pausesMade = new WeakMap<StateRecord, number>();

  constructor(engine: Engine<T>, disconnect: () => Promise<void>) {
    const lineage = engine.lineage as unknown as { readonly current: Engine<T> };
    this.#lineage = lineage;
    this.#disconnect = disconnect;
    this.run = (call: Call<T>, options?: CallOptions) => run(lineage.current, call, options);
  }

  /** Of the chain in force. */
  get #engine(): Engine<T> {
    return this.#lineage.current;
  }

  get chain(): readonly T[] {
    return this.#engine.config.chain;
  }

  /** For `tierfall/http`; no part of the public API. */
  get [OPERATOR_ACCESS](): OperatorAccess {
    return operatorAccess(this.#engine);
  }

  /** For `tierfall/health`; no part of the public API. */
  get [MONITOR_ACCESS](): MonitorAccess {
    return monitorAccess(this.#engine);
  }

  for(instance: string): InstanceFailover<T> {
    const { name } = this.#instance(instance);
    const drillOf = (call: Call<T>, options: DrillOptions = {}) => drill(this.#engine, name, call, options);
    return bindInstance(this, this.#engine.emitter, name, drillOf);
  }

  async select(instance: string): Promise<SelectResult<T>> {
    this.#engine.lineage.control.serve();
    const known = await this.#fresh(instance);
    return selectFor(this.#engine, known);
  }

  async record(instance: string, report: OutcomeReport): Promise<void> {
    this.#engine.lineage.control.serve();
    const known = await this.#fresh(instance);
    const reported = reportedOutcome(this.#engine, report);
    recordReport(this.#engine, known, reported);
    const { outcome, usage } = reported;
    if (usage) await this.#count(known, known.group, outcome.tier, usage);
  }

  on<E extends FailoverEventName>(event: E, listener: (event: FailoverEvents[E]) => unknown): () => void {
    return this.#engine.emitter.on(event, listener);
  }

  drill(call: Call<T>, options: DrillOptions = {}): Promise<DrillResult[]> {
    return drill(this.#engine, DEFAULT_INSTANCE, call, options);
  }

  ready(instance: string, options: ReadyOptions = {}): Promise<void> {
    return waitUntilReady(this.#engine, instance, options);
  }

  async state(instance: string): Promise<State> {
    const { stateRecord } = await this.#fresh(instance);
    return structuredClone(stateRecord.state);
  }

  async history(target: PauseTarget, query: HistoryQuery): Promise<LedgerEvent[]> {
    const covered = checkPauseTarget(target);
    checkHistoryQuery(query);
    this.#refuseClosed();
    const stateRecord = this.#pausable(covered);
    await stateRecord.stored().catch(() => undefined);
    const read = (page: HistoryOptions) =>
      this.#engine.store.ask('history', stateRecord.key, (store) => store.history(stateRecord.key, page));
    const readPage = (page: HistoryOptions) =>
      page.before === undefined ? readNewest(read, stateRecord.state, page.limit) : read(page);
    return readHistory(readPage, query);
  }

  stats(): FailoverStats {
    const { retryAllowance, counts, ids } = this.#engine;
    return counts.stats(retryAllowance.calls, ids);
  }

  instances(): AsyncIterable<string> {
    return this.#engine.store.instances();
  }

  async pause(target: PauseTarget, options: PauseOptions): Promise<void> {
    const covered = checkPauseTarget(target);
    const now = this.#engine.clock.now();
    const { reason = '', ...rest } = checkAction(options, ['by', 'reason', 'until', 'source'], now, 'reason');
    const request = { ...rest, reason };
    const stateRecord = this.#pausable(covered);
    this.#pausesMade.set(stateRecord, this.#pausesOf(stateRecord) + 1);
    await this.#operate(stateRecord, () => (state, at) => pause(state, request, at));
  }

  async resume(target: PauseTarget, options: ResumeOptions): Promise<void> {
    const covered = checkPauseTarget(target);
    const request = checkAction(options, ['by', 'reason', 'source'], this.#engine.clock.now());
    const stateRecord = this.#pausable(covered);
    const before = this.#pausesOf(stateRecord);
    await this.#operate(stateRecord, () => {
      // It may act a second time, after a slow store has answered: not on a pause that was made here meanwhile.
      const isOld = this.#pausesOf(stateRecord) !== before;
      return (state, now) => (isOld ? { state, events: [] } : resume(state, request, now));
    });
  }

  async reset(target: ResetTarget, options: ResetOptions): Promise<void> {
    const covered = checkResetTarget(target);
    const request = checkAction(options, ['by', 'reason'], this.#engine.clock.now());
    if (typeof covered !== 'string') {
      this.#refuseClosed();
      return this.#stored('rest', this.#engine.resetShared(covered, request));
    }
    const { stateRecord } = this.#instance(covered);
    stateRecord.replaceUnreadable();
    await this.#operate(stateRecord, () => (state, now) => resetForAll(state, request, now));
  }

  async hold(instance: string, tier: TierRef, options: HoldOptions): Promise<void> {
    const action = checkAction(options, ['by', 'reason', 'until'], this.#engine.clock.now());
    await this.#operate(this.#instance(instance).stateRecord, () => {
      const request = { ...action, tier: this.#tier(tier) };
      const { config } = this.#engine;
      return (state, now) => hold(state, request, now, config);
    });
  }

  async forget(instance: string): Promise<void> {
    await this.#stored(`instance:${instance}`, this.#engine.forget(instance));
  }

  async recordExternalTrigger(instance: string, kind: string, options?: TriggerOptions): Promise<void> {
    const { detail, tier, until } = checkTrigger(options ?? null, this.#engine.clock.now());
    const facts = {
      kind: checkText(kind, 'kind'),
      ...(detail === undefined ? {} : { detail: detail.slice(0, 500) }),
      ...(until === undefined ? {} : { until }),
    };
    const { stateRecord } = await this.#fresh(instance);
    const observedOn = tier === undefined ? undefined : this.#tier(tier);
    if (this.#engine.paused) return;
    const now = this.#engine.clock.now();
    // Of the tier that is current here: where another process has left it meanwhile, the report is still about that
    // one.
    const trigger = { ...facts, tier: observedOn ?? stateRecord.state.tier };
    const { config } = this.#engine;
    stateRecord.apply((state) => recordExternalTrigger(state, trigger, config, now));
  }

  async recordUsage(instance: string, usage: Usage, options: UsageOptions = {}): Promise<void> {
    const counted = checkUsage(usage);
    const { group: given, tier } = checkUsageOptions(options);
    const known = await this.#fresh(instance);
    const index = tier === undefined ? undefined : this.#tier(tier);
    const group = (known.group = given ?? known.group);
    await this.#count(known, group, index ?? known.stateRecord.state.reportedTier, counted);
  }

  async budget(instance: string): Promise<BudgetStatus | null> {
    const known = await this.#fresh(instance);
    return (await this.#engine.usageBudget?.status(known)) ?? null;
  }

  update(config: ConfigUpdate, options: UpdateOptions): Promise<void> {
    return this.#engine.lineage.control.update(config, options);
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

  async #count(instance: Instance, group: string, index: number, usage: Usage): Promise<void> {
    const { usageBudget } = this.#engine;
    const amount = usageBudget?.amount(instance, index, usage);
    if (amount === undefined || amount === 0) return;
    // An operator may have waived the limit, and other processes may have used some.
    await usageBudget?.refresh(instance, group);
    await usageBudget?.count(instance, group, index, amount);
  }

  /**
   * Applies an operator's action here and now, then waits until it is stored. `plan` makes the transition for the chain
   * in force.
   */
  async #operate(
    stateRecord: StateRecord,
    plan: () => (state: State, now: number) => { state: State; events: LedgerEvent[] },
  ): Promise<void> {
    this.#refuseClosed();
    const act = () => {
      const now = this.#engine.clock.now();
      const transition = plan();
      return stateRecord.apply((state) => transition(state, now));
    };
    let change = act();
    if (!change) {
      // Nothing to do by what this process knows, which may be old news: of a pause that another process has lifted
      // nobody may be told that it holds.
      await stateRecord.load();
      if (!stateRecord.isTrusted) {
        const message = 'it changes nothing here, and whether it does in the store could not be read; try again';
        throw new StoreError({ operation: 'load', key: stateRecord.key, message });
      }
      change = act();
    }
    await this.#stored(stateRecord.key, stateRecord.stored(change));
  }

  /** Waits for the store. @throws {StoreError} it did not take the change */
  async #stored(key: string, landing: Promise<void>): Promise<void> {
    try {
      await landing;
    } catch (cause) {
      if (isTierfallError(cause)) throw cause;
      throw new StoreError({ operation: 'commit', key, message: 'the store did not take it', cause });
    }
  }

  #refuseClosed(): void {
    if (this.#engine.closed) throw new ClosedError();
  }

  #pausesOf(stateRecord: StateRecord): number {
    return this.#pausesMade.get(stateRecord) ?? 0;
  }

  #pausable(target: PauseTarget): StateRecord {
    return typeof target === 'string' ? this.#instance(target).stateRecord : this.#engine.pauses.of(target);
  }

  #instance(name: string): Instance {
    return this.#engine.instance(name);
  }

  async #fresh(name: string): Promise<Instance> {
    return (await freshInstance(this.#engine, name)).instance;
  }

  #tier(ref: TierRef): number {
    return namedTier(this.#engine, ref, 'tier');
  }
}
