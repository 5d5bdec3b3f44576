import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { loadLibrary, type Library } from './library.ts';
import { plantedBugs } from './planted-bugs.ts';
import { play, shrink, traceOf } from './run.ts';
import type { Trace } from './steps.ts';

let library: Library;
beforeAll(async () => {
  library = await loadLibrary();
}, 60_000);

test('in ten runs with faults at every await no rule of the contract is broken', async () => {
  for (let seed = 1; seed <= 10; seed++)
    expect(await play(library, traceOf(library, seed)), `seed ${seed}`).toBeUndefined();
});

const traces = new URL('./traces/', import.meta.url);

test.each(readdirSync(traces))('a run that once broke a rule breaks none: %s', async (file) => {
  const trace = JSON.parse(readFileSync(new URL(file, traces), 'utf8')) as Trace;
  expect(await play(library, trace)).toBeUndefined();
});

test('a planted bug is found, its trace is made small, and replays', async () => {
  const bug = plantedBugs.find(({ name }) => name === 'stuck fallback')!;
  const broken = await loadLibrary(bug.patches);
  const trace = traceOf(broken, 2);
  const failure = await play(broken, trace);
  expect(failure?.rule).toBe('calls come back');
  const small = await shrink(broken, trace, failure!);
  expect(small.trace.steps.length).toBeLessThanOrEqual(4);
  const printed = JSON.parse(JSON.stringify(small.trace)) as typeof trace;
  expect(await play(broken, printed)).toEqual(small.failure);
  expect(await play(library, printed)).toBeUndefined();
});

test('a patch that fits nowhere, or in several places, is refused', async () => {
  const patch = { file: 'core/tier/step.ts', find: 'no such text', replace: '' };
  await expect(loadLibrary([patch])).rejects.toThrow('0 places instead of one');
});
