import { parseArgs } from 'node:util';
import { createMemoryStore } from 'tierfall';
import {
  meanOfSimulations,
  renderSimulations,
  simulate,
  standardFaults,
  type SimulationOptions,
  type SimulationResult,
} from 'tierfall/testing';
import { defaultBars, fleetBars, judge, type Bar } from './simulation-bars.ts';

// Runs the standard faults for an hour of virtual time each, and holds what comes of tierfall's defaults to its bars.
//   npm run simulate                        the defaults, then a fleet that shares its rests
//   npm run simulate -- --seeds 8           more runs of each fault
//   npm run simulate -- --policy '{"cooldown":{"initialMs":2000}}'    another policy, told beside the bars of the defaults

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '3' }, policy: { type: 'string' } } });
const seeds = Number(values.seeds);
if (!Number.isInteger(seeds) || seeds < 1) throw new Error('--seeds: expected a whole number, 1 or more');
// What it is, `createFailover` checks.
const policy: SimulationOptions['policy'] = values.policy === undefined ? undefined : JSON.parse(values.policy);

/** How soon eight workers meet a fault, and how many at once, is chance for the most part: more runs tell the mean. */
const runsOf = (fault: string) => (fault === 'hard-down' || fault === 'revoked key' ? seeds * 4 : seeds);

async function measure(options: Omit<SimulationOptions, 'fault'>): Promise<SimulationResult[]> {
  const results: SimulationResult[] = [];
  for (const fault of standardFaults) {
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
    return [
      ok ? 'ok  ' : 'MISS',
      (bar.fault === 'all' ? 'every fault' : bar.fault).padEnd(12),
      bar.figure.padEnd(44),
      value.toFixed(digits).padStart(8),
      held.padStart(15),
      `oracle ${oracle.toFixed(digits)}`.padStart(15),
      `off by ${Math.abs(value - oracle).toFixed(digits)}`,
    ].join('  ');
  };
  console.log(`${judged.map(line).join('\n')}\n`);
  return judged.every(({ ok }) => ok);
}

const startedAt = performance.now();
console.log(
  '8 workers, 20 calls/s, first tier 0.8 s, second tier 1 s; one hour each, the fault from minute 10;\n' +
    `means over ${seeds} runs a fault (hard-down and revoked key: ${runsOf('hard-down')}), each with lengths of its own\n`,
);
const alone = await measure(policy ? { policy } : {});
const aloneOk = report(
  policy ? `With the policy ${JSON.stringify(policy)}` : 'Every default, workers that know nothing of each other',
  alone,
  defaultBars,
);
const fleet = await measure({
  policy: { ...policy, recovery: 'probe' },
  share: 'rests',
  store: (clock) => createMemoryStore({ now: () => clock.now() }),
});
const fleetOk = report("A fleet: share: 'rests', recovery: 'probe'", fleet, fleetBars);
console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
if (!aloneOk || !fleetOk) process.exitCode = 1;
