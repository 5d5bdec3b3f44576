/**
 * Runs engine, stores, notifiers, monitor, budgets and operators on one seeded scheduler, with faults at every await,
 * and holds them to the contract's rules after each step.
 *   npm run simulate:faults                      ten minutes of seeds; the first that breaks a rule ends it
 *   npm run simulate:faults -- --minutes 1       shorter; --from 5000: begins at that seed
 * Minutes are of the process' own time: a busy machine searches no fewer seeds.
 *   npm run simulate:faults -- --seed 17         replays one seed, and makes its trace as small as it gets
 *   npm run simulate:faults -- --trace FILE      replays a trace that was printed
 *   npm run simulate:faults -- --planted         the planted bugs, a minute each; --bug NAME: only this one
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadLibrary, type Library } from '../test/faults/library.ts';
import { plantedBugs } from '../test/faults/planted-bugs.ts';
import { play, shrink, traceOf, type Failure } from '../test/faults/run.ts';
import type { Trace } from '../test/faults/steps.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'string' },
    planted: { type: 'boolean', default: false },
    bug: { type: 'string' },
  },
});

interface Found {
  seed: number;
  runs: number;
  seconds: number;
  trace: Trace;
  failure: Failure;
}

/** What this process has computed so far, in seconds. */
function spentSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The first seed from `from` on that breaks a rule, within so many minutes of the process' time. */
async function search(
  library: Library,
  from: number,
  minutes: number,
): Promise<Found | { runs: number; steps: number }> {
  const startedAt = spentSeconds();
  let [runs, steps] = [0, 0];
  for (let seed = from; spentSeconds() - startedAt < minutes * 60; seed++) {
    const trace = traceOf(library, seed);
    const failure = await play(library, trace);
    runs++;
    steps += trace.steps.length;
    if (failure) return { seed, runs, seconds: spentSeconds() - startedAt, trace, failure };
  }
  return { runs, steps };
}

function print({ trace, failure }: { trace: Trace; failure: Failure }): void {
  console.log(`BROKEN ${failure.message}\n${JSON.stringify(trace.setup)}`);
  for (const step of trace.steps) console.log(`  ${JSON.stringify(step)}`);
  console.log(`${trace.steps.length} steps; to replay them: --trace with a file that holds\n${JSON.stringify(trace)}`);
}

async function replay(library: Library, trace: Trace): Promise<void> {
  const failure = await play(library, trace);
  if (!failure) return console.log('no rule is broken');
  console.log(`after ${failure.steps.length} steps: ${failure.message}`);
  print(await shrink(library, trace, failure));
  process.exitCode = 1;
}

/** With what is no number nothing would be searched, and nothing found. */
function numberOf(name: 'minutes' | 'from' | 'seed'): number {
  const number = Number(values[name]);
  if (!(number > 0)) throw new Error(`--${name}: expected a number above 0`);
  return number;
}

const minutes = numberOf('minutes');
const from = numberOf('from');
const stray = (error: unknown) => {
  console.log('BROKEN nothing rejects unhandled', error);
  process.exitCode = 1;
};
process.on('unhandledRejection', stray);

if (values.planted || (values.bug !== undefined && values.seed === undefined && values.trace === undefined)) {
  const bugs = plantedBugs.filter(({ name }) => values.bug === undefined || name === values.bug);
  if (bugs.length === 0) throw new Error(`--bug: one of ${plantedBugs.map(({ name }) => name).join(', ')}`);
  for (const { name, patches } of bugs) {
    const library = await loadLibrary(patches);
    const found = await search(library, from, Math.min(1, minutes));
    if ('seed' in found) {
      const { failure } = await shrink(library, found.trace, found.failure);
      const cost = `${found.seconds.toFixed(1)} s, seed ${found.seed}, ${failure.steps.length} steps`;
      console.log(`found   ${name.padEnd(34)} ${cost}: ${failure.message.split('\n')[0]}`);
    } else {
      console.log(`MISSED  ${name.padEnd(34)} in ${found.runs} runs`);
      process.exitCode = 1;
    }
  }
} else {
  const bug = plantedBugs.find(({ name }) => name === values.bug);
  const library = await loadLibrary(bug?.patches);
  if (values.trace !== undefined) await replay(library, JSON.parse(readFileSync(values.trace, 'utf8')) as Trace);
  else if (values.seed !== undefined) await replay(library, traceOf(library, numberOf('seed')));
  else {
    const found = await search(library, from, minutes);
    if ('seed' in found) {
      console.log(`seed ${found.seed}, run ${found.runs}:`);
      print(await shrink(library, found.trace, found.failure));
      process.exitCode = 1;
    } else {
      const seeds = `seeds ${from} to ${from + found.runs - 1}`;
      console.log(`${found.runs} runs (${seeds}), ${found.steps} steps: no rule was broken`);
    }
  }
}
