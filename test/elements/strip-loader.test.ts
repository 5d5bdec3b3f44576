import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Live } from '../../src/elements/data/live.js';
import { StripLoader } from '../../src/elements/table/strip-loader.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function connection() {
  const rows = new Map<string, []>();
  const asked: string[] = [];
  const facts = { isOnline: true, isBroken: false };
  const live = {
    rows,
    get isOnline() {
      return facts.isOnline;
    },
    async loadRows(name: string) {
      asked.push(name);
      if (facts.isBroken) throw new Error('down');
      rows.set(name, []);
    },
  } as unknown as Live;
  return { live, rows, asked, facts };
}

it('reads a day again that could not be read, a while later', async () => {
  const { live, rows, asked, facts } = connection();
  const loader = new StripLoader();
  facts.isBroken = true;
  loader.want(live, ['a']);
  await vi.advanceTimersByTimeAsync(200);
  facts.isBroken = false;
  for (let second = 0; second < 9; second++) {
    loader.want(live, ['a']);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(asked).toEqual(['a']);
  await vi.advanceTimersByTimeAsync(1000);
  loader.want(live, ['a']);
  await vi.advanceTimersByTimeAsync(200);
  expect([asked, rows.has('a')]).toEqual([['a', 'a'], true]);
});

it('reads what was wanted while the server could not be reached once it can', async () => {
  const { live, asked, facts } = connection();
  const loader = new StripLoader();
  facts.isOnline = false;
  loader.want(live, ['a', 'b']);
  await vi.advanceTimersByTimeAsync(1000);
  facts.isOnline = true;
  loader.want(live, ['a', 'b']);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual(['a', 'b']);
});
