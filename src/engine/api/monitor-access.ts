import { lift, pause } from '../../core/tier/transitions/operator.js';
import { isMonitors, standingPauses } from '../../core/tier/rests/standing-pauses.js';
import { latest } from '../../core/tier/rests/rest.js';
import type { State, Transition } from '../../core/tier/state.js';
import type { PauseTarget } from '../../ports/failover.js';
import type { MonitorAccess } from '../../ports/monitor-access.js';
import { DEFAULT_INSTANCE, type Engine } from '../engine.js';
import type { StateRecord } from '../store/state-record.js';

/** What a health monitor is given of a failover, by the engine that it began with. */
export function monitorAccess(begun: Engine): MonitorAccess {
  const { clock, store } = begun;
  /** The engine in force: an update of the chain makes another one. */
  const present = () => begun.latest;
  const chainNow = () => present().config.chain;
  const tiersOf = (provider: string) =>
    chainNow().flatMap((tier, index) => (tier.provider === provider ? [index] : []));
  const recordOf = (target: PauseTarget): StateRecord =>
    typeof target === 'string' ? present().instance(target).stateRecord : present().pauses.of(target);
  const applied = async (target: PauseTarget, transition: (state: State) => Transition): Promise<boolean> => {
    const record = recordOf(target);
    const change = record.apply(transition);
    return record.stored(change).then(
      () => true,
      () => false,
    );
  };
  return {
    clock,
    holder: begun.lineage.holder,
    get providers() {
      return [...new Set(chainNow().map(({ provider }) => provider))];
    },
    get models() {
      return [...new Set(chainNow().map(({ model }) => model))];
    },
    get isClosed() {
      return present().closed;
    },
    storeOk: () => !store.failing,
    ask: (operation, key, request) => store.ask(operation, key, request),
    onFailure: (listener) => present().counts.onFailure(listener),
    attempts: (provider) => tiersOf(provider).reduce((sum, index) => sum + present().counts.attempts(index), 0),
    calls: (name) => {
      const uses = present().known(name)?.uses ?? 0;
      return name === DEFAULT_INSTANCE ? uses + present().retryAllowance.calls - present().preparedCalls : uses;
    },
    refresh: (target) => recordOf(target).load(),
    pausesOf: (target) => standingPauses(recordOf(target).state, clock.now()),
    waitUntil: (target) => {
      const isCovered = (index: number) =>
        typeof target === 'string' || 'all' in target || chainNow()[index]?.provider === target.provider;
      const states = typeof target === 'string' ? [recordOf(target).state] : present().states();
      let until = 0;
      for (const { tiers } of states) {
        const waits = tiers.flatMap((tier, index) => (isCovered(index) ? [latest(tier.retryAfterUntil, 0)] : []));
        // While one tier of it may be asked there is something to try.
        if (waits.length > 0) until = Math.max(until, Math.min(...waits));
      }
      return until;
    },
    place: (target, request) => applied(target, (state) => pause(state, request, clock.now())),
    lift: (target, by, reason) =>
      applied(target, (state) => lift(state, { by, reason, covers: isMonitors }, clock.now())),
    setRetryAt: (target, at) => {
      const { key } = recordOf(target);
      if (at === null) present().monitoring.retryTimes.delete(key);
      else present().monitoring.retryTimes.set(key, at);
    },
    refuseAll: (refusal) => {
      present().monitoring.refusal = refusal;
      present().commonChanged(true);
    },
    admit: (target, by, facts) =>
      present().monitoring.admissions.open(target, {
        ...facts,
        onEnd: (end) => {
          if (end === 'answered')
            recordOf(target).apply((state) => lift(state, { by, covers: isMonitors }, clock.now()));
          facts.onEnd(end);
        },
      }),
    onClose: (listener) => void present().monitoring.closeListeners.add(listener),
  };
}
