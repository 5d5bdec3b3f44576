import { Redis } from 'ioredis';
import type { StateStore } from 'tierfall';
import { createRedisStore } from 'tierfall/stores/redis';

/** What a worker, or a fleet of them, asks of a Redis. */
export interface Traffic {
  /** Commits that were stored, of the states of instances: each is told to the processes that serve the instance. */
  ownCommits: number;
  /** The same of records that all instances go by: each is told to every process that watches. */
  commonCommits: number;
  /** Commits that lost a race and were made again. */
  conflicts: number;
  loads: number;
  /** Leases asked for and given back. */
  leases: number;
  /** Questions for the server's time, channels to be listened to, and whatever else there may be. */
  others: number;
  /** Notifications received. */
  messages: number;
  /** Heartbeats of the connections that listen. */
  pings: number;
  /** Through the sockets of the clients, protocol included. */
  bytesToServer: number;
  bytesFromServer: number;
  /** The part of it that is notifications. */
  bytesNotified: number;
}

export function noTraffic(): Traffic {
  return {
    ownCommits: 0,
    commonCommits: 0,
    conflicts: 0,
    loads: 0,
    leases: 0,
    others: 0,
    messages: 0,
    pings: 0,
    bytesToServer: 0,
    bytesFromServer: 0,
    bytesNotified: 0,
  };
}

/** Field by field. */
export function combine(one: Traffic, other: Traffic, sign: 1 | -1 = 1): Traffic {
  const names = Object.keys(one) as (keyof Traffic)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + sign * other[name]])) as unknown as Traffic;
}

/** Counts of all workers of one process. */
export interface Meter {
  counts: Traffic;
  /** Requests without an answer. */
  inFlight: number;
}

/** A Redis store with connections of its own, as each process has them, that counts what goes through them. */
export interface MeteredStore {
  readonly store: StateStore;
  /** Bytes so far. */
  readonly bytes: () => Pick<Traffic, 'bytesToServer' | 'bytesFromServer' | 'bytesNotified'>;
  readonly close: () => Promise<void>;
}

export interface MeteredStoreOptions {
  url: string;
  prefix: string;
  meter: Meter;
  /** In the place of the server's clock, where time is injected. */
  now?: () => number;
  heartbeatMs?: number;
}

const requests = new Set(['load', 'commit', 'history', 'increment', 'sum', 'acquire', 'release', 'now', 'forget']);

function counterOf(request: string, key: unknown, answer: unknown): keyof Traffic {
  if (request === 'load') return 'loads';
  if (request === 'acquire' || request === 'release') return 'leases';
  if (request !== 'commit') return 'others';
  if (!(answer as { ok: boolean }).ok) return 'conflicts';
  return String(key).startsWith('instance:') ? 'ownCommits' : 'commonCommits';
}

export function openMeteredStore({ url, prefix, meter, now, heartbeatMs }: MeteredStoreOptions): MeteredStore {
  const { counts } = meter;
  const client = new Redis(url);
  let subscriber: Redis | undefined;
  const duplicate = (): Redis => {
    subscriber = client.duplicate({ lazyConnect: true });
    const ping = subscriber.ping.bind(subscriber);
    subscriber.ping = async () => {
      counts.pings += 1;
      return ping();
    };
    const subscribe = subscriber.subscribe.bind(subscriber) as (...channels: string[]) => Promise<unknown>;
    subscriber.subscribe = async (...channels: unknown[]) => {
      counts.others += 1;
      return subscribe(...(channels as string[]));
    };
    return subscriber.on('message', () => {
      counts.messages += 1;
    });
  };
  const bare = createRedisStore({
    client: withMethods(client, (name) => (name === 'duplicate' ? duplicate : undefined)),
    prefix,
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
  });
  return {
    store: meteredStore(bare, meter, now),
    bytes() {
      const sockets = [client.stream, subscriber?.stream];
      const sum = (of: 'bytesRead' | 'bytesWritten') => sockets.reduce((all, socket) => all + (socket?.[of] ?? 0), 0);
      return {
        bytesToServer: sum('bytesWritten'),
        bytesFromServer: sum('bytesRead'),
        bytesNotified: subscriber?.stream?.bytesRead ?? 0,
      };
    },
    async close() {
      await bare.close();
      client.disconnect();
    },
  };
}

/** The same store, counting what is asked of it. */
export function meteredStore(bare: StateStore, meter: Meter, now?: () => number): StateStore {
  return withMethods<StateStore>(bare, (name, method) => {
    if (!requests.has(name)) return undefined;
    return async (...args: unknown[]): Promise<unknown> => {
      meter.inFlight += 1;
      try {
        const answer: unknown = await method(...args);
        meter.counts[counterOf(name, args[0], answer)] += 1;
        return name === 'now' && now ? now() : answer;
      } finally {
        meter.inFlight -= 1;
      }
    };
  });
}

type Method = (...args: unknown[]) => unknown;

/** The same object, with other methods where `replace` gives one. */
function withMethods<T extends object>(target: T, replace: (name: string, method: Method) => Method | undefined): T {
  const known = new Map<string | symbol, unknown>();
  return new Proxy(target, {
    get(object, property) {
      if (known.has(property)) return known.get(property);
      const value: unknown = Reflect.get(object, property);
      if (typeof value !== 'function' || typeof property !== 'string') return value;
      const method: Method = (...args) => Reflect.apply(value, object, args) as unknown;
      const used = replace(property, method) ?? method;
      known.set(property, used);
      return used;
    },
  });
}
