import { classifyError } from 'tierfall';
import { type Fixture, readCorpus, readOwnFixtures, rebuild, toPlain } from '../test/classify/fixtures.ts';
import { ratio, type Score, type Share, score, worstRecall } from '../test/classify/score.ts';

/** Prints how well the built classifier judges the recorded errors; exits with 1 when it falls below the thresholds. */

const thresholds = { step: 0.995, waits: 1, worstRecall: 0.95, plainKind: 0.98 };

function judge(fixture: Fixture, value: unknown) {
  return classifyError(value, fixture.now === undefined ? {} : { now: fixture.now });
}

function percent(share: Share): string {
  return `${share.right}/${share.of} (${(100 * ratio(share)).toFixed(1)} %)`;
}

function printShares(title: string, shares: ReadonlyMap<string, Share>): void {
  console.log(`  by ${title}`);
  for (const [name, share] of [...shares].sort(([left], [right]) => left.localeCompare(right))) {
    console.log(`    ${name.padEnd(24)} ${percent(share)}`);
  }
}

function print(name: string, result: Score): void {
  console.log(
    `${name}: kind ${percent(result.kind)}, step or not ${percent(result.step)}, waits ${percent(result.waits)},`,
  );
  console.log(
    `  false waits ${result.falseWaits}, worst recall of a kind with 8 rows or more ${(100 * worstRecall(result)).toFixed(1)} %`,
  );
  printShares('kind', result.byKind);
  printShares('provider', result.byProvider);
  printShares('source', result.bySource);
  console.log(result.misses.length === 0 ? '  no miss' : `  misses\n    ${result.misses.join('\n    ')}`);
}

let isGood = true;
/** The share of kinds each set must reach: the fresh one was collected after the rules were written. */
for (const [name, fixtures, kind] of [
  ['public corpus', readCorpus(), 0.99],
  ['fresh corpus', readCorpus('fresh-2026-11-28'), 0.98],
  ['own fixtures', readOwnFixtures(), 0.99],
] as const) {
  const rebuilt = score(fixtures, (fixture) => judge(fixture, rebuild(fixture)));
  const plain = score(fixtures, (fixture) => judge(fixture, toPlain(fixture)));
  print(`${name}, as thrown`, rebuilt);
  print(`${name}, as plain JSON`, plain);
  isGood &&=
    ratio(rebuilt.kind) >= kind &&
    ratio(rebuilt.step) >= thresholds.step &&
    ratio(rebuilt.waits) >= thresholds.waits &&
    rebuilt.falseWaits === 0 &&
    worstRecall(rebuilt) >= thresholds.worstRecall &&
    ratio(plain.kind) >= thresholds.plainKind;
}
console.log(isGood ? 'The thresholds hold.' : 'Below the thresholds.');
process.exitCode = isGood ? 0 : 1;
