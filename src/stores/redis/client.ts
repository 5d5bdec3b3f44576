import { StoreError } from '../../core/errors.js';

const STORE = 'Redis store';

/** What we call of an ioredis client (`Redis` or `Cluster`). */
export interface IoredisClient {
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  evalsha(sha: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  /** Makes the second connection `watch` needs. */
  duplicate(): IoredisSubscriber;
}

export interface IoredisSubscriber {
  connect(): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  psubscribe(pattern: string): Promise<unknown>;
  punsubscribe(pattern: string): Promise<unknown>;
  ping(): Promise<unknown>;
  on(event: string, listener: (...values: string[]) => void): unknown;
  disconnect(): void;
}

/** What we call of a node-redis client (`createClient` or `createCluster`), connected by the caller. */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  duplicate(): NodeRedisSubscriber;
}

export interface NodeRedisSubscriber {
  connect(): Promise<unknown>;
  subscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>;
  pSubscribe(pattern: string, listener: (message: string, channel: string) => void): Promise<unknown>;
  pUnsubscribe(pattern: string, listener: (message: string, channel: string) => void): Promise<unknown>;
  ping?(): Promise<unknown>;
  on(event: string, listener: (...values: string[]) => void): unknown;
  destroy(): void;
}

/** A client of ioredis or of node-redis. */
export type RedisClient = IoredisClient | NodeRedisClient;

/** The two clients behind one face. */
export interface RedisConnection {
  /** Runs a script by its hash, sending it only to servers that do not know it yet. */
  run(script: string, keys: string[], values: (string | number)[]): Promise<unknown>;
  /** Opens a connection that listens to channels. */
  listen(listener: ChannelListener): Channels;
}

/** A connection that listens to channels. What is asked of it is done in this order. */
export interface Channels {
  subscribe(channels: readonly string[]): Promise<unknown>;
  /** Listens to all channels whose names match. */
  subscribePattern(pattern: string): Promise<unknown>;
  unsubscribePattern(pattern: string): Promise<unknown>;
  ping(): Promise<unknown>;
  close(): void;
}

export interface ChannelListener {
  /** It can subscribe now. */
  ready(): void;
  message(text: string): void;
  /** What came because the name of its channel matches a pattern. */
  matched(channel: string, text: string): void;
  /** The connection is broken. May be called more than once. */
  lost(): void;
}

export function createRedisConnection(client: RedisClient): RedisConnection {
  const calls = callsOf(client);
  const hashes = new Map<string, string>();
  return {
    async run(script, keys, values) {
      const hash = hashes.get(script) ?? (await sha1(script));
      hashes.set(script, hash);
      const texts = values.map(String);
      try {
        return await calls.evalsha(hash, keys, texts);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return calls.eval(script, keys, texts);
      }
    },
    listen: calls.listen,
  };
}

interface Calls {
  eval: (script: string, keys: string[], values: string[]) => Promise<unknown>;
  evalsha: (hash: string, keys: string[], values: string[]) => Promise<unknown>;
  listen: RedisConnection['listen'];
}

function callsOf(client: RedisClient): Calls {
  if (typeof client === 'object' && client !== null && typeof client.duplicate === 'function') {
    if ('evalsha' in client && typeof client.evalsha === 'function') return ioredisCalls(client);
    if ('evalSha' in client && typeof client.evalSha === 'function') return nodeRedisCalls(client);
  }
  throw new StoreError({
    operation: 'create',
    message: `${STORE}: client must be a client of ioredis or node-redis, e.g. { client: new Redis(url) }`,
  });
}

function ioredisCalls(client: IoredisClient): Calls {
  return {
    eval: (script, keys, values) => client.eval(script, keys.length, ...keys, ...values),
    evalsha: (hash, keys, values) => client.evalsha(hash, keys.length, ...keys, ...values),
    listen(listener) {
      const subscriber = client.duplicate();
      subscriber.on('error', () => listener.lost());
      subscriber.on('close', () => listener.lost());
      subscriber.on('message', (_, text = '') => listener.message(text));
      subscriber.on('pmessage', (_, channel = '', text = '') => listener.matched(channel, text));
      // Not before: a client that does not queue while offline would refuse.
      subscriber.on('ready', () => listener.ready());
      // A client that connects late waits for this call; any other rejects because it is connecting already.
      subscriber.connect().catch(() => undefined);
      return {
        subscribe: (channels) => subscriber.subscribe(...channels),
        subscribePattern: (pattern) => subscriber.psubscribe(pattern),
        unsubscribePattern: (pattern) => subscriber.punsubscribe(pattern),
        ping: () => subscriber.ping(),
        close: () => subscriber.disconnect(),
      };
    },
  };
}

function nodeRedisCalls(client: NodeRedisClient): Calls {
  return {
    eval: (script, keys, values) => client.eval(script, { keys, arguments: values }),
    evalsha: (hash, keys, values) => client.evalSha(hash, { keys, arguments: values }),
    listen(listener) {
      const subscriber = client.duplicate();
      subscriber.on('error', () => listener.lost());
      subscriber.connect().then(
        () => listener.ready(),
        () => listener.lost(),
      );
      const message = (text: string) => listener.message(text);
      const matched = (text: string, channel: string) => listener.matched(channel, text);
      return {
        subscribe: (channels) => subscriber.subscribe([...channels], message),
        subscribePattern: (pattern) => subscriber.pSubscribe(pattern, matched),
        // With its listener: the client would forget one that is added before this is answered.
        unsubscribePattern: (pattern) => subscriber.pUnsubscribe(pattern, matched),
        ping: async () => subscriber.ping?.(),
        close: () => subscriber.destroy(),
      };
    },
  };
}

async function sha1(text: string): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
