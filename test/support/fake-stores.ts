import { createMemoryStore, type StateStore } from '../../src/index.js';

/** A store whose requests are counted, and that can be made to fail or to hang. */
export function moodyStore(inner: StateStore = createMemoryStore()) {
  const mood = { fails: false, hangs: false, loads: 0, commits: 0 };
  const act = <T>(work: () => Promise<T>): Promise<T> => {
    if (mood.hangs) return new Promise(() => undefined);
    return mood.fails ? Promise.reject(new Error('ECONNREFUSED')) : work();
  };
  const store: StateStore = {
    load: (key) => (mood.loads++, act(() => inner.load(key))),
    commit: (...args) => (mood.commits++, act(() => inner.commit(...args))),
    history: (...args) => act(() => inner.history(...args)),
    instances: () => inner.instances(),
    increment: (...args) => act(() => inner.increment(...args)),
    sum: (...args) => act(() => inner.sum(...args)),
    acquire: (...args) => act(() => inner.acquire(...args)),
    release: (...args) => act(() => inner.release(...args)),
  };
  return { store, mood };
}

type Step = 'load' | 'commit';
const refused = () => Promise.reject(new Error('ECONNREFUSED'));

/** A store on a network of its own: requests are refused while it `isDown`, and an answer can be held back. */
export function remoteStore(inner: StateStore) {
  const network = { isDown: false };
  const stops: { step: Step; key: string; until: Promise<void> }[] = [];
  async function travel<T>(step: Step, key: string, work: () => Promise<T>): Promise<T> {
    if (network.isDown) return refused();
    const index = stops.findIndex((stop) => stop.step === step && stop.key === key);
    const [stop] = index < 0 ? [] : stops.splice(index, 1);
    const answer = await work();
    await stop?.until;
    return answer;
  }
  const store: StateStore = {
    ...inner,
    load: (key) => travel('load', key, () => inner.load(key)),
    commit: (key, ...rest) => travel('commit', key, () => inner.commit(key, ...rest)),
    history: (...args) => (network.isDown ? refused() : inner.history(...args)),
    acquire: (...args) => (network.isDown ? refused() : inner.acquire(...args)),
  };
  return {
    store,
    network,
    /** Holds back the next answer of this kind until it is let go. */
    stop: (step: Step, key = 'instance:bot'): (() => void) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      stops.push({ step, key, until: promise });
      return resolve;
    },
  };
}

/** The same store without something that a store need not have. */
export function without(store: StateStore, method: 'forget' | 'now' | 'watch'): StateStore {
  const copy = { ...store };
  delete copy[method];
  return copy;
}
