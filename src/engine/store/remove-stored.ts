import { StoreError } from '../../core/errors.js';
import type { Storable } from './pending-change.js';
import type { StoreClient } from './store-client.js';

/** Conflicts in a row after which a commit is given up. */
export const MAX_CONFLICTS = 50;

/**
 * Removes a record from the store; one that cannot do that gets the initial value. Resolves to the version that the
 * record has after that. Rejects with `StoreError`.
 */
export async function removeStored(
  client: StoreClient,
  key: string,
  initial: Storable,
  version: number,
): Promise<number> {
  if (client.store.forget) {
    await client.ask('forget', key, async (store) => store.forget?.(key));
    return 0;
  }
  let expected = version;
  for (let conflicts = 0; conflicts <= MAX_CONFLICTS; conflicts++) {
    const before = expected;
    const result = await client.ask('commit', key, (store) => store.commit(key, before, initial, []));
    if (result.ok) return result.version;
    expected = result.current?.version ?? 0;
  }
  throw refusal(key, `lost ${MAX_CONFLICTS} races for the same key in a row`);
}

/** A commit that is given up though the store works. */
export function refusal(key: string, why: string): StoreError {
  return new StoreError({ operation: 'commit', key, message: `${key.slice(0, 200)}: ${why}` });
}
