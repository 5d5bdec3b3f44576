import type { Arguments } from '../arguments.js';
import type { CliIo } from '../io.js';
import { openStore } from '../open-store.js';
import { StoredInstances } from '../stored-instances.js';
import type { StateStore } from '../../ports/state-store.js';

/** Opens the store the user named, for as long as an action takes. */
export async function withStore<T>(
  { values }: Arguments,
  io: CliIo,
  action: (store: StateStore, stored: StoredInstances) => Promise<T>,
): Promise<T> {
  const opened = await openStore(values.store ?? io.env['TIERFALL_STORE']);
  try {
    return await action(opened.store, new StoredInstances(opened.store, () => io.now()));
  } finally {
    await opened.close().catch(() => undefined);
  }
}
