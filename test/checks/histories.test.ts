import { describe, expect, it } from 'vitest';
import { createActivityLog, runChecks } from '../../src/checks/index.js';
import { createMemoryStore } from '../../src/index.js';
import { findsFault, generateHistory, historyFaults, historyShapes } from '../../src/testing/index.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('generateHistory', () => {
  it('gives the same history for the same seed, and another one for another', () => {
    expect(generateHistory({ seed: 1, fault: 'cost' })).toEqual(generateHistory({ seed: 1, fault: 'cost' }));
    expect(generateHistory({ seed: 2 }).tasks).not.toEqual(generateHistory({ seed: 3 }).tasks);
  });

  it.each(historyShapes)('draws %s agents whose days differ', (shape) => {
    const { tasks, startAt, endAt } = generateHistory({ seed: 4, shape, days: 28 });
    expect(tasks.length).toBeGreaterThan(50);
    expect(endAt - startAt).toBe(28 * DAY);
    const perDay = new Map<number, number>();
    for (const { at = 0 } of tasks) perDay.set(Math.floor(at / DAY), (perDay.get(Math.floor(at / DAY)) ?? 0) + 1);
    expect(new Set(perDay.values()).size).toBeGreaterThan(3);
  });

  it('refuses wrong options by name', () => {
    expect(() => generateHistory({ seed: 1.5 })).toThrow(/seed: expected a whole number/u);
    expect(() => generateHistory({ seed: 1, days: 3 })).toThrow(/days: expected 14 or more/u);
    expect(() => generateHistory({ seed: 1, shape: 'idle' as never })).toThrow(/shape: expected one of office-hours/u);
    expect(() => generateHistory({ seed: 1, fault: 'fire' as never })).toThrow(/fault: expected one of rejections/u);
    expect(() => generateHistory({ seed: 1, color: 1 } as never)).toThrow(/color: unknown option/u);
  });
});

/** What `npm run checks:evaluate` measures over 1,000 histories, over a few of them. */
describe('the checks, on histories that nobody tuned them to', () => {
  it('find at least nine of ten planted faults in time', { timeout: 120_000 }, async () => {
    const missed: string[] = [];
    let planted = 0;
    for (const fault of historyFaults) {
      for (let seed = 900_001; seed <= 900_004; seed++) {
        planted += 1;
        const history = generateHistory({ seed, fault });
        const found = await alertsOf(history, history.fault!.beginsAt, history.fault!.deadlineAt + HOUR);
        const isFound = found.some(
          ({ check, domain }) =>
            findsFault[fault].includes(check) && (history.fault!.domain === null || history.fault!.domain === domain),
        );
        if (!isFound) missed.push(`${fault} ${seed}`);
      }
    }
    expect(missed.length / planted, missed.join()).toBeLessThanOrEqual(0.1);
  });

  it('give at most two false alerts per 100 healthy agent-days', { timeout: 120_000 }, async () => {
    let days = 0;
    const wrong: string[] = [];
    for (let seed = 910_001; seed <= 910_014; seed++) {
      const history = generateHistory({ seed, days: 35 });
      days += Math.max(0, history.healthyUntil - history.healthyFrom) / DAY;
      for (const { id } of await alertsOf(history, history.startAt + HOUR, history.healthyUntil))
        wrong.push(`${seed} ${id}`);
    }
    expect((100 * wrong.length) / days, wrong.join()).toBeLessThanOrEqual(2);
  });
});

/** Alerts that begin in this time, hour by hour. */
async function alertsOf(history: ReturnType<typeof generateHistory>, from: number, until: number) {
  const log = createActivityLog({ store: createMemoryStore(), clock: { now: () => history.endAt } });
  log.record(history.tasks);
  await log.flush();
  const found = [];
  let active = new Set<string>();
  for (let now = Math.ceil(from / HOUR) * HOUR; now <= until; now += HOUR) {
    const { alerts } = await runChecks(log.source, { now, options: { quiet: history.quiet } });
    found.push(...alerts.filter(({ id }) => !active.has(id)));
    active = new Set(alerts.map(({ id }) => id));
  }
  return found;
}
