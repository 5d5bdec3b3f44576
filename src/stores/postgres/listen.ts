import { readNotification } from '../keys.js';
import type { Subscription, SubscriptionListener } from '../watch-hub.js';
import type { PostgresClient, PostgresPool } from './client.js';
import { quoteIdentifier } from './schema.js';
import { takeClient } from './take-client.js';

export interface ListenOptions {
  pool: PostgresPool;
  channel: string;
  /** The key behind the id in a notification. */
  keyOf: (id: string) => Promise<string>;
}

/** Stands for no key: its arrival shows that notifications arrive. */
const HEARD = '';

/** Takes one connection out of the pool and listens on it. */
export function openListener({ pool, channel, keyOf }: ListenOptions, listener: SubscriptionListener): Subscription {
  let isClosed = false;
  let client: PostgresClient | undefined;
  const begin = async (): Promise<void> => {
    const connected = await takeClient(pool);
    if (isClosed) return connected.release();
    client = connected;
    client.on('error', () => listener.lost());
    client.on('end', () => listener.lost());
    client.on('notification', ({ payload = '' }) => {
      if (payload === HEARD) return listener.live();
      // An id that cannot be looked up now changed unnoticed: the hub reports every known key after a break.
      const { id, version } = readNotification(payload);
      keyOf(id).then(
        (key) => listener.message(key, version),
        () => listener.lost(),
      );
    });
    await client.query({ text: `LISTEN ${quoteIdentifier(channel)}` });
    // A pooler that shares connections between transactions takes the LISTEN, and nothing ever arrives.
    await pool.query({ text: 'SELECT pg_notify($1, $2)', values: [channel, HEARD] });
  };
  begin().catch(() => listener.lost());
  return {
    ping: async () => client?.query({ text: 'SELECT 1' }),
    close() {
      isClosed = true;
      // Closed rather than given back: it still listens, and may be broken.
      client?.release(true);
      client = undefined;
    },
  };
}
