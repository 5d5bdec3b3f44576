import type { Notifier, NotifierHost, NotifierStateChange } from '../../ports/notifier.js';
import type { Delivered } from '../render/compose-message.js';
import type { Delivery } from './delivery.js';
import { createDelivery } from './delivery.js';
import type { NotifierConfig } from '../notifier-options.js';
import type { Throttle } from '../selection/throttle.js';
import { createThrottle } from '../selection/throttle.js';

/** A channel: renders one message and sends it, or throws a `ChannelError`. `now`: epoch milliseconds. */
export type Channel = (delivered: Delivered, context: { signal: AbortSignal; now: number }) => Promise<void>;

interface Running {
  throttle: Throttle;
  delivery: Delivery<Delivered>;
}

/** A notifier out of a channel: filter, throttle, queue and delivery around it, shared by all hosts it is attached to. */
export function createChannelNotifier(config: NotifierConfig, channel: Channel): Notifier {
  const hosts = new Set<NotifierHost>();
  /** Hosts that are not closing; one that closes still hears how its delivery goes. */
  let open = 0;
  let running: Running | undefined;

  const announce = (change: NotifierStateChange): void => {
    config.debug(`${config.name}: ${change.state}${change.error === undefined ? '' : `, ${change.error.message}`}`);
    for (const host of hosts) contain(() => host.onStateChange(change));
  };

  const contain = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      // Nothing a host, a filter or a link function throws may reach the path of a call.
      config.debug(`${config.name}: a ${error instanceof Error ? error.name : 'value'} was thrown and contained`);
    }
  };

  /** The first host's clock runs it until the last host has gone. */
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
        let link: string | undefined;
        contain(() => (link = config.linkFor(notification)));
        delivery.push({ id: `msg_${crypto.randomUUID()}`, notification, digest, link });
      },
    });
    return { throttle, delivery };
  };

  const close = async (line: NotifierHost): Promise<void> => {
    open -= 1;
    if (open === 0) {
      const stopping = running;
      running = undefined;
      stopping?.throttle.flush();
      await stopping?.delivery.close();
    }
    hosts.delete(line);
  };

  return {
    name: config.name,
    attach(host) {
      // A host of its own for each line: one that attaches twice may close each line once.
      const line: NotifierHost = { clock: host.clock, onStateChange: (change) => host.onStateChange(change) };
      hosts.add(line);
      open += 1;
      let closing: Promise<void> | undefined;
      return {
        notify(notification) {
          if (closing !== undefined) return;
          contain(() => {
            if (notification.event === 'notifier-error' && notification.payload.notifier === config.name) return;
            if (!config.accepts(notification)) return;
            running ??= runWith(line);
            running.throttle.push(notification);
          });
        },
        close() {
          closing ??= close(line);
          return closing;
        },
      };
    },
  };
}
