import { resolveWithFallback, type Failover } from 'tierfall';
import type { Phase } from './tables.ts';

/** One worker calls so often, at random times. */
export const SECONDS_BETWEEN_CALLS = 5;
export const ANSWER_MS = 800;
export const FAILURE_MS = 100;

/** The first provider is overloaded in these phases. */
export function isDownIn(phase: Phase): boolean {
  return phase === 'finding' || phase === 'outage';
}

/** Time until the next call: calls are independent of each other. */
export function nextGapMs(random: () => number): number {
  return -Math.log(1 - random()) * 1000 * SECONDS_BETWEEN_CALLS;
}

/** Makes a call of one worker. Never rejects. */
export function createWorker(
  failover: Failover,
  facts: { name: string; wait: (ms: number) => Promise<void>; isDown: () => boolean },
): () => Promise<void> {
  const { name, wait, isDown } = facts;
  const ask = async (provider: string): Promise<string> => {
    if (provider === 'a' && isDown()) {
      await wait(FAILURE_MS);
      throw Object.assign(new Error('Overloaded'), { status: 529 });
    }
    await wait(ANSWER_MS);
    return provider;
  };
  return async () => {
    await resolveWithFallback(failover, ({ provider }) => ask(provider), { instance: name }).catch(() => undefined);
  };
}
