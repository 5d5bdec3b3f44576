import type { LedgerEvent } from '../../core/tier/state.js';
import type { StateStore } from '../../ports/state-store.js';
import { check, commit, row, same, type StoreCase } from './places.js';

export function historyCases(historyLimit: number | undefined): StoreCase[] {
  return [
    ...pagingCases,
    ...(historyLimit === undefined ? [] : [trimmingCase(historyLimit), wholeCommitsCase(historyLimit)]),
  ];
}

const pagingCases: readonly StoreCase[] = [
  {
    name: 'numbers the rows of each key from 1 without a gap',
    async run(places) {
      const store = await places.open();
      await commit(store, 'instance:a', 0, {}, [row('a1'), row('a2')]);
      await commit(store, 'instance:b', 0, {}, [row('b1')]);
      await commit(store, 'instance:a', 1, {}, []);
      await commit(store, 'instance:a', 2, {}, [{ ...row('a3'), seq: 77 }]);
      const rows = await store.history('instance:a', { limit: 10 });
      same(
        rows.map(({ seq, detail }) => [seq, detail]),
        [
          [3, 'a3'],
          [2, 'a2'],
          [1, 'a1'],
        ],
        'rows of a',
      );
      same(await store.history('instance:b', { limit: 10 }), [{ ...row('b1'), seq: 1 }], 'rows of b');
    },
  },
  {
    name: 'pages through a ledger, newest first, each row once',
    async run(places) {
      const store = await places.open();
      // Fewer than any sensible history limit.
      await commit(store, 'instance:a', 0, {}, [row('1'), row('2'), row('3')]);
      same(await pages(store, 'instance:a', 1), ['3', '2', '1'], 'pages of 1');
      same(await pages(store, 'instance:a', 2), ['3', '2', '1'], 'pages of 2');
      same(await pages(store, 'instance:a', 3), ['3', '2', '1'], 'pages of 3');
      same(await store.history('instance:a', { limit: 5, before: 1 }), [], 'before the first row');
      same(await store.history('instance:a', { limit: 5, before: 0 }), [], 'before 0');
      same((await store.history('instance:a', { limit: 1, before: 99 }))[0]?.seq, 3, 'before a row yet to come');
    },
  },
];

function trimmingCase(historyLimit: number): StoreCase {
  return {
    name: 'trims a ledger to a snapshot that its newer rows continue',
    async run(places) {
      const store = await places.open();
      const commits = historyLimit * 3 + 1;
      for (let step = 1; step <= commits; step++) {
        await commit(store, 'instance:a', step - 1, { step }, [row(String(step), step)]);
        const rows = (await store.history('instance:a', { limit: commits })).toReversed();
        check(rows.length <= historyLimit, `${rows.length} rows are kept after ${step}, more than ${historyLimit}`);
        check(
          rows.length >= Math.min(step, Math.floor(historyLimit / 2)),
          `only ${rows.length} rows are kept after ${step}`,
        );
        checkContinues(rows, step);
      }
      const [oldest] = (await store.history('instance:a', { limit: commits })).slice(-1);
      same(oldest?.type, 'snapshot', 'oldest row');
    },
  };
}

function wholeCommitsCase(historyLimit: number): StoreCase {
  return {
    name: 'takes no snapshot in the middle of a commit',
    async run(places) {
      const store = await places.open();
      const written: LedgerEvent[] = [];
      const states = new Map<number, Record<string, unknown>>();
      for (let step = 1; step <= historyLimit * 3; step++) {
        const events = Array.from({ length: step % 4 }, (_, index) => row(`${step}.${index}`, step));
        await commit(store, 'instance:a', step - 1, { step }, events);
        written.push(...events);
        if (events.length > 0) states.set(written.length, { step });
        const rows = (await store.history('instance:a', { limit: historyLimit * 9 })).toReversed();
        const first = written.length - rows.length + 1;
        const expected = written.slice(first - 1).map((event, index) => ({ ...event, seq: first + index }));
        if (first > 1) {
          check(states.has(first), `row ${first} begins the ledger after commit ${step}, but ends no commit`);
          same(rows[0], { type: 'snapshot', at: rows[0]?.at, state: states.get(first), seq: first }, 'oldest row');
          expected.shift();
        }
        same(first > 1 ? rows.slice(1) : rows, expected, `rows after commit ${step}`);
      }
    },
  };
}

/** Oldest first: numbered without a gap up to `last`, beginning with 1 or with a snapshot. */
function checkContinues(rows: readonly LedgerEvent[], last: number): void {
  const first = last - rows.length + 1;
  for (const [index, event] of rows.entries()) {
    const step = first + index;
    const expected =
      index === 0 && first > 1
        ? { type: 'snapshot', at: step, state: { step }, seq: step }
        : { ...row(String(step), step), seq: step };
    same(event, expected, `row ${step} of ${last}`);
  }
}

async function pages(store: StateStore, key: string, limit: number): Promise<(string | undefined)[]> {
  const details: (string | undefined)[] = [];
  let before: number | undefined;
  do {
    const page = await store.history(key, before === undefined ? { limit } : { limit, before });
    check(page.length <= limit, `a page of ${limit} has ${page.length} rows`);
    details.push(...page.map(({ detail }) => detail));
    const next = page.at(-1)?.seq;
    // Or the pages of a store that does not go back would never end.
    check(
      before === undefined || next === undefined || next < before,
      `the page before row ${before} ends with row ${next}`,
    );
    before = next;
  } while (before !== undefined);
  return details;
}
