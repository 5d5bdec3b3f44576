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
  it('is right often enough about errors that nobody has seen', () => {
    const rebuilt = score(fixtures, (fixture) => judge(fixture, rebuild(fixture)));
    const { misses } = rebuilt;
    expect(ratio(rebuilt.kind), misses.join('\n')).toBeGreaterThanOrEqual(0.99);
    // Whether the chain steps.
    expect(ratio(rebuilt.step), misses.join('\n')).toBeGreaterThanOrEqual(0.995);
    // Of every kind.
    expect(worstRecall(rebuilt), misses.join('\n')).toBeGreaterThanOrEqual(0.95);
    expect(rebuilt.falseWaits).toBe(0);
  });

  // Of these every one is known, and a new one begins as a miss: of a kind, or of a wait.
  const byProvider = Map.groupBy(fixtures, ({ provider }) => provider);
  it.each([...byProvider])('misses none of %s', (_provider, ofProvider) => {
    expect(score(ofProvider, (fixture) => judge(fixture, rebuild(fixture))).misses).toEqual([]);
  });

  it('finds the kind of at least 98 % of the same errors as plain JSON', () => {
    const plain = score(fixtures, (fixture) => judge(fixture, toPlain(fixture)));
    expect(ratio(plain.kind), plain.misses.join('\n')).toBeGreaterThanOrEqual(0.98);
  });
});
