import { describe, expect, test } from 'vitest';
import type { LedgerEvent, State } from '../../src/core/tier/state.js';
import { replay } from '../../src/core/tier/fold.js';
import { readHistory } from '../../src/engine/store/read-history.js';
import type { HistoryOptions, HistoryQuery } from '../../src/ports/state-store.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { config, KEY, stateOf, transition } from '../chaos/transitions.js';

/** 500 transitions a second apart: more than one page, and than any row of one kind. */
async function filledStore() {
  const store = createMemoryStore({ historyLimit: Number.POSITIVE_INFINITY });
  const states: State[] = [];
  let state = stateOf(undefined);
  for (let step = 1; step <= 500; step++) {
    const next = transition(state, `step:${step}`, step * 1000);
    await store.commit(KEY, step - 1, next.state, next.events);
    state = next.state;
    states.push(state);
  }
  const query = (options: HistoryQuery) => readHistory((page: HistoryOptions) => store.history(KEY, page), options);
  return { query, states, all: await query({ limit: 10_000 }) };
}

const seqs = (rows: LedgerEvent[]) => rows.map(({ seq }) => seq);

describe('readHistory', () => {
  test('filters by type, kind and time as a scan of the whole ledger does', async () => {
    const { query, all } = await filledStore();
    const filters: [Omit<HistoryQuery, 'limit'>, (row: LedgerEvent) => boolean][] = [
      [{ type: 'paused' }, (row) => row.type === 'paused'],
      [{ type: ['paused', 'resumed'] }, (row) => row.type === 'paused' || row.type === 'resumed'],
      [
        { kind: 'rate_limit' },
        (row) => row.kind === 'rate_limit' || (row.type === 'tier-change' && row.reason === 'rate_limit'),
      ],
      [{ since: 100_000, until: 200_000 }, (row) => row.at >= 100_000 && row.at <= 200_000],
      [{ type: 'reset', since: 300_000 }, (row) => row.type === 'reset' && row.at >= 300_000],
      [{ kind: 'no such kind' }, () => false],
    ];
    for (const [filter, keeps] of filters) {
      expect(seqs(await query({ ...filter, limit: 10_000 }))).toEqual(seqs(all.filter(keeps)));
    }
    expect(await query({ type: 'paused', limit: 10_000 })).not.toHaveLength(0);
  });

  test('pages through what matches by the last row seen', async () => {
    const { query, all } = await filledStore();
    const pages: LedgerEvent[] = [];
    for (let page = await query({ type: 'tier-change', limit: 7 }); page.length > 0; ) {
      pages.push(...page);
      page = await query({ type: 'tier-change', limit: 7, before: page.at(-1)?.seq ?? 0 });
    }
    expect(seqs(pages)).toEqual(seqs(all.filter((row) => row.type === 'tier-change')));
  });

  test('answers what the state was at a time', async () => {
    const { query, states } = await filledStore();
    for (const step of [1, 250, 500]) {
      const rows = await query({ until: step * 1000, limit: 10_000 });
      expect(replay(rows.toReversed(), config)).toEqual(states[step - 1]);
    }
  });
});
