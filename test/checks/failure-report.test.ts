import { describe, expect, it } from 'vitest';
import {
  createActivityLog,
  failureReport,
  renderFailureReport,
  runChecks,
  type ActivityTask,
} from '../../src/checks/index.js';
import { createMemoryStore } from '../../src/index.js';
import type { ActivityStore } from '../../src/ports/activity.js';
import type { StateStore } from '../../src/ports/state-store.js';
import { logAt } from './places.js';

const HOUR = 3_600_000;
const now = Date.UTC(2026, 2, 4, 12);

type Given = Partial<Omit<ActivityTask, 'at'>> & { at: number };

async function reportOf(tasks: Given[], hours?: number) {
  const log = logAt(now);
  log.record(tasks.map((task, index) => ({ instance: 'bot', task: `t ${index}`, outcome: 'accepted', ...task })));
  await log.flush();
  return failureReport(log.source, { instance: 'bot', now, ...(hours === undefined ? {} : { hours }) });
}

describe('rows that another program or damage has left', () => {
  it('are no rows: nobody fails over them', async () => {
    const store = createMemoryStore() as StateStore & ActivityStore;
    const row = (id: string, ...fields: unknown[]) => ({
      instance: 'bot',
      id,
      at: now - HOUR,
      text: JSON.stringify([id, now - HOUR, ...fields]),
    });
    const rows = [
      row('=fine', 1, 't', null, 'why'),
      row('=later', 1, 't', null, 'why', null, null, null, null, null, null, null, 'a field of a later version'),
      row('=reason', 1, 't', null, 7),
      row('=domain', 1, 't', {}),
      row('=tier', 1, 't', null, null, null, ['x']),
      row('=outcome', 5, 't'),
      row('=cost', 1, 't', null, null, null, null, null, 'much'),
    ];
    await store.appendActivity(rows, { cutoffAt: 0, maxAgeMs: Infinity, maxRecords: 100 });
    const { source } = createActivityLog({ store });
    expect(await failureReport(source, { instance: 'bot', now })).toMatchObject({ tasks: 2, rejected: 2 });
    await expect(runChecks(source, { now })).resolves.toMatchObject({ alerts: [] });
  });
});

const good = (count: number, from = now - 20 * HOUR, given: Omit<Partial<Given>, 'at'> = {}) =>
  Array.from({ length: count }, (_, index) => ({ at: from + index * 60_000, ...given }));
const bad = (
  count: number,
  reason: (index: number) => string,
  given: Omit<Partial<Given>, 'at'> = {},
  from = now - 2 * HOUR,
) =>
  Array.from({ length: count }, (_, index) => ({
    at: from + index * 60_000,
    outcome: 'rejected' as const,
    reason: reason(index),
    ...given,
  }));

describe('failureReport', () => {
  it('is null where nothing was rejected or failed', async () => {
    expect(await reportOf(good(20))).toBeNull();
    expect(await reportOf([])).toBeNull();
    // Outside of the hours asked for, or in the future.
    expect(await reportOf(bad(5, () => 'no', {}, now - 40 * HOUR))).toBeNull();
    expect(await reportOf(bad(5, () => 'no', {}, now + HOUR))).toBeNull();
  });

  it('counts by reason with examples, by domain, tier and provider, and against the time before', async () => {
    const report = await reportOf([
      ...good(30, now - 40 * HOUR),
      ...bad(2, () => 'late', {}, now - 30 * HOUR),
      ...good(20, now - 20 * HOUR, { domain: 'mail', tier: 'one/a' }),
      ...bad(6, (index) => `order ${4711 + index} is unknown`, { domain: 'mail', tier: 'one/a' }),
      ...bad(2, () => 'too late', { domain: 'chat', tier: 'two/b', outcome: 'failed' }, now - HOUR),
    ]);
    expect(report).toMatchObject({
      instance: 'bot',
      hours: 24,
      from: now - 24 * HOUR,
      until: now,
      tasks: 28,
      rejected: 6,
      failed: 2,
      share: 8 / 28,
      before: { tasks: 32, rejected: 2, failed: 0, share: 2 / 32 },
      trend: 'rising',
      byReason: [
        {
          name: 'order 4711 is unknown',
          count: 6,
          share: 0.75,
          examples: ['order 4711 is unknown', 'order 4712 is unknown', 'order 4713 is unknown'],
        },
        { name: 'too late', count: 2, share: 0.25 },
      ],
      byDomain: [
        { name: 'mail', count: 6, of: 26 },
        { name: 'chat', count: 2, of: 2, failureShare: 1 },
      ],
      byTier: [
        { name: 'one/a', count: 6 },
        { name: 'two/b', count: 2 },
      ],
      byProvider: [
        { name: 'one', count: 6 },
        { name: 'two', count: 2 },
      ],
    });
  });

  it.each<[cause: string, tasks: Given[], words: RegExp, step: RegExp]>([
    [
      'a loop',
      [...good(30), ...bad(12, () => 'unknown customer', { task: 'mail 7', resultHash: 'x' })],
      /repeats itself: “mail 7” came back 12 times with the same answer, “unknown customer”/u,
      /^Pause bot/u,
    ],
    [
      'one tier',
      [
        ...good(60, now - 20 * HOUR, { tier: 'one/a' }),
        ...bad(15, (index) => `r${index % 5} x`, { tier: 'two/b' }),
        ...good(5, now - HOUR, { tier: 'two/b' }),
      ],
      /^two\/b does this work worse than the other tiers: 75 % .* They began when its calls went to two\/b/u,
      /^Compare what two\/b answers/u,
    ],
    [
      'one domain',
      [
        ...good(60, now - 20 * HOUR, { domain: 'mail' }),
        ...bad(15, (index) => `r${index % 5} x`, { domain: 'chat' }),
        ...good(5, now - HOUR, { domain: 'chat' }),
      ],
      /^The trouble is in chat: 75 % of its 20 tasks/u,
      /^Ask who judges the work for chat/u,
    ],
    [
      'one reason',
      [...good(30), ...bad(9, () => 'wrong format'), ...bad(1, () => 'late')],
      /^One reason stands for 90 % of it: “wrong format”, 9 times/u,
      /examples of “wrong format”/u,
    ],
    [
      'tasks that do not finish',
      [...good(30), ...bad(9, (index) => 'abcdefghi'[index]!, { outcome: 'failed' })],
      /^9 tasks of 39 did not finish/u,
      /ledger of bot/u,
    ],
    [
      'nothing in particular',
      [...good(60), ...bad(3, (index) => 'abc'[index]!)],
      /^No single cause/u,
      /nothing here has to be done at once/u,
    ],
  ])('names %s as the cause, by the figures', async (_, tasks, words, step) => {
    const report = await reportOf(tasks);
    expect(report?.likelyCause).toMatch(words);
    expect(report?.nextSteps[0]).toMatch(step);
  });

  it('says that there is less than before, and of a loop without a reason that it has none', async () => {
    const report = await reportOf([
      ...bad(30, (index) => `r${index}`, {}, now - 40 * HOUR),
      ...good(30),
      ...bad(6, () => '', { task: 'mail 7', reason: undefined }),
    ]);
    expect(report).toMatchObject({ trend: 'falling', byReason: [{ name: 'rejected without a reason', count: 6 }] });
    expect(report?.likelyCause).toContain('“mail 7” came back 6 times with the same answer, within');
    const failed = await reportOf(bad(1, () => '', { reason: undefined, outcome: 'failed' }));
    expect(failed?.byReason).toMatchObject([{ name: 'failed without a reason' }]);
  });

  it('keeps its lists short and its memory bounded with 100,000 domains', async () => {
    const report = await reportOf(
      Array.from({ length: 100_000 }, (_, index) => ({
        at: now - HOUR + index,
        outcome: 'rejected' as const,
        domain: `d${index}`,
        reason: `${'x'.repeat(index % 50)} no`,
      })),
    );
    expect(report?.byDomain).toHaveLength(10);
    expect(report?.byReason.length).toBeLessThanOrEqual(10);
    expect(report?.rejected).toBe(100_000);
  });

  it('refuses wrong options by name', async () => {
    const { source } = logAt(now);
    await expect(failureReport(source, null as never)).rejects.toThrow(/options: must be an object/u);
    await expect(failureReport(source, {} as never)).rejects.toThrow(/instance: must be the name of an agent/u);
    await expect(failureReport(source, { instance: 'a', hours: 0 })).rejects.toThrow(
      /hours: must be a number above 0/u,
    );
    await expect(failureReport(source, { instance: 'a', hour: 3 } as never)).rejects.toThrow(
      /hour: unknown option.*hours/u,
    );
    await expect(failureReport(source, { instance: 'a', now: Number.NaN })).rejects.toThrow(/now: must be epoch/u);
  });
});

describe('renderFailureReport', () => {
  it('is a page that can be forwarded', async () => {
    const report = await reportOf([...good(30), ...bad(9, () => 'wrong format', { domain: 'mail', tier: 'one/a' })]);
    const text = renderFailureReport(report!);
    expect(text).toMatch(/^# Failure report of bot\n/u);
    expect(text).toContain('**9 of 39 tasks were rejected or failed, 23 %.**');
    expect(text).toContain('| wrong format | 9 | 100 % |  |');
    expect(text).toMatch(/## Likely cause\n\n.+\n\n## What to do next\n\n1\. /u);
  });

  it('compares providers where there are several, and leaves out what is not known', async () => {
    const rejected = bad(3, (index) => 'abc'[index]!);
    const plain = renderFailureReport((await reportOf(rejected))!);
    expect(plain).toContain('In the 24 h before there was no task.');
    expect(plain).not.toMatch(/## By (?:domain|tier|provider)/u);
    const report = await reportOf([
      ...good(298, now - 40 * HOUR),
      ...bad(1, () => 'late', {}, now - 30 * HOUR),
      ...good(20),
      { ...rejected[0]!, tier: 'one/a' },
    ]);
    expect(renderFailureReport(report!)).toMatch(
      /\*\*1 of 21 tasks was rejected or failed, 5 %\..* it was <1 % of 299 tasks/su,
    );
    const both = await reportOf([...bad(2, () => 'x', { tier: 'one/a' }), ...bad(2, () => 'y', { tier: 'two/b' })]);
    expect(renderFailureReport(both!)).toMatch(
      /## By provider\n\n\| Provider .*\n.*\n\| one \| 2 \| 50 % \| 100 % of 2 \|/u,
    );
  });

  it('names no time that a calendar does not have', async () => {
    const at = -8.64e15;
    const log = logAt(now);
    log.record({ instance: 'bot', task: 't', outcome: 'rejected', at });
    await log.flush();
    const report = await failureReport(log.source, { instance: 'bot', now: at });
    expect(renderFailureReport(report!)).toContain('an unknown time to -271821-04-20');
  });

  it('lets no text from outside become markup', async () => {
    const evil = '<script>alert(1)</script> | [link](https://evil.example) ![x](y) `code` # **bold** \u202Ertl';
    const report = await reportOf([...good(3), ...bad(6, () => evil, { domain: evil, tier: evil })]);
    const text = renderFailureReport(report!);
    expect(text).not.toMatch(/<script|\u202E|https:\/\/evil/u);
    expect(text).not.toMatch(/(?<!\\)\[link|(?<!\\)!\\?\[x|(?<!\\)`code/u);
    // A pipe of theirs does not add a column.
    for (const line of text.split('\n').filter((each) => each.startsWith('| '))) {
      expect(line.match(/(?<!\\)\|/gu)).toHaveLength(5);
    }
  });
});
