import * as fc from '../support/fast-check.js';
import { expect, test } from 'vitest';
import { replay } from '../../src/core/tier/fold.js';
import type { LedgerEvent } from '../../src/core/tier/state.js';
import type { StateStore, StoredState } from '../../src/ports/state-store.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { config, KEY, stateOf, transition } from '../chaos/transitions.js';

/** Loads, applies, commits; on conflict applies to what is there. */
async function write(store: StateStore, id: string, random: () => number): Promise<void> {
  let found: StoredState | undefined = await store.load(KEY);
  while (true) {
    const { state, events } = transition(stateOf(found?.state), id, 1000, random);
    const result = await store.commit(KEY, found?.version ?? 0, state, events);
    if (result.ok) return;
    found = result.current;
  }
}

/** The same numbers again for the same seed, so that a failing order can be run again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

test('whatever order loads and commits of several writers take, no commit is lost and the state is the fold of its rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 4, max: 30 }),
      fc.integer(),
      async (order, writers, historyLimit, seed) => {
        const memory = createMemoryStore({ historyLimit });
        const store: StateStore = {
          ...memory,
          load: order.scheduleFunction(async (key: string) => memory.load(key)),
          commit: order.scheduleFunction(async (...request: Parameters<StateStore['commit']>) =>
            memory.commit(...request),
          ),
        };
        const random = seeded(seed);
        const work = Array.from({ length: writers }, async (_, writer) => {
          for (let turn = 0; turn < 4; turn++) await write(store, `${writer}:${turn}`, random);
        });
        await order.waitFor(Promise.all(work));

        const stored = await memory.load(KEY);
        expect(stored?.version).toBe(writers * 4);
        const rows: LedgerEvent[] = await memory.history(KEY, { limit: 1000 });
        expect(replay(rows.toReversed(), config)).toEqual(stored?.state);
      },
    ),
    { numRuns: 100 },
  );
});
