import type { Notifier, NotifierHost, NotifierStateChange } from '../../ports/notifier.js';
import { contain } from '../contain.js';
import type { NotifierConfig } from '../notifier-options.js';
import type { Delivered } from '../render/compose-message.js';
import type { Throttle } from '../selection/throttle.js';
import { createThrottle } from '../selection/throttle.js';
import type { Delivery } from './delivery.js';
import { createDelivery } from './delivery.js';

/** A channel: renders one message and sends it, or throws a `ChannelError`. `now`: epoch milliseconds. */
export type Channel = (delivered: Delivered, context: { signal: AbortSignal; now: number }) => Promise<void>;

interface Running {
  throttle: Throttle;
  delivery: Delivery<Delivered>;
}

/** A notifier for a channel: filter, throttle, queue and delivery, shared by all hosts it is attached to. */
export function createChannelNotifier(config: NotifierConfig, channel: Channel): Notifier {
  const hosts = new Set<NotifierHost>();
  /** Hosts that are not closing. A closing host still receives state changes. */
  let open = 0;
  let attached = 0;
  let running: Running | undefined;

  const announce = (change: NotifierStateChange): void => {
    config.debug(`${config.name}: ${change.state}${change.error === undefined ? '' : `, ${change.error.message}`}`);
    for (const host of hosts) guard(() => host.onStateChange(change));
  };

  /** Nothing that a host, a filter or a link function throws may reach the path of a call. */
  const guard = <T>(run: () => T): T | undefined =>
    contain(run, (error) =>
      config.debug(`${config.name}: caught a thrown ${error instanceof Error ? error.name : 'value'}`),
    );

  /** The first host's clock drives it until the last host has closed. */
  const runWith = ({ clock }: NotifierHost): Running => {
    const delivery = createDelivery<Delivered>({
      ...config,
      clock,
      send: (delivered, { signal, lost }) => channel({ ...delivered, lost }, { signal, now: clock.now() }),
      onStateChange: announce,
    });
    const throttle = createThrottle({
      clock,
      windowMs: config.throttleMs,
      burst: config.burst,
      emit(notification, digest) {
        const link = guard(() => config.linkFor(notification));
        delivery.push({ id: `msg_${crypto.randomUUID()}`, notification, digest, link });
      },
    });
    return { throttle, delivery };
  };

  const close = async (host: NotifierHost): Promise<void> => {
    open -= 1;
    if (open === 0) {
      const stopping = running;
      running = undefined;
      stopping?.throttle.flush();
      await stopping?.delivery.close();
    }
    hosts.delete(host);
  };

  return {
    name: config.name,
    attach(given) {
      // A copy for each connection, so that a host that attaches twice may close each connection once.
      const host: NotifierHost = { clock: given.clock, onStateChange: (change) => given.onStateChange(change) };
      hosts.add(host);
      open += 1;
      attached += 1;
      const source = attached;
      let closing: Promise<void> | undefined;
      return {
        notify(notification) {
          if (closing !== undefined) return;
          guard(() => {
            if (notification.event === 'notifier-error' && notification.payload.notifier === config.name) return;
            if (!config.accepts(notification)) return;
            running ??= runWith(host);
            running.throttle.push(notification, source);
          });
        },
        close() {
          closing ??= close(host);
          return closing;
        },
      };
    },
  };
}
