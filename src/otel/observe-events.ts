import type { BatchObservableCallback, Meter } from '@opentelemetry/api';
import type { Tier } from '../core/config.js';
import { createRecencyMap } from '../core/recency-map.js';
import type { EventTier, Failover } from '../ports/failover.js';
import { attribute, moveAttributes, tierAttributes } from './attributes.js';
import type { Telemetry } from './operation.js';

/** Instances to remember; beyond that the one seen longest ago is forgotten. */
const MAX_INSTANCES = 10_000;

/** The last known tier of each instance. */
export interface Places {
  /** A call of an instance was answered by this tier; that is its tier, unless one is known already. */
  answered(instance: string, index: number): void;
}

/** Turns the failover's events into metrics, and into events of the current span. `stop` ends that. */
export function observeEvents<T extends Tier>(
  failover: Failover<T>,
  telemetry: Telemetry,
  meter: Meter,
): { places: Places; stop: () => void } {
  const { active, instruments, withInstance } = telemetry;
  const places = createRecencyMap<number>();
  const failingNotifiers = new Map<string, boolean>();
  let storeFailing = false;
  const named = (instance: string) => (withInstance ? { [attribute.instance]: instance } : {});

  const remember = (instance: string, index: number) => {
    places.set(instance, index);
    const oldest = places.oldest();
    if (places.size > MAX_INSTANCES && oldest !== undefined) places.delete(oldest.key);
  };

  const stops = [
    failover.on('attempt-failed', (event) => active.get()?.judge(event)),
    failover.on('retry', ({ instance, tier, kind }) => {
      const attributes = { ...tierAttributes(tier, tier.index), [attribute.errorType]: kind };
      instruments.retries.add(1, { ...named(instance), ...attributes });
    }),
    failover.on('tier-change', (event) => {
      const { instance, from, to, direction, reason, source, origin, at, until } = event;
      remember(instance, to.index);
      if (origin === 'remote') return;
      const attributes = {
        ...moveAttributes(from, to),
        [attribute.direction]: direction,
        [attribute.reason]: reason,
        [attribute.source]: source,
      };
      instruments.tierChanges.add(1, { ...named(instance), ...attributes });
      active.get()?.addEvent('tierfall.tier_change', attributes);
      if (until === undefined || until <= at) return;
      const rest = { ...named(instance), ...tierAttributes(from, from.index), [attribute.reason]: reason };
      instruments.restDuration.record((until - at) / 1000, rest);
    }),
    failover.on('config-updated', ({ before, chain }) => {
      const next = before.map((tier) => chain.findIndex((each) => isSameTier(each, tier)));
      for (const [instance, index] of Array.from(places)) {
        const at = next[index]!;
        if (at >= 0) places.set(instance, at);
        else places.delete(instance);
      }
    }),
    failover.on('exhausted', ({ instance, kind, policy, origin }) => {
      if (origin === 'remote') return;
      const attributes = { [attribute.policy]: policy, ...(kind === undefined ? {} : { [attribute.errorType]: kind }) };
      instruments.exhausted.add(1, { ...named(instance), ...attributes });
      active.get()?.addEvent('tierfall.exhausted', attributes);
    }),
    failover.on('paused', ({ source, origin }) => {
      if (origin === 'remote') return;
      instruments.pauses.add(1, { [attribute.pauseAction]: 'paused', [attribute.source]: source });
    }),
    failover.on('resumed', ({ source, origin }) => {
      if (origin === 'remote') return;
      instruments.pauses.add(1, { [attribute.pauseAction]: 'resumed', [attribute.source]: source });
    }),
    failover.on('store-error', ({ state }) => {
      storeFailing = state === 'failing';
      if (storeFailing) instruments.storeErrors.add(1);
    }),
    failover.on('notifier-error', ({ notifier, state, dropped }) => {
      // Not a change of health: the notifier was closed with undelivered messages.
      if (dropped !== undefined) return;
      failingNotifiers.set(notifier, state === 'failing');
      if (state === 'failing') instruments.notifierErrors.add(1, { [attribute.notifier]: notifier });
    }),
  ];

  const observe: BatchObservableCallback = (result) => {
    const counts = new Map<number, number>(failover.chain.map((_, index) => [index, 0]));
    for (const [instance, index] of places) {
      const tier = failover.chain[index];
      if (withInstance && tier) {
        result.observe(instruments.instances, 1, { ...named(instance), ...tierAttributes(tier, index) });
      }
      counts.set(index, counts.get(index)! + 1);
    }
    if (!withInstance) {
      for (const [index, tier] of failover.chain.entries()) {
        result.observe(instruments.instances, counts.get(index)!, tierAttributes(tier, index));
      }
    }
    result.observe(instruments.storeFailing, storeFailing ? 1 : 0);
    for (const [notifier, failing] of failingNotifiers) {
      result.observe(instruments.notifierFailing, failing ? 1 : 0, { [attribute.notifier]: notifier });
    }
  };
  const gauges = [instruments.instances, instruments.storeFailing, instruments.notifierFailing];
  meter.addBatchObservableCallback(observe, gauges);

  return {
    places: { answered: (instance, index) => remember(instance, places.get(instance) ?? index) },
    stop() {
      for (const stop of stops) stop();
      meter.removeBatchObservableCallback(observe, gauges);
    },
  };
}

function isSameTier(one: EventTier, other: EventTier): boolean {
  return one.provider === other.provider && one.model === other.model && one.credential === other.credential;
}
