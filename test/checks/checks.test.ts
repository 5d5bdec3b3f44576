import { describe, expect, it } from 'vitest';
import {
  createActivityLog,
  runChecks,
  type Alert,
  type ActivityTask,
  type CheckOptions,
} from '../../src/checks/index.js';
import { createMemoryStore } from '../../src/index.js';
import { createSeededRandom } from '../../src/testing/index.js';
import { logAt } from './places.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const startAt = Date.UTC(2026, 1, 2);

type Given = Partial<ActivityTask> & { at: number };

/** Three weeks of nine to five on working days, twelve tasks an hour, a tenth of them rejected. */
function office(until: number, change: (task: Given) => Given = (task) => task): Given[] {
  const random = createSeededRandom(7);
  const tasks: Given[] = [];
  for (let at = startAt; at < until; at += 5 * MINUTE) {
    const hour = (at % DAY) / HOUR;
    const weekday = (Math.floor((at - startAt) / DAY) + 1) % 7;
    if (hour < 9 || hour >= 17 || weekday === 0 || weekday === 6) continue;
    const isRejected = random() < 0.1;
    tasks.push({
      at: Math.round(at + random() * 4 * MINUTE),
      outcome: isRejected ? 'rejected' : 'accepted',
      ...(isRejected ? { reason: random() < 0.5 ? 'wrong format' : 'late' } : {}),
      domain: `customer-${Math.floor(random() * 3)}`,
      quality: 0.8 + 0.1 * random(),
      costUsd: 0.02 * (0.5 + random()),
      resultHash: String(random()),
      task: `mail ${at}`,
    });
  }
  return tasks.map(change);
}

async function alertsAt(now: number, tasks: readonly Given[], options: CheckOptions = {}): Promise<Alert[]> {
  const log = logAt(now);
  log.record(tasks.map((task) => ({ instance: 'bot', task: 't', outcome: 'accepted', ...task })));
  await log.flush();
  return (await runChecks(log.source, { now, options })).alerts;
}

const wednesday = startAt + 16 * DAY;

describe('a healthy agent', () => {
  it.each(['Wednesday 11:00', 'Wednesday 23:00', 'Saturday 15:00', 'Monday 9:01'])(
    'gives no alert at %s',
    async (when) => {
      const now = {
        'Wednesday 11:00': wednesday + 11 * HOUR,
        'Wednesday 23:00': wednesday + 23 * HOUR,
        'Saturday 15:00': wednesday + 3 * DAY + 15 * HOUR,
        'Monday 9:01': wednesday + 5 * DAY + 9 * HOUR + MINUTE,
      }[when]!;
      expect(await alertsAt(now, office(now))).toEqual([]);
    },
  );

  it('is not expected at work on a day that a calendar names', async () => {
    const now = wednesday + 15 * HOUR;
    const tasks = office(wednesday);
    expect(await alertsAt(now, tasks)).toMatchObject([{ check: 'dormant-agent' }]);
    expect(await alertsAt(now, tasks, { quiet: ['2026-02-18'] })).toEqual([]);
    expect(await alertsAt(now, tasks, { quiet: ['2026-02-14/2026-02-20'] })).toEqual([]);
    expect(await alertsAt(now, tasks, { quiet: [{ weekdays: [3] }] })).toEqual([]);
    expect(await alertsAt(now, tasks, { quiet: [{ from: wednesday, until: now }] })).toEqual([]);
    expect(await alertsAt(now, tasks, { quiet: [{ weekdays: [3], hours: [9, 15] }] })).toEqual([]);
    const hours = ['09', '10', '11', '12', '13:00', '14:00'].map((hour) => `2026-02-18T${hour}`);
    expect(await alertsAt(now, tasks, { quiet: hours })).toEqual([]);
    expect(await alertsAt(now, tasks, { quiet: hours.slice(5) })).toHaveLength(1);
  });

  it('may begin an hour later when the clocks change, in a time zone or without one', async () => {
    // Central European Time ends on 29 March 2026: nine o'clock is an hour earlier in UTC then.
    const change = Date.UTC(2026, 2, 29, 1);
    const shifted = (until: number) =>
      office(until + 2 * HOUR).flatMap((task) => {
        const at = task.at - HOUR - (task.at >= change ? HOUR : 0);
        return at < until ? [{ ...task, at }] : [];
      });
    for (const timeZone of ['UTC', 'Europe/Berlin']) {
      for (const hour of [7, 8, 9, 12, 16, 18]) {
        const now = Date.UTC(2026, 2, 30, hour, 30);
        expect(await alertsAt(now, shifted(now), { timeZone })).toEqual([]);
      }
    }
  });
});

describe('dormant-agent', () => {
  it('fires after a silence in working hours, and ends with the next task or as retired', async () => {
    const tasks = office(wednesday + 10 * HOUR);
    const at = async (now: number) => alertsAt(now, tasks);
    expect(await at(wednesday + 10 * HOUR + 50 * MINUTE)).toEqual([]);
    const [alert] = await at(wednesday + 13 * HOUR);
    expect(alert).toMatchObject({ check: 'dormant-agent', category: 'health', instance: 'bot', severity: 'warning' });
    expect(alert?.evidence['silentSince']).toBe(tasks.at(-1)?.at);
    expect(alert?.firstSeenAt).toBeGreaterThan(wednesday + 10 * HOUR);
    expect(alert?.firstSeenAt).toBeLessThan(wednesday + 12 * HOUR);
    const back = [...tasks, { at: wednesday + 13 * HOUR + MINUTE }];
    expect(await alertsAt(wednesday + 13 * HOUR + 2 * MINUTE, back)).toEqual([]);
    expect(await at(wednesday + 13 * DAY)).toHaveLength(1);
    expect(await at(wednesday + 15 * DAY)).toEqual([]);
  });

  it('names no longest pause of an agent that never made one', async () => {
    const tasks = Array.from({ length: 10 * 144 }, (_, index) => ({
      at: startAt + index * 10 * MINUTE,
      task: `t ${index}`,
    }));
    const [alert] = await alertsAt(startAt + 10 * DAY + 8 * HOUR, tasks);
    expect(alert).toMatchObject({ check: 'dormant-agent', evidence: { longestPauseMs: 0, factor: null } });
    expect(alert?.detail).toContain('Its longest pause in the 28 days before was less than 30 min.');
  });

  it('expects nothing of an agent that has no usual hour', async () => {
    const once = Array.from({ length: 24 }, (_, day) => ({ at: startAt + day * DAY + ((7 * day) % 24) * HOUR }));
    expect(await alertsAt(startAt + 27 * DAY, once)).toEqual([]);
  });

  it('knows nothing of an agent with a few tasks', async () => {
    expect(await alertsAt(startAt + 30 * HOUR, office(startAt + 10 * HOUR))).toEqual([]);
    expect(await alertsAt(startAt + 30 * HOUR, [{ at: startAt }])).toEqual([]);
  });
});

describe.each<[check: string, change: (task: Given) => Given, alert: object]>([
  [
    'rejection-spike',
    (task) => (task.at % 2 === 0 ? { ...task, outcome: 'rejected', reason: `no ${task.at}` } : task),
    { category: 'failure_pattern', domain: null },
  ],
  [
    'quality-regression',
    (task) => ({ ...task, quality: (task.quality ?? 0) - 0.3 }),
    { category: 'quality', domain: null },
  ],
  ['cost-spike', (task) => ({ ...task, costUsd: (task.costUsd ?? 0) * 6 }), { category: 'health', domain: null }],
  [
    'domain-rejection-pattern',
    (task) =>
      task.domain === 'customer-1' && task.at % 3 !== 0 ? { ...task, outcome: 'rejected', reason: 'format' } : task,
    { category: 'failure_pattern', domain: 'customer-1' },
  ],
])('%s', (check, change, expected) => {
  const sick = (until: number, from = wednesday) => office(until, (task) => (task.at >= from ? change(task) : task));
  const own = (alerts: Alert[]) => alerts.filter((alert) => alert.check === check);

  it('is found within the day, begins when it began, and keeps its id', async () => {
    const [evening] = own(await alertsAt(wednesday + 17 * HOUR, sick(wednesday + 17 * HOUR)));
    expect(evening).toMatchObject({ check, instance: 'bot', ...expected });
    expect(evening!.firstSeenAt).toBeGreaterThan(wednesday - 8 * HOUR);
    expect(evening!.firstSeenAt).toBeLessThan(wednesday + 12 * HOUR);
    const [next] = own(await alertsAt(wednesday + 38 * HOUR, sick(wednesday + 38 * HOUR)));
    expect(next?.id).toBe(evening?.id);
  });

  it('ends when it is over', async () => {
    const until = wednesday + 3 * DAY - 7 * HOUR;
    const healed = office(until, (task) =>
      task.at >= wednesday && task.at < wednesday + 17 * HOUR ? change(task) : task,
    );
    expect(own(await alertsAt(until, healed))).toEqual([]);
  });

  it('is not found without enough past', async () => {
    const now = startAt + 17 * HOUR;
    const tasks = sick(now, startAt + 11 * HOUR).filter((_, index) => index % 5 === 0);
    expect(own(await alertsAt(now, tasks))).toEqual([]);
  });
});

const shareOfTasks: [check: string, change: (task: Given) => Given][] = [
  ['rejection-spike', (task) => ({ ...task, outcome: 'rejected', reason: `no ${task.at}` })],
  ['quality-regression', (task) => ({ ...task, quality: 0.2 })],
];

it.each<[check: string, change: (task: Given) => Given]>([
  ...shareOfTasks,
  [
    'domain-rejection-pattern',
    (task) => (task.domain === 'customer-1' ? { ...task, outcome: 'rejected', reason: `no ${task.at}` } : task),
  ],
  ['cost-spike', (task) => ({ ...task, costUsd: (task.costUsd ?? 0) * 12 })],
])('%s is critical where nearly everything is like that', async (check, change) => {
  const now = wednesday + 3 * DAY - 7 * HOUR;
  const alerts = await alertsAt(
    now,
    office(now, (task) => (task.at >= wednesday ? change(task) : task)),
  );
  expect(alerts.find((alert) => alert.check === check)).toMatchObject({ severity: 'critical' });
});

it.each(shareOfTasks)(
  '%s is found on the second day already where nothing is as on the first',
  async (check, change) => {
    const now = startAt + DAY + 17 * HOUR;
    const tasks = office(now, (task) => (task.at >= startAt + DAY ? change(task) : task));
    expect((await alertsAt(now, tasks)).map((alert) => alert.check)).toContain(check);
  },
);

describe('cost-spike', () => {
  const dearer = (until: number) =>
    office(until, (task) => (task.at >= wednesday ? { ...task, costUsd: 12_000 * (task.costUsd ?? 0) } : task));

  it('takes a price that stays for the new one', async () => {
    const soon = wednesday + 17 * HOUR;
    const [alert] = await alertsAt(soon, dearer(soon));
    expect(alert).toMatchObject({ check: 'cost-spike', severity: 'critical' });
    expect(alert?.detail).toMatch(/^\$1\d\d for a typical task over the last \d+, \$0.0\d+ before\.$/u);
    const later = wednesday + 9 * DAY + 17 * HOUR;
    expect(await alertsAt(later, dearer(later))).toEqual([]);
  });
});

describe('quality-regression', () => {
  it('watches the share of accepted tasks where no quality is recorded', async () => {
    const now = wednesday + 17 * HOUR;
    const tasks = office(now, ({ quality: _quality, ...task }) =>
      task.at >= wednesday && task.at % 2 === 0 ? { ...task, outcome: 'failed' } : task,
    );
    const found = (await alertsAt(now, tasks)).map(({ check }) => check);
    expect(found).toContain('quality-regression');
    // Failed tasks are no rejections.
    expect(found).not.toContain('rejection-spike');
  });
});

describe('throughput-anomaly', () => {
  it('finds ten times the pace, and takes silence for dormancy', async () => {
    const now = wednesday + 12 * HOUR;
    const flood = office(now).flatMap((task) =>
      task.at < wednesday
        ? [task]
        : Array.from({ length: 10 }, (_, index) => ({ ...task, at: task.at + index, task: `t ${index} ${task.at}` })),
    );
    expect((await alertsAt(now, flood)).map(({ check }) => check)).toContain('throughput-anomaly');
    const silent = await alertsAt(now, office(wednesday));
    expect(silent.map(({ check }) => check)).toEqual(['dormant-agent']);
  });

  it('is critical where it is beyond four times the limit, and so is what that costs', async () => {
    const now = wednesday + 11 * HOUR - 1;
    const flood = office(now).flatMap((task) =>
      task.at < wednesday + 10 * HOUR
        ? [task]
        : Array.from({ length: 40 }, (_, index) => ({
            ...task,
            task: `t ${index} ${task.at}`,
            resultHash: `${index} ${task.at}`,
          })),
    );
    const alerts = await alertsAt(now, flood);
    expect(alerts.find(({ check }) => check === 'throughput-anomaly')).toMatchObject({
      severity: 'critical',
      detail: '480 tasks in the present hour, where 11 are usual: the most of any such window in 28 days was 12.',
    });
    const cost = alerts.find(({ check }) => check === 'cost-spike');
    expect(cost).toMatchObject({ severity: 'critical', evidence: { per: 'hour' } });
    expect(cost?.detail).toMatch(/^\$\d+\.\d\d in the last 2 h, where \$0\.\d+ are usual\./u);
  });

  it('names no ratio for work at an hour without any', async () => {
    const now = wednesday + 4 * HOUR - 1;
    const atNight = Array.from({ length: 40 }, (_, index) => ({
      at: wednesday + 3 * HOUR + index * MINUTE,
      task: `n ${index}`,
    }));
    const alerts = await alertsAt(now, [...office(wednesday), ...atNight]);
    expect(alerts).toMatchObject([{ check: 'throughput-anomaly', evidence: { tasks: 40, expected: 0, ratio: null } }]);
  });

  it.each([
    ['none within its first days', startAt + 4 * DAY, []],
    ['one after weeks', wednesday, ['throughput-anomaly']],
  ])('a short burst is %s', async (_, day, expected) => {
    const burst = Array.from({ length: 30 }, (_each, index) => ({ at: day + 9 * HOUR + index, task: `b ${index}` }));
    expect((await alertsAt(day + 10 * HOUR, [...office(day), ...burst])).map(({ check }) => check)).toEqual(expected);
  });

  it('is judged from minute to minute as from nothing', async () => {
    const [from, until] = [wednesday + 11 * HOUR, wednesday + 12 * HOUR];
    const tasks = office(until).flatMap((task) =>
      task.at < from ? [task] : Array.from({ length: 5 }, (_, index) => ({ ...task, at: task.at + index })),
    );
    const store = createMemoryStore();
    const log = createActivityLog({ store, clock: { now: () => until } });
    const found: number[] = [];
    for (let now = from; now <= until; now += 10 * MINUTE) {
      const fresh = tasks.filter(({ at }) => at <= now && (at > now - 10 * MINUTE || now === from));
      log.record(fresh.map((task) => ({ instance: 'bot', task: 't', outcome: 'accepted', ...task })));
      await log.flush();
      const result = await runChecks(log.source, { now });
      expect(result).toEqual(await runChecks(createActivityLog({ store }).source, { now }));
      found.push(result.alerts.length);
    }
    expect(found[0]).toBe(0);
    expect(found.at(-1)).toBeGreaterThan(0);
  });

  it('does not judge a Sunday of an agent that never worked on one', async () => {
    const sunday = startAt + 13 * DAY;
    const tasks = [
      ...office(sunday),
      ...Array.from({ length: 300 }, (_, index) => ({ at: sunday + 9 * HOUR + index * MINUTE, task: `s ${index}` })),
    ];
    const found = await alertsAt(
      sunday + 12 * HOUR,
      tasks.filter(({ at }) => at <= sunday + 12 * HOUR),
    );
    expect(found.filter(({ check }) => check !== 'throughput-anomaly')).toEqual([]);
  });
});

describe('stuck-loop', () => {
  const from = wednesday + 10 * HOUR;
  const stuck = { outcome: 'rejected', task: 'mail 4711', reason: 'unknown customer', resultHash: 'same' } as const;
  const loop = (times: number, everyMs = MINUTE, change: (index: number) => Partial<Given> = () => ({})) =>
    Array.from({ length: times }, (_, index) => ({ ...stuck, at: from + index * everyMs, ...change(index) }));
  const found = async (tasks: Given[], now = from + HOUR) =>
    (await alertsAt(now, [...office(from), ...tasks])).filter(({ check }) => check === 'stuck-loop');

  it('warns at five and is critical at ten', async () => {
    expect(await found(loop(4))).toEqual([]);
    expect(await found(loop(5))).toMatchObject([{ severity: 'warning', firstSeenAt: from, evidence: { times: 5 } }]);
    expect(await found(loop(9))).toMatchObject([{ severity: 'warning' }]);
    expect(await found(loop(10))).toMatchObject([{ severity: 'critical', evidence: { times: 10, period: 1 } }]);
  });

  it('sees A-B-A-B', async () => {
    const turns = loop(12, MINUTE, (index) => (index % 2 === 0 ? {} : { task: 'mail 4712', resultHash: 'other' }));
    expect(await found(turns)).toMatchObject([{ severity: 'warning', evidence: { times: 6, period: 2 } }]);
  });

  it('takes hours between repetitions for a loop where they are rejected, not where they are accepted', async () => {
    expect(await found(loop(6, HOUR), from + 6 * HOUR)).toHaveLength(1);
    const accepted = loop(6, HOUR, () => ({ outcome: 'accepted' }));
    expect(await found(accepted, from + 6 * HOUR)).toEqual([]);
    expect(await found(loop(6, MINUTE, () => ({ outcome: 'accepted' })))).toHaveLength(1);
  });

  it('is no loop that a poller accepts the same answer all day, on its first day or later', async () => {
    const poll = (days: number) =>
      Array.from({ length: days * 24 * 12 }, (_, index) => ({
        at: startAt + index * 5 * MINUTE,
        task: 'poll',
        resultHash: 'nothing new',
      }));
    for (const days of [1, 9]) expect(await alertsAt(startAt + days * DAY, poll(days))).toEqual([]);
  });

  it('only warns of the same result for different tasks, within minutes', async () => {
    const same = (everyMs: number) => loop(12, everyMs, (index) => ({ task: `search ${index}`, outcome: 'accepted' }));
    expect(await found(same(20_000))).toMatchObject([{ severity: 'warning', evidence: { form: 'same-result' } }]);
    expect(await found(same(10 * MINUTE), from + 2 * HOUR)).toEqual([]);
  });

  it('is none that equal rejections follow each other where most are equal', async () => {
    const random = createSeededRandom(3);
    const tasks = Array.from({ length: 600 }, (_, index) => ({
      at: startAt + index * 30 * MINUTE,
      task: 'triage',
      ...(random() < 0.6 ? { outcome: 'rejected' as const, reason: 'duplicate' } : {}),
    }));
    expect((await alertsAt(startAt + 600 * 30 * MINUTE, tasks)).filter(({ check }) => check === 'stuck-loop')).toEqual(
      [],
    );
  });

  it('is not hidden by a lesser one that follows', async () => {
    const lesser = Array.from({ length: 12 }, (_, index) => ({
      at: from + 20 * MINUTE + index * 20_000,
      task: `search ${index}`,
      resultHash: 'nothing',
    }));
    expect(await found(lesser)).toMatchObject([{ evidence: { form: 'same-result' } }]);
    expect(await found([...loop(12), ...lesser])).toMatchObject([
      { severity: 'critical', evidence: { form: 'same-outcome', times: 12 } },
    ]);
  });

  it('gets no failure report where nothing was rejected or failed', async () => {
    const log = logAt(from);
    const accepted = [...office(from), ...loop(12)].map(({ reason: _reason, ...task }) => ({
      ...task,
      instance: 'bot',
      task: task.task ?? 't',
      outcome: 'accepted' as const,
    }));
    log.record(accepted);
    await log.flush();
    const { alerts, failureReports } = await runChecks(log.source, { now: from + HOUR, checks: ['stuck-loop'] });
    expect(alerts).toMatchObject([{ check: 'stuck-loop', evidence: { outcome: 'accepted' } }]);
    expect(failureReports).toEqual([]);
  });

  it('is told for two hours after it ended, with a failure report', async () => {
    const log = logAt(from);
    log.record(
      [...office(from), ...loop(12)].map((task) => ({ instance: 'bot', task: 't', outcome: 'accepted', ...task })),
    );
    await log.flush();
    const { alerts, failureReports, counts } = await runChecks(log.source, { now: from + HOUR });
    expect(counts).toMatchObject({ critical: alerts.filter(({ severity }) => severity === 'critical').length });
    expect(failureReports).toMatchObject([{ instance: 'bot', repeated: { times: 12, task: 'mail 4711' } }]);
    const later = await runChecks(log.source, { now: from + 2.5 * HOUR });
    expect(later.alerts.filter(({ check }) => check === 'stuck-loop')).toEqual([]);
    expect(later.failureReports).toEqual([]);
  });
});
