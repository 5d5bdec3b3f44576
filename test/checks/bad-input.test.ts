import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import { createActivityLog, runChecks, type ActivityTask } from '../../src/checks/index.js';
import { createMemoryStore } from '../../src/index.js';
import { generateHistory } from '../../src/testing/index.js';
import { logAt } from './places.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const startAt = Date.UTC(2026, 0, 5);

describe('odd records', () => {
  it('an agent without a record, with one, or with none but future ones gives no alert', async () => {
    const log = logAt(startAt);
    expect((await runChecks(log.source, { now: startAt })).alerts).toEqual([]);
    log.record({ instance: 'one', task: 't', outcome: 'rejected', at: startAt });
    log.record(
      Array.from({ length: 50 }, (_, index) => ({
        instance: 'later',
        task: 't',
        outcome: 'failed',
        at: startAt + DAY + index,
      })),
    );
    await log.flush();
    for (const now of [startAt, startAt + HOUR, startAt + 10 * HOUR, startAt - DAY]) {
      expect((await runChecks(log.source, { now })).alerts).toEqual([]);
    }
    expect((await runChecks(log.source, { now: startAt + DAY + HOUR })).alerts.map(({ instance }) => instance)).toEqual(
      ['later'],
    );
  });

  it('future records are kept until their time comes, whatever is asked before', async () => {
    const history = generateHistory({ seed: 3, fault: 'loop', shape: 'round-the-clock' });
    const log = logAt(history.endAt);
    log.record(history.tasks);
    await log.flush();
    const times = [
      history.startAt + 3 * DAY,
      history.fault!.deadlineAt,
      history.startAt + 9 * DAY,
      history.fault!.deadlineAt,
    ];
    for (const now of times) {
      const fresh = createActivityLog({ store: createMemoryStore(), clock: { now: () => history.endAt } });
      fresh.record(history.tasks.filter(({ at = 0 }) => at <= now));
      await fresh.flush();
      expect(await runChecks(log.source, { now })).toEqual(await runChecks(fresh.source, { now }));
    }
  });

  it('absurd figures, long texts and markup do no harm', async () => {
    const log = logAt(startAt + 20 * DAY);
    const tasks: ActivityTask[] = [];
    for (let index = 0; index < 2000; index++) {
      tasks.push({
        instance: 'bot',
        task: `t ${index}`,
        outcome: index % 9 === 0 ? 'rejected' : 'accepted',
        domain: index % 2 === 0 ? '<script>alert(1)</script>' : 'd\u0000\uD800',
        reason: index % 9 === 0 ? `no ${'y'.repeat(index)}` : undefined,
        quality: [Number.NaN, -1, 5, 0.7][index % 4],
        costUsd: [-5, Infinity, 0, 1e-9][index % 4],
        durationMs: Number.NEGATIVE_INFINITY,
        at: startAt + index * 10 * 60_000,
      });
    }
    tasks.push(
      { instance: 'bot', task: 'far', outcome: 'accepted', at: 8.64e15 },
      { instance: 'bot', task: 'old', outcome: 'accepted', at: -8.64e15 },
    );
    log.record(tasks);
    await log.flush();
    const { alerts } = await runChecks(log.source, { now: startAt + 2000 * 10 * 60_000 });
    expect(alerts).toEqual([]);
  });

  it('100,000 domains neither crash nor fill the memory', async () => {
    const log = logAt(startAt + 10 * DAY);
    log.record(
      Array.from({ length: 100_000 }, (_, index) => ({
        instance: 'crawler',
        task: `page ${index}`,
        domain: `site-${index}.example`,
        outcome: index % 10 === 0 ? ('rejected' as const) : ('accepted' as const),
        reason: index % 10 === 0 ? `status ${index % 100}` : undefined,
        at: startAt + index * 8000,
      })),
    );
    await log.flush();
    expect((await runChecks(log.source, { now: startAt + 100_000 * 8000 })).alerts).toEqual([]);
  });

  it('nor do as many reasons', async () => {
    const log = logAt(startAt + 10 * DAY);
    log.record(
      Array.from({ length: 100_000 }, (_, index) => ({
        instance: 'crawler',
        task: `page ${index}`,
        domain: 'site.example',
        outcome: index % 10 === 0 ? ('rejected' as const) : ('accepted' as const),
        reason: index % 10 === 0 ? `status of page ${index}` : undefined,
        at: startAt + index * 8000,
      })),
    );
    await log.flush();
    expect((await runChecks(log.source, { now: startAt + 100_000 * 8000 })).alerts).toEqual([]);
  });

  it('an agent that is forgotten is no silence, and what it does later is a new beginning', async () => {
    const history = generateHistory({ seed: 5, fault: 'silence', shape: 'round-the-clock' });
    const log = logAt(history.endAt);
    const now = history.fault!.deadlineAt;
    log.record(history.tasks);
    await log.flush();
    expect((await runChecks(log.source, { now })).alerts).toMatchObject([{ check: 'dormant-agent' }]);
    await log.forget(history.instance);
    expect((await runChecks(log.source, { now })).alerts).toEqual([]);
    log.record({ instance: history.instance, task: 'late', outcome: 'rejected', at: now - HOUR });
    await log.flush();
    expect(await log.source.readAgent(history.instance, { since: 0, until: now })).toHaveLength(1);
    expect((await runChecks(log.source, { now })).alerts).toEqual([]);
  });

  it('any records at any time give a result, equal to one from nothing', async () => {
    const task = fc.record(
      {
        instance: fc.constantFrom('a', 'b'),
        task: fc.constantFrom('x', 'y', '\u0000'),
        outcome: fc.constantFrom('accepted' as const, 'rejected' as const, 'failed' as const),
        domain: fc.constantFrom('d', 'e'),
        reason: fc.option(fc.string(), { nil: undefined }),
        quality: fc.option(fc.double(), { nil: undefined }),
        costUsd: fc.option(fc.double(), { nil: undefined }),
        resultHash: fc.option(fc.constantFrom('h', 'i'), { nil: undefined }),
        at: fc.integer({ min: startAt, max: startAt + 40 * DAY }),
      },
      { requiredKeys: ['instance', 'task', 'outcome', 'at'] },
    );
    const step = fc.record({
      tasks: fc.array(task, { maxLength: 60 }),
      now: fc.integer({ min: startAt, max: startAt + 41 * DAY }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const store = createMemoryStore();
        const log = createActivityLog({ store, clock: { now: () => startAt + 50 * DAY } });
        for (const { tasks, now } of steps) {
          log.record(tasks);
          await log.flush();
          const fresh = createActivityLog({ store }).source;
          const result = await runChecks(log.source, { now });
          expect(result).toEqual(await runChecks(fresh, { now }));
          expect(result.counts.critical + result.counts.warning + result.counts.info).toBe(result.alerts.length);
          for (const alert of result.alerts) {
            expect(alert.firstSeenAt).toBeLessThanOrEqual(alert.lastSeenAt);
            expect(alert.lastSeenAt).toBeLessThanOrEqual(now);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('options of runChecks', () => {
  it.each<[options: object, message: string]>([
    [{ when: 1 }, 'when: unknown option'],
    [{ now: Number.NaN }, 'now: must be epoch milliseconds'],
    [{ checks: ['stuck'] }, 'checks: must be a list of dormant-agent'],
    [{ options: { 'stuck-loops': {} } }, 'options.stuck-loops: unknown option'],
    [{ options: { 'stuck-loop': { warnAt: 0 } } }, 'options.stuck-loop.warnAt: must be a finite number above 0'],
    [{ options: { 'stuck-loop': { warn: 4 } } }, 'options.stuck-loop.warn: unknown option'],
    [null as unknown as object, 'options: must be an object, e.g. { now, checks, options }'],
    [{ options: null }, 'options: must be an object'],
    [{ options: { 'stuck-loop': 5 } }, 'options.stuck-loop: must be an object of warnAt, criticalAt'],
    [{ options: { quiet: '2026-12-25' } }, 'options.quiet: must be a list'],
    [{ options: { timeZone: 'Mars/Olympus' } }, 'options.timeZone: must be the name of a time zone'],
    [{ options: { timeZone: 1 } }, 'options.timeZone: must be the name of a time zone'],
  ])('%j is refused by name', async (options, message) => {
    await expect(runChecks(logAt(0).source, options)).rejects.toThrow(message);
  });

  it.each<unknown>([
    'Christmas',
    '2026-13-01',
    '2026-12-24/Christmas',
    '2026-12-24/2026-12-23',
    '2026-12-24/2026-12-25/2026-12-26',
    5,
    {},
    { from: 5, until: 4 },
    { days: ['2026-12-25'] },
    { weekdays: [7] },
    { hours: [17, 9] },
    { hours: 5 },
    { hours: null },
    { hours: [9, 12, 17] },
    '2026-02-31',
    '2026-12-24T24',
  ])('%j is no quiet time', async (entry) => {
    const options = { quiet: ['2026-12-25', entry] } as never;
    await expect(runChecks(logAt(0).source, { options })).rejects.toThrow('options.quiet[1]: must be one of');
  });

  it('of more sets than are remembered give the same result when they come again', async () => {
    const history = generateHistory({ seed: 5, fault: 'loop', shape: 'office-hours' });
    const log = logAt(history.endAt);
    log.record(history.tasks);
    await log.flush();
    const run = async (warnAt: number) =>
      runChecks(log.source, { now: history.fault!.deadlineAt, options: { 'stuck-loop': { warnAt } } });
    const first = await run(5);
    expect(first.alerts).not.toEqual([]);
    for (const warnAt of [20, 21, 22, 23]) expect((await run(warnAt)).alerts).toEqual([]);
    expect(await run(5)).toEqual(first);
  });

  it('runs only the checks that are asked for', async () => {
    const history = generateHistory({ seed: 5, fault: 'loop', shape: 'office-hours' });
    const log = logAt(history.endAt);
    log.record(history.tasks);
    await log.flush();
    const now = history.fault!.deadlineAt;
    expect((await runChecks(log.source, { now, checks: ['cost-spike'] })).alerts).toEqual([]);
    expect((await runChecks(log.source, { now, checks: ['stuck-loop'] })).alerts).toHaveLength(1);
    const tuned = { 'stuck-loop': { warnAt: 13 } };
    expect((await runChecks(log.source, { now, checks: ['stuck-loop'], options: tuned })).alerts).toEqual([]);
  });
});
