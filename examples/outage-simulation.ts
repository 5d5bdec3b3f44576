import { down, renderSimulations, simulate, storm } from 'tierfall/testing';

// Your own traffic in an outage of your own: compares two policies.
const traffic = { workers: 4, callsPerSecond: 8, primaryMs: 1200, secondaryMs: 1500, durationMs: 30 * 60_000 };
const faults = [
  down({ startMs: 5 * 60_000, lastsMs: 8 * 60_000 }),
  storm({ startMs: 5 * 60_000, lastsMs: 15 * 60_000, allowedPerSecond: 2, retryAfterMs: 30_000 }),
];
const policies = {
  'the defaults': {},
  'look again every second': { cooldown: { initialMs: 1000, factor: 1, maxMs: 1000 } },
};

for (const [name, policy] of Object.entries(policies)) {
  const results = [];
  for (const fault of faults) results.push(await simulate({ ...traffic, fault, policy }));
  console.log(`${name}\n${renderSimulations(results)}\n`);
}
