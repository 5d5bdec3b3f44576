export type Answer = { value: string; index: number };
export type Call<T = string> = (tier: T) => Promise<string>;

/** What people write by hand, and the floor we are measured against. */
export async function loop<T>(chain: readonly T[], call: Call<T>): Promise<Answer> {
  let last: unknown;
  for (let index = 0; index < chain.length; index++) {
    try {
      return { value: await call(chain[index]!), index };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

const stopwatch = performance;

/** The same, telling how long the call took, as `attempts` does: what the two readings of the clock cost on this machine. */
export async function timedLoop<T>(chain: readonly T[], call: Call<T>): Promise<Answer & { durationMs: number }> {
  let last: unknown;
  for (let index = 0; index < chain.length; index++) {
    const startedAt = stopwatch.now();
    try {
      const value = await call(chain[index]!);
      return { value, index, durationMs: stopwatch.now() - startedAt };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** A provider's answer: one turn of the microtask queue, quicker than any real one, so that it hides nothing of what a call costs. */
export const answers: Call = async (tier) => {
  await Promise.resolve();
  return tier;
};

/** A request, then the reading of its body, a turn each: the least an SDK awaits. Told beside the figures, not judged. */
export const answersWithBody: Call = async (tier) => {
  const response = await Promise.resolve({ tier });
  return await readBody(response);
};

const readBody = async (response: { tier: string }): Promise<string> => response.tier;

/** A provider on the other side of the event loop, as every real one is. Told beside the figures, not judged. */
export const answersFromAfar: Call = (tier) => new Promise((resolve) => setImmediate(resolve, tier));

/** Of which the quickest counts. */
const rounds = 200;

/**
 * Ratio of two ways of doing the same, run in turns: the quickest round of each, so that what else the machine does
 * meanwhile counts for neither.
 */
export async function ratio(
  ours: () => Promise<unknown>,
  theirs: () => Promise<unknown>,
  calls: number,
): Promise<number> {
  const time = async (run: () => Promise<unknown>): Promise<number> => {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) await run();
    return Number(process.hrtime.bigint() - start);
  };
  let [best, floor] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++) {
    best = Math.min(best, await time(ours));
    floor = Math.min(floor, await time(theirs));
  }
  return best / floor;
}
