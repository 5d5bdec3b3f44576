import { parseArgs } from 'node:util';
import { createMemoryStore } from 'tierfall';
import {
  meanOfSimulations,
  renderSimulations,
  simulate,
  type SimulationOptions,
  type SimulationResult,
} from 'tierfall/testing';
import { defaultBars, faults, fleetBars, judge, triedFigures, triedLadders, type Bar } from './simulation-bars.ts';
import { measureKeyPools, renderKeyPools } from './key-pools.ts';
import { drawOutages } from './outage-pictures.ts';
import { measureTotalOutages, renderTotalOutages } from './total-outage.ts';

// Runs the faults for an hour of virtual time each, and holds what comes of tierfall's defaults to its bars.
//   npm run simulate                        the defaults, a fleet that shares its rests, and pools of keys
//   npm run simulate -- --seeds 8           more runs of each fault
//   npm run simulate -- --policy '{"cooldown":{"initialMs":2000}}'    another policy, told beside the bars of the defaults
//   npm run simulate -- --total-outage      only requests per call while every tier fails
//   npm run simulate -- --ladders --seeds 12   only the ladders of a sick tier that were tried, side by side
//   npm run simulate -- --svg               only the pictures of docs/policy.md

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    policy: { type: 'string' },
    'total-outage': { type: 'boolean', default: false },
    ladders: { type: 'boolean', default: false },
    svg: { type: 'boolean', default: false },
  },
});
const seeds = Number(values.seeds);
if (!Number.isInteger(seeds) || seeds < 1) throw new Error('--seeds: expected a whole number, 1 or more');
// What it is, `createFailover` checks.
const policy: SimulationOptions['policy'] = values.policy === undefined ? undefined : JSON.parse(values.policy);

/** How soon eight workers meet a fault, and how many at once, is chance for the most part: more runs tell the mean. */
const runsOf = (fault: string) => seeds * (fault === 'hard-down' ? 8 : fault === 'revoked key' ? 4 : 1);

async function measure(
  options: Omit<SimulationOptions, 'fault'>,
  isWanted: (fault: string) => boolean = () => true,
): Promise<SimulationResult[]> {
  const results: SimulationResult[] = [];
  for (const fault of faults.filter(({ name }) => isWanted(name))) {
    const runs: SimulationResult[] = [];
    for (let seed = 1; seed <= runsOf(fault.name); seed++) runs.push(await simulate({ ...options, fault, seed }));
    results.push(meanOfSimulations(runs));
  }
  return results;
}

function report(title: string, results: readonly SimulationResult[], bars: readonly Bar[]): boolean {
  const judged = judge(results, bars);
  console.log(`${title}\n\n${renderSimulations(results)}\n`);
  const line = ({ bar, value, oracle, ok }: (typeof judged)[number]) => {
    const { digits = 0 } = bar;
    const held = `${bar.holds} ${bar.bar}`;
    const before = bar.before === undefined ? '' : `before: ${bar.before}`;
    const goal = bar.goal === undefined ? '' : `  goal ${bar.goal}`;
    return [
      ok ? 'ok  ' : 'MISS',
      (bar.fault === 'all' ? 'every fault' : bar.fault).padEnd(13),
      bar.figure.padEnd(44),
      value.toFixed(digits).padStart(8),
      held.padStart(15),
      before.padStart(13),
      `oracle ${oracle.toFixed(digits)}`.padStart(15),
      `off by ${Math.abs(value - oracle).toFixed(digits)}${goal}`,
    ].join('  ');
  };
  console.log(`${judged.map(line).join('\n')}\n`);
  return judged.every(({ ok }) => ok);
}

async function compareLadders(): Promise<void> {
  const print = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);
  print(['first rest, growth, longest', ...triedFigures.map(({ head }) => head)]);
  for (const ladder of triedLadders) {
    const cooldown = { overloaded: ladder, server_error: ladder };
    const isWanted = (fault: string) => triedFigures.some((figure) => figure.fault === fault);
    const results = await measure({ policy: { cooldown } }, isWanted);
    const { initialMs, factor, maxMs } = ladder;
    const name = `${initialMs / 1000} s, x ${factor}, to ${maxMs / 1000} s`;
    print([name, ...triedFigures.map(({ fault, of }) => of(results.find((result) => result.fault === fault)!))]);
  }
}

const startedAt = performance.now();
let ok = true;
const isWhole = !values['total-outage'] && !values.ladders && !values.svg;
if (values.ladders) await compareLadders();
if (values.svg) for (const path of await drawOutages()) console.log(path);
if (isWhole) {
  console.log(
    '8 workers, 20 calls/s, first tier 0.8 s, second tier 1 s; one hour each, the fault from minute 10;\n' +
      `means over ${seeds} runs a fault (hard-down: ${runsOf('hard-down')}, revoked key: ${runsOf('revoked key')}), ` +
      'each with lengths of its own\n',
  );
  const alone = await measure(policy ? { policy } : {});
  const title = policy
    ? `With the policy ${JSON.stringify(policy)}`
    : 'Every default, workers that know nothing of each other';
  ok = report(title, alone, defaultBars);
  const fleet = await measure({
    ...(policy ? { policy } : {}),
    share: 'rests',
    store: (clock) => createMemoryStore({ now: () => clock.now() }),
  });
  ok = report("A fleet: share: 'rests'", fleet, fleetBars) && ok;
}
if (isWhole && !policy) {
  const pools = await measureKeyPools();
  console.log('Four keys of one model, 120 calls a minute each; 12 calls/s, 8 of them allowed; half an hour\n');
  console.log(`${renderKeyPools(pools)}\n`);
  ok &&= pools.every((pool) => pool.ok);
}
if (!policy && !values.ladders && !values.svg) {
  const outages = await measureTotalOutages();
  console.log('Every tier fails, onExhausted: wrap; one instance, at least five minutes and 300 calls\n');
  console.log(`${renderTotalOutages(outages)}\n`);
  ok &&= outages.every((outage) => outage.ok);
}
console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
if (!ok) process.exitCode = 1;
