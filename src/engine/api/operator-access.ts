import { StoreError } from '../../core/errors.js';
import { alignState } from '../../core/tier/transitions/align-state.js';
import type { State } from '../../core/tier/state.js';
import type { OperatorAccess } from '../../ports/operator-access.js';
import { parseState } from '../../schema/stored/parse-state.js';
import type { Engine } from '../engine.js';
import { readHistory } from '../store/read-history.js';

/** What the operator's view reads of an engine. */
export function operatorAccess(engine: Engine): OperatorAccess {
  const { clock, store: client } = engine;

  return {
    clock,
    config: () => engine.lineage.control.inForce,
    async find(instance) {
      const known = engine.latest.known(instance);
      if (known) {
        if (engine.isStale(known)) await engine.refresh(known);
        const { stateRecord } = engine.latest.known(instance) ?? known;
        return { state: stateRecord.state, isPristine: stateRecord.isPristine };
      }
      const key = `instance:${instance}`;
      const stored = await client.ask('load', key, (store) => store.load(key));
      if (!stored) return undefined;
      const { latest } = engine;
      const { state } = alignState(parse(stored.state, key, latest), latest.config, clock.now());
      return { state, isPristine: false };
    },
    history: (key, query) =>
      readHistory((page) => client.ask('history', key, (store) => store.history(key, page)), query),
    instances: () => client.instances(),
    served: (limit) => engine.latest.served(limit),
    refresh: () => engine.refreshCommon(),
    pausedAll: () => engine.pauses.paused,
    pausedProviders: () => engine.pauses.pausedProviders,
    rests: (instance) => engine.latest.known(instance)?.rests ?? engine.restsSince(undefined),
    storeOk: () => !client.failing,
    watch(listener) {
      const { store } = client;
      if (!store.watch) return { isLive: () => false, stop: () => undefined };
      let isLive = true;
      const stop = store.watch(
        (key: unknown) => listener(typeof key === 'string' ? key : undefined),
        (live) => {
          const wasBroken = !isLive;
          isLive = live;
          if (live && wasBroken) listener(undefined);
        },
      );
      return { isLive: () => isLive, stop };
    },
    async claim(name, ttlMs) {
      const key = `operator:${name}`;
      // A holder nobody else has, so that no second claim passes for a renewal.
      const holder = crypto.randomUUID();
      if (engine.closed) throw new StoreError({ operation: 'acquire', key, message: 'the failover was closed' });
      const isOurs = await client.ask('acquire', key, (store) => store.acquire(key, holder, ttlMs));
      return isOurs ? () => client.ask('release', key, (store) => store.release(key, holder)) : undefined;
    },
  };
}

/** A state as it is stored. What cannot be read is the fault of this record, not of the store. */
function parse(stored: unknown, key: string, chain: Pick<Engine, 'ids' | 'identities'>): State {
  try {
    return parseState(stored, key, chain);
  } catch (cause) {
    throw new StoreError({ operation: 'load', key, scope: 'record', message: 'the record cannot be read', cause });
  }
}
