/**
 * How well the default rules of the health monitor tell an outage from noise, and how long a return takes. Prints a table;
 * exits with 1 where a bar is missed. The figures are in `docs/health.md`.
 */
import { attempts, providerTraffic } from './health/provider-traffic.ts';
import { returnOf } from './health/returns.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const rates = [
  { name: '10 a second', everyMs: 100 },
  { name: '1 a second', everyMs: SECOND },
  { name: '1 a minute', everyMs: MINUTE },
];
const bars = {
  falsePauses: [0, 0, 1],
  outage: [20 * SECOND, 90 * SECOND, 10 * MINUTE],
  partial: [3.5 * MINUTE, 3.5 * MINUTE, 25 * MINUTE],
};
const BACKGROUND = 0.02;
const isQuick = process.argv.includes('--quick');
const trials = isQuick ? 5 : 41;
const days = isQuick ? 2 : 30;
let isMissed = false;

const row = (what: string, found: string, bar: string, isMet: boolean) => {
  isMissed ||= !isMet;
  console.log(`${isMet ? 'ok  ' : 'MISS'} ${what.padEnd(62)} ${found.padStart(10)}   bar ${bar}`);
};

for (const [index, { name, everyMs }] of rates.entries()) {
  const traffic = providerTraffic({ everyMs, seed: 1 });
  // Two blips a day, at times that differ from day to day.
  const isBlip = (at: number) => {
    const day = Math.floor(at / DAY);
    return [0.23, 0.71].some((part) => {
      const begins = day * DAY + ((part + day * 0.137) % 1) * DAY;
      return at >= begins && at < begins + MINUTE;
    });
  };
  const pauses = await traffic.run(days * DAY, (at) => (isBlip(at) ? 0.6 : BACKGROUND), 'go on');
  row(
    `false pauses in ${days} days, ${name}`,
    String(pauses.length),
    `<= ${bars.falsePauses[index]}`,
    pauses.length <= bars.falsePauses[index]!,
  );
}

for (const [what, share, limits] of [
  ['90 %', 0.9, bars.outage],
  ['40 %', 0.4, bars.partial],
] as const) {
  for (const [index, { name, everyMs }] of rates.entries()) {
    const times: number[] = [];
    for (let seed = 1; seed <= trials; seed++) {
      const traffic = providerTraffic({ everyMs, seed });
      // The outage begins somewhere between two evaluations.
      const begins = HOUR + ((seed * 7919) % 60) * SECOND;
      const [pausedAt] = await traffic.run(begins + 2 * HOUR, (at) => (at < begins ? BACKGROUND : share), 'stop');
      times.push(pausedAt === undefined ? Number.POSITIVE_INFINITY : pausedAt - begins);
    }
    const median = times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)]!;
    row(
      `a ${what} outage is paused after (median), ${name}`,
      minutes(median),
      `<= ${minutes(limits[index]!)}`,
      median <= limits[index]!,
    );
  }
}

const alone = await returnOf({ tiers: 1, instances: 1, outageMs: HOUR });
row(
  'outage of 1 h, no other tier: back after',
  minutes(alone.backAfterMs),
  '<= 20 min',
  alone.backAfterMs <= 20 * MINUTE,
);
row('outage of 1 h, no other tier: calls lost to early returns', String(alone.lost), '<= 3', alone.lost <= 3);
const fleet = await returnOf({ tiers: 2, instances: 200, outageMs: HOUR });
row(
  'outage of 1 h, 200 instances, another tier: back after',
  minutes(fleet.backAfterMs),
  '<= 16 min',
  fleet.backAfterMs <= 16 * MINUTE,
);
row(
  'outage of 1 h, 200 instances, another tier: calls lost',
  String(fleet.failedCalls),
  '<= 3',
  fleet.failedCalls <= 3,
);
const two = await returnOf({ tiers: 2, instances: 1, outageMs: 20 * MINUTE });
row(
  'outage of 20 min, two tiers: the primary answers after',
  minutes(two.backAfterMs),
  '<= 1 min',
  two.backAfterMs <= MINUTE,
);
console.log(`\n${attempts()} attempts at providers`);
process.exitCode = isMissed ? 1 : 0;

function minutes(ms: number): string {
  return ms >= 2 * MINUTE ? `${(ms / MINUTE).toFixed(1)} min` : `${(ms / SECOND).toFixed(0)} s`;
}
