import { StoreError } from '../../core/errors.js';
import { redisError } from './errors.js';

/** Reading commands of a client, whichever of the two it is. */
export interface RedisCommands {
  /** @param key which key decides, in a Cluster, who is asked */
  ask(key: string, command: string, ...args: string[]): Promise<unknown>;
}

/** What we call of an ioredis client for reading. */
export interface IoredisReader {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** What we call of a node-redis client for reading; a Cluster's takes a key and whether the command reads before it. */
export interface NodeRedisReader {
  // Its two kinds of clients take other arguments.
  sendCommand(...args: never[]): Promise<unknown>;
  slots?: unknown;
}

/** A client that reading commands can be sent through. */
export type RedisReader = IoredisReader | NodeRedisReader;

/** Is this a client that plain commands can be sent through? */
export function isRedisReader(client: unknown): client is RedisReader {
  if (typeof client !== 'object' || client === null) return false;
  if ('sendCommand' in client && typeof client.sendCommand === 'function' && 'evalSha' in client) return true;
  return 'call' in client && typeof client.call === 'function';
}

/** A reply that should be a list, as one; another reads as an empty list. */
export function listOf(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : [];
}

/** Sends plain commands, so that a user of the server who may only read is enough: no script is run. */
export function redisCommands(client: object, store: string): RedisCommands {
  let send: ReturnType<typeof sender> | undefined;
  return {
    async ask(key, command, ...args) {
      try {
        // Not before it is needed: a store whose activity nobody reads may have a client without these.
        send ??= sender(client, store);
        return await send(key, command, args);
      } catch (error) {
        throw redisError(command, undefined, error);
      }
    },
  };
}

function sender(client: object, store: string): (key: string, command: string, args: string[]) => Promise<unknown> {
  if ('sendCommand' in client && typeof client.sendCommand === 'function' && 'evalSha' in client) {
    const target = client as { sendCommand: (...args: unknown[]) => Promise<unknown>; slots?: unknown };
    return target.slots === undefined
      ? async (_, command, args) => target.sendCommand([command, ...args])
      : async (key, command, args) => target.sendCommand(key, true, [command, ...args]);
  }
  if ('call' in client && typeof client.call === 'function') {
    const target = client as IoredisReader;
    return async (_, command, args) => target.call(command, ...args);
  }
  throw new StoreError({
    operation: 'create',
    message: `${store}: client must be one of ioredis or node-redis (createClient), e.g. { client: new Redis(url) }`,
  });
}
