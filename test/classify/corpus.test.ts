import { describe, expect, it } from 'vitest';
import { classifyError } from '../../src/core/classify/classify-error.js';
import { type Fixture, readCorpus, readOwnFixtures, rebuild, toPlain } from './fixtures.ts';
import { ratio, score, worstRecall } from './score.ts';

function judge(fixture: Fixture, value: unknown) {
  return classifyError(value, fixture.now === undefined ? {} : { now: fixture.now });
}

describe.each([
  ['the shared corpus', readCorpus()],
  ['the corpus collected a week later', readCorpus('fresh-2026-11-28')],
  ['our own fixtures', readOwnFixtures()],
])('on %s', (_name, fixtures) => {
  const rebuilt = score(fixtures, (fixture) => judge(fixture, rebuild(fixture)));

  it('finds the kind of at least 99 % of the errors', () => {
    expect(ratio(rebuilt.kind), rebuilt.misses.join('\n')).toBeGreaterThanOrEqual(0.99);
  });

  it('is right in at least 99.5 % about whether the chain steps', () => {
    expect(ratio(rebuilt.step), rebuilt.misses.join('\n')).toBeGreaterThanOrEqual(0.995);
  });

  // The bars above are for errors nobody has seen. Of these every one is known, and a new one begins as a miss.
  it('misses none of them', () => {
    expect(rebuilt.misses).toEqual([]);
  });

  it('reads every wait and invents none', () => {
    expect(rebuilt.misses.filter((miss) => miss.includes('a wait of'))).toEqual([]);
    expect(rebuilt.falseWaits).toBe(0);
  });

  it('finds at least 95 % of every kind', () => {
    expect(worstRecall(rebuilt), rebuilt.misses.join('\n')).toBeGreaterThanOrEqual(0.95);
  });

  it('finds the kind of at least 98 % of the same errors as plain JSON', () => {
    const plain = score(fixtures, (fixture) => judge(fixture, toPlain(fixture)));
    expect(ratio(plain.kind), plain.misses.join('\n')).toBeGreaterThanOrEqual(0.98);
  });
});
