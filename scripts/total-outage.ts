import { createFailover } from 'tierfall';
import { auth, createManualClock, createSeededRandom, overloaded, type MakeError } from 'tierfall/testing';

// What a total outage costs under `onExhausted: 'wrap'`: requests per call, for one instance that calls at a steady rate.

/** One row: which chain fails, and with what. */
export interface TotalOutage {
  name: string;
  chain: readonly string[];
  error: MakeError;
  /** The most requests per call, by calls per second. Absent: no bar. */
  bars: Readonly<Record<number, number>>;
}

export const ratesPerSecond = [0.1, 1, 10, 100] as const;

const three = ['first/model', 'second/model', 'third/model'] as const;

export const totalOutages: readonly TotalOutage[] = [
  {
    name: 'a chain of three, overloaded',
    chain: three,
    error: overloaded(),
    bars: { 0.1: 3, 1: 2.3, 10: 1.4, 100: 1.3 },
  },
  { name: 'a chain of three, keys revoked', chain: three, error: auth(), bars: { 1: 1.1, 10: 1.1, 100: 1.1 } },
  {
    name: 'a chain of one, overloaded',
    chain: three.slice(0, 1),
    error: overloaded(),
    bars: { 0.1: 1, 1: 1, 10: 1, 100: 1 },
  },
];

/** One round trip. */
const FAILS_AFTER_MS = 30;
const MIN_LASTS_MS = 5 * 60_000;
const MIN_CALLS = 300;

/** Requests per call while every tier fails: at least five minutes and 300 calls. */
export async function requestsPerCall(
  { chain, error }: Pick<TotalOutage, 'chain' | 'error'>,
  callsPerSecond: number,
): Promise<number> {
  const clock = createManualClock();
  const random = createSeededRandom(1);
  const failover = createFailover({ chain: [...chain], clock, random });
  const beganAt = clock.now();
  const lastsMs = Math.max(MIN_LASTS_MS, (MIN_CALLS / callsPerSecond) * 1000);
  let calls = 0;
  let requests = 0;
  const call = () => {
    calls++;
    const attempt = () => {
      requests++;
      return new Promise((_resolve, reject) => void clock.setTimeout(() => reject(error()), FAILS_AFTER_MS));
    };
    failover.run(attempt).catch(() => undefined);
    // Independent calls arrive after exponentially distributed gaps.
    const gapMs = (-Math.log(1 - random()) * 1000) / callsPerSecond;
    if (clock.now() - beganAt + gapMs < lastsMs) clock.setTimeout(call, gapMs);
  };
  call();
  await clock.advance(lastsMs);
  while (clock.pending > 0) await clock.advance(clock.delays.at(-1) ?? 0);
  await failover.close();
  return requests / calls;
}

/** A rate and a kind of outage, and whether the bar holds where there is one. */
export interface RequestsPerCall {
  outage: TotalOutage;
  callsPerSecond: number;
  value: number;
  bar: number | undefined;
  ok: boolean;
}

export async function measureTotalOutages(): Promise<RequestsPerCall[]> {
  const results: RequestsPerCall[] = [];
  for (const outage of totalOutages) {
    for (const callsPerSecond of ratesPerSecond) {
      const value = await requestsPerCall(outage, callsPerSecond);
      const bar = outage.bars[callsPerSecond];
      results.push({ outage, callsPerSecond, value, bar, ok: bar === undefined || value <= bar });
    }
  }
  return results;
}

/** A line for each result. */
export function renderTotalOutages(results: readonly RequestsPerCall[]): string {
  return results
    .map(({ outage, callsPerSecond, value, bar, ok }) =>
      [
        bar === undefined ? '    ' : ok ? 'ok  ' : 'MISS',
        outage.name.padEnd(32),
        `${callsPerSecond} calls/s`.padStart(12),
        `${value.toFixed(3)} requests per call`,
        bar === undefined ? '' : `at most ${bar}`.padStart(12),
      ]
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
