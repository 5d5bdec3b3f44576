import type { Tier } from '../../core/config.js';
import type {
  CallOptions,
  Failover,
  FailoverEventName,
  FailoverEvents,
  InstanceFailover,
} from '../../ports/failover.js';
import type { Call } from '../call/call-state.js';
import type { FailoverEmitter } from '../events/emitter.js';

/** The methods of a failover bound to one instance. */
export function bindInstance<T extends Tier>(
  failover: Failover<T>,
  emitter: FailoverEmitter,
  instance: string,
  drill: InstanceFailover<T>['drill'],
): InstanceFailover<T> {
  return {
    instance,
    run: (call: Call<T>, options?: CallOptions) => failover.run(call, { ...options, instance }) as Promise<never>,
    select: () => failover.select(instance),
    record: (report) => failover.record(instance, report),
    on: (event, listener) => emitter.on(event, listener, (payload) => concerns(payload, instance)),
    drill,
    ready: (options) => failover.ready(instance, options),
    state: () => failover.state(instance),
    history: (query) => failover.history(instance, query),
    pause: (options) => failover.pause(instance, options),
    resume: (options) => failover.resume(instance, options),
    reset: (options) => failover.reset(instance, options),
    hold: (tier, options) => failover.hold(instance, tier, options),
    recordExternalTrigger: (kind, options) => failover.recordExternalTrigger(instance, kind, options),
    recordUsage: (usage, options) => failover.recordUsage(instance, usage, options),
    budget: () => failover.budget(instance),
    forget: () => failover.forget(instance),
  };
}

/** False: the event is about another instance. */
function concerns(event: FailoverEvents[FailoverEventName], instance: string): boolean {
  if ('instance' in event) return event.instance === instance;
  return !('target' in event) || typeof event.target !== 'string' || event.target === instance;
}
