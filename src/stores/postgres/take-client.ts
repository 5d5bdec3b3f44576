import type { PostgresClient, PostgresPool } from './client.js';

/** What `pg` has beside what we ask of a pool and its clients. */
type Connect = (callback: (error: unknown, client?: PostgresClient) => void) => Promise<PostgresClient> | undefined;
type Removable = { off?: (event: 'error', listener: () => void) => unknown };

/**
 * Takes a client out of a pool. While it is out nobody but us hears its errors: a connection that the server ends
 * between two statements would be an unhandled error, which ends the process. What is asked of it then rejects.
 */
export async function takeClient(pool: PostgresPool): Promise<PostgresClient> {
  const client = await new Promise<PostgresClient>((resolve, reject) => {
    const taken = (found: PostgresClient) => {
      found.on('error', ignore);
      resolve(found);
    };
    // By a callback: before a promise has told us of it, the connection may have broken already.
    const promised = (pool.connect as Connect).call(pool, (error, found) => {
      if (found) taken(found);
      else reject(error);
    });
    promised?.then(taken, reject);
  });
  return {
    query: (query) => client.query(query),
    on: ((event: 'notification', listener: () => void) => client.on(event, listener)) as PostgresClient['on'],
    release(destroy) {
      client.release(destroy);
      // From here on its pool listens again. One that is closed has no further use.
      if (!destroy) (client as Removable).off?.('error', ignore);
    },
  };
}

function ignore(): void {
  // The statement that is under way, or the next one, rejects.
}
