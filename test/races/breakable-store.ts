import type { StateStore } from '../../src/index.js';

/** One process's way to a store: a request and its answer take as many turns as drawn, and either can be lost. */
export function breakableStore(inner: StateStore, watches: boolean, delays: Iterator<number>) {
  const network = { isDown: false };
  const turns = async () => {
    for (let turn = delays.next().value as number; turn > 0; turn--) await Promise.resolve();
  };
  async function travel<T>(work: () => Promise<T>): Promise<T> {
    await turns();
    if (network.isDown) throw new Error('ECONNREFUSED');
    const answer = await work();
    await turns();
    if (network.isDown) throw new Error('ECONNRESET');
    return answer;
  }
  const store: StateStore = {
    ...inner,
    load: (key) => travel(() => inner.load(key)),
    commit: (...facts) => travel(() => inner.commit(...facts)),
  };
  if (!watches) delete store.watch;
  return { store, network };
}
