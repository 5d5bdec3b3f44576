import { brownout, standardFaults, type Fault, type SimulationResult } from 'tierfall/testing';

/** A third of the calls fail, and all take four times as long, for half an hour. */
const longBrownout: Fault = { ...brownout({ lastsMs: [1_770_000, 1_830_000] }), name: 'long brownout' };

/** What the bars are held to: the standard faults, and a brownout of half an hour. */
export const faults: readonly Fault[] = [...standardFaults, longBrownout];

/** What a default has to reach, and how near it comes to an oracle that knows the fault. */
export interface Bar {
  /** Name of the fault; `all`: the worst of all faults counts. */
  fault: string;
  figure: string;
  of: (result: SimulationResult) => number;
  /** Which side of `bar` is good. */
  holds: 'at most' | 'at least';
  bar: number;
  /** The bar before the defaults of this version, where it was another one. */
  before?: number;
  /** What would be better still. It is printed and not held: `docs/policy.md` says what it would cost. */
  goal?: number;
  /** What one who knows the fault gets. */
  oracle: (result: SimulationResult) => number;
  digits?: number;
}

/** A time nobody came back from is as bad as it gets. */
const seconds = (ms: number | null) => (ms === null ? Number.POSITIVE_INFINITY : ms / 1000);
const zero = () => 0;

/** A worker's next call comes after 0.4 s in the mean, and the first tier takes 0.8 s to answer it. */
const ORACLE_BACK_S = 1.2;

const failed = (fault: string, bar: number, before?: number): Bar => ({
  fault,
  figure: 'failed attempts',
  of: (result) => result.failedAttempts,
  holds: 'at most',
  bar,
  ...(before === undefined ? {} : { before }),
  oracle: zero,
});

const goodTime = (bar: number, more: Pick<Bar, 'before' | 'goal'> = {}): Bar => ({
  fault: 'flapping',
  figure: 'good time used, %',
  of: (result) => result.goodTimeUsed * 100,
  holds: 'at least',
  bar,
  ...more,
  oracle: () => 100,
  digits: 2,
});

/** The second tier answers in a second, which is what one who knows the fault waits. */
const callInBrownout: Bar = {
  fault: 'long brownout',
  figure: 'mean call in it, ms',
  of: (result) => result.faultLatencyMs,
  holds: 'at most',
  bar: 1250,
  oracle: () => 1000,
};

/** Of every fault: nothing lost while a healthy tier exists, no wait violated. */
const always: Bar[] = [
  {
    fault: 'all',
    figure: 'logical calls that failed',
    of: (result) => result.failedCalls,
    holds: 'at most',
    bar: 0,
    oracle: zero,
  },
  {
    fault: 'all',
    figure: 'waits violated',
    of: (result) => result.violatedWaits,
    holds: 'at most',
    bar: 0,
    oracle: zero,
  },
];

const worst = (bar: number, before?: number): Bar => ({
  fault: 'all',
  figure: 'attempts per call, worst',
  of: (result) => result.attemptsPerCall,
  holds: 'at most',
  bar,
  ...(before === undefined ? {} : { before }),
  oracle: () => 1,
  digits: 4,
});

const knocks = (bar: number): Bar => ({
  fault: 'hard-down',
  figure: 'failed attempts x seconds to return',
  of: (result) => result.failedAttempts * seconds(result.backMs),
  holds: 'at most',
  bar,
  oracle: zero,
});

const answers = (bar: number, before?: number): Bar => ({
  fault: 'storm',
  figure: 'answers of the first tier',
  of: (result) => result.primaryAnswers,
  holds: 'at least',
  bar,
  ...(before === undefined ? {} : { before }),
  oracle: (result) => result.answerable,
});

/** Workers that know nothing of each other, with every default. */
export const defaultBars: readonly Bar[] = [
  ...always,
  {
    fault: 'hard-down',
    figure: 'seconds until the last worker stepped down',
    of: (result) => seconds(result.stepDownMs),
    holds: 'at most',
    bar: 1.3,
    oracle: zero,
    digits: 2,
  },
  knocks(4000),
  answers(2000, 1250),
  // Shorter rests use more of the good time and fail more often: `--ladders` shows it.
  goodTime(95.3, { before: 94, goal: 95.5 }),
  failed('flapping', 1065, 1500),
  failed('brownout', 600),
  {
    fault: 'brownout',
    figure: 'seconds to return',
    of: (result) => seconds(result.backMs),
    holds: 'at most',
    bar: 60,
    oracle: () => ORACLE_BACK_S,
    digits: 1,
  },
  failed('long brownout', 600),
  callInBrownout,
  failed('revoked key', 9.5, 11),
  worst(1.016),
];

/** Workers that share what they learn: `share: 'rests'`, `recovery: 'probe'`. */
export const fleetBars: readonly Bar[] = [
  ...always,
  {
    fault: 'all',
    figure: 'waits violated by anyone',
    of: (result) => result.violatedByAnyone,
    holds: 'at most',
    bar: 0,
    oracle: zero,
  },
  knocks(600),
  answers(600),
  goodTime(96.5),
  failed('flapping', 390),
  failed('long brownout', 390),
  callInBrownout,
  failed('revoked key', 2),
  worst(1.0055, 1.008),
];

/** A ladder of the kinds of a sick tier that was tried, to see what each figure costs. */
export const triedLadders = [
  { initialMs: 7400, factor: 1.002, maxMs: 15_000 },
  { initialMs: 6500, factor: 1.05, maxMs: 15_000 },
  { initialMs: 7000, factor: 1.002, maxMs: 15_000 },
  { initialMs: 6000, factor: 1.002, maxMs: 15_000 },
  { initialMs: 6000, factor: 1.05, maxMs: 30_000 },
  { initialMs: 9000, factor: 1.002, maxMs: 15_000 },
  { initialMs: 5000, factor: 1, maxMs: 5000 },
  { initialMs: 1000, factor: 1, maxMs: 1000 },
  { initialMs: 5000, factor: 1.5, maxMs: 60_000 },
  { initialMs: 5000, factor: 2, maxMs: 600_000 },
] as const;

/** Columns of the comparison of those ladders. */
export const triedFigures: readonly { fault: string; head: string; of: (result: SimulationResult) => string }[] = [
  {
    fault: 'hard-down',
    head: 'hard-down: failed x s back',
    of: ({ failedAttempts, backMs }) =>
      `${failedAttempts.toFixed(0)} x ${seconds(backMs).toFixed(1)} = ${(failedAttempts * seconds(backMs)).toFixed(0)}`,
  },
  { fault: 'flapping', head: 'flapping: good time', of: ({ goodTimeUsed }) => `${(goodTimeUsed * 100).toFixed(1)} %` },
  { fault: 'flapping', head: 'failed', of: ({ failedAttempts }) => failedAttempts.toFixed(0) },
  { fault: 'flapping', head: 'attempts/call', of: ({ attemptsPerCall }) => attemptsPerCall.toFixed(4) },
  { fault: 'long brownout', head: 'long brownout: failed', of: ({ failedAttempts }) => failedAttempts.toFixed(0) },
  {
    fault: 'long brownout',
    head: 'mean call',
    of: ({ faultLatencyMs }) => `${faultLatencyMs.toFixed(0)} ms`,
  },
];

export interface Judged {
  bar: Bar;
  value: number;
  oracle: number;
  ok: boolean;
}

/** Holds results, one per fault, to the bars. @throws {Error} a fault has no result */
export function judge(results: readonly SimulationResult[], bars: readonly Bar[]): Judged[] {
  return bars.map((bar) => {
    const measured = bar.fault === 'all' ? results : results.filter((result) => result.fault === bar.fault);
    const better = (one: SimulationResult, other: SimulationResult) =>
      (bar.of(one) - bar.of(other)) * (bar.holds === 'at most' ? 1 : -1);
    const result = measured.toSorted(better).at(-1);
    if (!result) throw new Error(`no result for ${bar.fault}`);
    const value = bar.of(result);
    const ok = bar.holds === 'at most' ? value <= bar.bar : value >= bar.bar;
    return { bar, value, oracle: bar.oracle(result), ok };
  });
}
