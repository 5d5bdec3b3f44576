import { describe, expect, test } from 'vitest';
import {
  brownout,
  createSeededRandom,
  down,
  flapping,
  meanOfSimulations,
  renderSimulations,
  revokedKey,
  simulate,
  storm,
  type SimulatedAttempt,
} from '../../src/testing/index.js';

const minute = 60_000;
/** Half an hour is enough to see what the simulator counts. */
const short = { durationMs: 30 * minute, seed: 7 };

describe('the outage simulator', () => {
  test('the same seed gives the same run, another one another', async () => {
    const fault = down({ startMs: minute, lastsMs: 2 * minute });
    const run = (seed: number) => simulate({ fault, durationMs: 5 * minute, seed });
    const [one, again, other] = [await run(1), await run(1), await run(2)];
    expect(again).toEqual(one);
    expect(other.calls).not.toBe(one.calls);
  });

  test('without a fault every call is answered by the first tier at its first attempt', async () => {
    const fault = down({ startMs: 60 * minute });
    const result = await simulate({ ...short, fault });
    expect(result).toMatchObject({ failedCalls: 0, failedAttempts: 0, attemptsPerCall: 1, goodTimeUsed: 1 });
    expect(result.load).toEqual([result.calls, 0]);
    expect(result.latencyMs).toBeCloseTo(800, 3);
    // 20 calls a second at random moments: within 4 standard deviations.
    expect(Math.abs(result.calls - 36_000)).toBeLessThan(4 * Math.sqrt(36_000));
  });

  test('counts a failed attempt for every call that met the outage, and no more', async () => {
    const fault = down({ startMs: minute, lastsMs: 10 * minute });
    const policy = { cooldown: { initialMs: 24 * 60 * minute, maxMs: 24 * 60 * minute } };
    const result = await simulate({ ...short, fault, policy, callsPerSecond: 2 });
    // Eight workers step down once, and stay down for the rest of the run.
    expect(result.failedAttempts).toBe(8);
    expect(result.load[0]! + result.load[1]!).toBe(result.calls + 8);
    expect(result).toMatchObject({ failedCalls: 0, backMs: null });
  });

  test('ends although calls wait for ever, which count as failed', async () => {
    const fault = down({ startMs: minute });
    const policy = { onExhausted: 'wait', attemptTimeoutMs: 100 } as const;
    const result = await simulate({ fault, policy, durationMs: 20_000, callsPerSecond: 1 });
    expect(result.calls).toBeGreaterThan(5);
    expect(result.failedCalls).toBe(result.calls);
  });

  test('rejects with what onAttempt throws', async () => {
    const mine = new Error('mine');
    const onAttempt = () => {
      throw mine;
    };
    const fault = down({ startMs: 1000, lastsMs: 5000 });
    await expect(simulate({ fault, durationMs: 20_000, onAttempt })).rejects.toBe(mine);
  });

  test('tells every attempt in the order in which they end', async () => {
    const attempts: SimulatedAttempt[] = [];
    const fault = storm({ startMs: minute, lastsMs: 2 * minute, retryAfterMs: 20_000 });
    const onAttempt = (attempt: SimulatedAttempt) => void attempts.push(attempt);
    const result = await simulate({ ...short, durationMs: 5 * minute, fault, workers: 3, onAttempt });
    expect(attempts.length).toBe(result.load[0]! + result.load[1]!);
    expect(attempts.filter(({ tier, ok }) => tier === 0 && !ok).length).toBe(result.failedAttempts);
    expect(attempts.map(({ atMs }) => atMs)).toEqual(attempts.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
    for (const { worker, ok, durationMs, retryAfterMs, tier } of attempts) {
      expect([0, 1, 2]).toContain(worker);
      expect(durationMs).toBeCloseTo(ok ? [800, 1000][tier]! : 30, 3);
      expect(retryAfterMs).toBe(ok ? undefined : 20_000);
    }
  });

  test('sees a policy that loses calls', async () => {
    const fault = down({ startMs: minute, lastsMs: 10 * minute });
    const result = await simulate({ ...short, fault, policy: { triggers: ['auth'] } });
    expect(result.failedCalls).toBe(result.failedAttempts);
    expect(result.successRate).toBeLessThan(0.8);
    expect(result.stepDownMs).toBeNull();
  });

  test('a storm answers what it allows and no more, and names its wait', async () => {
    const fault = storm({ startMs: 0, lastsMs: 30 * minute, allowedPerSecond: 2, burst: 1 });
    const result = await simulate({ ...short, fault, policy: { maxRetryAfterMs: 1000 } });
    expect(result.primaryAnswers).toBeGreaterThan(100);
    expect(result.primaryAnswers).toBeLessThanOrEqual(2 * 30 * 60 + 1);
    expect(result.answerable).toBe(3600);
    // A policy that believes only a second of the minute that was named breaks the wait, and it is seen.
    expect(result.violatedWaits).toBeGreaterThan(0);
  });

  test('each fault does what its name says, while it lasts', () => {
    const random = createSeededRandom(3);
    const meet = (fault: ReturnType<typeof down>) => {
      const run = fault.begin(random);
      const met = Array.from({ length: 4000 }, (_, index) => {
        const atMs = run.startMs + (index / 4000) * (run.endMs - run.startMs);
        return { ...run.meet(atMs, 800), isGood: run.isGood(atMs) };
      });
      const failing = met.filter(({ makeError }) => makeError);
      return { run, met, share: failing.length / met.length };
    };
    expect(meet(down()).share).toBe(1);
    expect(meet(revokedKey()).run).toMatchObject({ startMs: 10 * minute, endMs: 60 * minute });
    const brown = meet(brownout());
    expect(brown.share).toBeCloseTo(0.3, 1);
    expect(new Set(brown.met.map(({ latencyMs }) => latencyMs))).toEqual(new Set([3200]));
    const flaps = meet(flapping());
    expect(flaps.share).toBeGreaterThan(0.35);
    expect(flaps.share).toBeLessThan(0.65);
    expect(flaps.met.every(({ makeError, isGood }) => isGood === !makeError)).toBe(true);
    for (let draw = 0; draw < 100; draw++) {
      const { startMs, endMs } = down().begin(random);
      expect(endMs - startMs).toBeGreaterThanOrEqual(601_000);
      expect(endMs - startMs).toBeLessThanOrEqual(661_000);
    }
  });

  test('means and the table', async () => {
    const fault = down({ startMs: minute, lastsMs: 2 * minute });
    const runs = [1, 2].map((seed) => simulate({ fault, durationMs: 5 * minute, seed }));
    const results = await Promise.all(runs);
    const mean = meanOfSimulations(results);
    expect(mean.calls).toBe((results[0]!.calls + results[1]!.calls) / 2);
    const [head, line] = renderSimulations([mean]).split('\n');
    expect(head).toMatch(/^fault +answered +attempts\/call/);
    expect(line).toMatch(/^hard-down +100\.0 % +1\.0/);
    expect(() => meanOfSimulations([])).toThrow(/at least one result/);
  });

  test('numbers that make no sense are named', async () => {
    const fault = down();
    await expect(simulate({ fault, workers: 0 })).rejects.toThrow(/workers: expected a finite number above 0/);
    await expect(simulate({ fault, callsPerSecond: Number.NaN })).rejects.toThrow(/callsPerSecond/);
    await expect(simulate({ fault, durationMs: -1 })).rejects.toThrow(/durationMs/);
    await expect(simulate({ fault, workers: 2.5 })).rejects.toThrow(/workers: .*whole/);
    await expect(simulate({ fault, primaryMs: -1, secondaryMs: Number.NaN, seed: 1.5 })).rejects.toThrow(
      /primaryMs: .*secondaryMs: .*seed: expected a whole number/,
    );
    const misspelt = { fault, callPerSecond: 1 };
    await expect(simulate(misspelt)).rejects.toThrow(/callPerSecond: unknown option; known: fault, policy, workers/);
  });

  test.each<[name: string, wrong: () => unknown, told: RegExp]>([
    ['a time that is none', () => down({ startMs: Number.NaN }), /startMs: expected a finite number of milliseconds/],
    ['a negative time', () => revokedKey({ lastsMs: -1 }), /lastsMs: /],
    ['a range the wrong way round', () => down({ lastsMs: [5, 1] }), /lastsMs: .*\[from, to\]/],
    ['turns that take no time', () => flapping({ downMs: 0, upMs: [0, 0] }), /downMs: .*1 or more.*upMs: /],
    ['a storm that takes no call', () => storm({ allowedPerSecond: 0, burst: 0.5 }), /allowedPerSecond: .*burst: /],
    ['a wait that is negative', () => storm({ retryAfterMs: -1, failsAfterMs: -1 }), /retryAfterMs: .*failsAfterMs: /],
    ['a share above all', () => brownout({ errorRate: 2, slowness: 0 }), /errorRate: .*0 to 1.*slowness: /],
    ['an error in the place of its maker', () => down({ error: new Error('x') as never }), /error: .*overloaded\(\)/],
    ['a misspelt option', () => down({ startsMs: 1 } as object), /startsMs: unknown option; known: startMs, lastsMs/],
    ['no options', () => down(null as never), /options: expected an object/],
  ])('a fault refuses %s by name', (_name, wrong, told) => {
    expect(wrong).toThrow(told);
  });

  test('a storm that takes less than a call a second lets one through now and then', async () => {
    const fault = storm({ startMs: 0, lastsMs: 10 * minute, allowedPerSecond: 0.1, retryAfterMs: 1000 });
    const result = await simulate({ fault, durationMs: 10 * minute, callsPerSecond: 2, seed: 7 });
    expect(result.answerable).toBe(60);
    expect(result.primaryAnswers).toBeGreaterThan(10);
    expect(result.primaryAnswers).toBeLessThanOrEqual(61);
  });
});
