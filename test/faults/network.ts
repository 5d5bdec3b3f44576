import type { StateStore } from 'tierfall';
import type { ManualClock } from 'tierfall/testing';
import type { Weather } from './steps.ts';

/** In every error of the simulated store: it must not get out. */
export const STORE_SECRET = 'hunter2-of-the-store';

/** One process' way to the store that all of them share. */
export interface Network {
  store: StateStore;
  weather: Weather;
  /** The process has crashed: it sends nothing more and hears of nothing; what it has sent may still arrive. */
  isCut: boolean;
  /** An increment was carried out and its answer lost: what is counted may be more than what was used. */
  lostIncrements: boolean;
  /** An increment came so late that it was sent again meanwhile: the same. */
  lateIncrements: boolean;
  /** A request may have been carried out although its process does not know. */
  isUnheard: boolean;
}

/** Never answers: what became of it is not known to a process that is gone. */
const silence = () => new Promise<never>(() => undefined);

/** @param random of the present step */
export function createNetwork(shared: StateStore, clock: ManualClock, random: () => number, watches: boolean): Network {
  const wait = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
  const fail = (code: string) => new Error(`${code} redis://app:${STORE_SECRET}@127.0.0.1:6379`);
  const turns = async () => {
    for (let left = Math.floor(random() * 4); left > 0; left--) await Promise.resolve();
  };

  async function travel<T>(request: () => Promise<T>, isIncrement = false): Promise<T> {
    if (network.isCut) return silence();
    const { weather } = network;
    if (weather === 'down') {
      await turns();
      throw fail('ECONNREFUSED');
    }
    if (weather === 'frozen') return silence();
    if (weather === 'lossy' && random() < 0.3) throw fail('ECONNRESET');
    if (weather === 'slow') await wait(10 + random() * 700);
    else if (weather === 'late' && random() < 0.4) {
      network.lateIncrements ||= isIncrement;
      network.isUnheard = true;
      await wait(3000 + random() * 9000);
    } else await turns();
    const answer = await request();
    if (weather === 'slow') await wait(10 + random() * 700);
    else await turns();
    if (network.isCut) return silence();
    if (weather === 'lossy' && random() < 0.3) {
      network.isUnheard = true;
      if (isIncrement) network.lostIncrements = true;
      throw fail('ECONNRESET');
    }
    return answer;
  }

  const network: Network = {
    weather: 'good',
    isCut: false,
    lostIncrements: false,
    lateIncrements: false,
    isUnheard: false,
    store: {
      load: (key) => travel(() => shared.load(key)),
      commit: (...facts) =>
        travel(async () => {
          if (network.weather === 'conflicts' && random() < 0.4)
            return { ok: false, current: await shared.load(facts[0]) };
          const answer = await shared.commit(...facts);
          if (network.weather === 'twice') void wait(random() * 3000).then(() => shared.commit(...facts));
          return answer;
        }),
      history: (...facts) => travel(() => shared.history(...facts)),
      instances: () => shared.instances(),
      increment: (...facts) => travel(() => shared.increment(...facts), true),
      sum: (...facts) => travel(() => shared.sum(...facts)),
      acquire: (...facts) => travel(() => shared.acquire(...facts)),
      release: (...facts) => travel(() => shared.release(...facts)),
      now: () => travel(async () => (await shared.now?.()) ?? clock.now()),
      ...(watches ? { watch } : {}),
    },
  };

  /** Notifications come late, twice and in another order; they are lost only where the store says that they may be. */
  function watch(listener: (key: string, version?: number) => void): () => void {
    return (
      shared.watch?.((key, version) => {
        const times = random() < 0.15 ? 2 : 1;
        for (let time = 0; time < times; time++) {
          const delayMs = random() < 0.5 ? 0 : random() * 300;
          clock.setTimeout(() => void (network.isCut || listener(key, version)), delayMs);
        }
      }) ?? (() => undefined)
    );
  }
  return network;
}
