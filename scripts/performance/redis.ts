import { Redis } from 'ioredis';

/** The server that is measured. */
export const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** Its version; `undefined`: there is none. */
export async function redisVersion(): Promise<string | undefined> {
  const client = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return /^redis_version:(.*?)\r?$/mu.exec(await client.info('server'))?.[1];
  } catch {
    return undefined;
  } finally {
    client.disconnect();
  }
}

/** A prefix that no other run uses, as long as the default, so that a notification has as many bytes. */
export function newPrefix(): string {
  return `${Math.random().toString(36).slice(2, 10).padEnd(8, '0')}:`;
}

/** Deletes every key that begins with `prefix`. */
export async function deleteKeys(client: Redis, prefix: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000);
    if (keys.length > 0) await client.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
}
