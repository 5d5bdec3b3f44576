import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createFailover, createMemoryStore } from 'tierfall';
import { createActivityLog, runChecks, type ActivityTask, type CheckName } from 'tierfall/checks';
import {
  createManualClock,
  generateHistory,
  type History,
  type HistoryFault,
  type HistoryShape,
} from 'tierfall/testing';
import { renderSvg, type Mark, type Panel, type Point } from './svg-chart.ts';

// Draws the pictures of docs/checks.md: for each check a healthy and a sick series, and where the alert was raised. The data
// are histories of `tierfall/testing` and calls of a failover on a manual clock, so that the pictures come out the same.
//   npm run docs:checks

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const folder = fileURLToPath(new URL('../docs/checks/', import.meta.url));
await mkdir(folder, { recursive: true });

/** What is to be seen in each picture, healthy above, sick below. */
const descriptions: Readonly<Record<CheckName, string>> = {
  'dormant-agent':
    'Tasks per hour. Above, bars on every working day. Below, the bars end, and the alert is raised on the next working day.',
  'throughput-anomaly':
    'Tasks per hour. Above, low bars on working days. Below, bars that are suddenly several times as high, and the alert at once.',
  'quality-regression':
    'Quality of each task. Above, dots at one height. Below, dots at that height that drop, and the alert on the next working day.',
  'rejection-spike':
    'Rejected share of the last 20 tasks. Above, a line near zero. Below, it rises to nearly half, and the alert during the rise.',
  'stuck-loop':
    'Each task in a row of its own. Above, dots that climb steadily. Below, many red dots in one row, and the alert among them.',
  'cost-spike':
    'Cost of each task, logarithmic. Above, dots at one height. Below, dots that jump to a higher one, and the alert soon after.',
  'domain-rejection-pattern':
    'Rejected share in one domain, red, and in the rest, dashed. Above, both low. Below, the red line rises alone until the alert.',
  'constantly-failing-primary':
    'The tier in use. Above, one short dip to tier 2. Below, tier 2 from the failure on, tier 1 failing each trial, and the alert an hour later.',
  'flapping-chain':
    'The tier in use. Above, one short dip to tier 2. Below, a line that goes down and up every few minutes, and the alert after an hour and a half.',
};

type Task = ActivityTask & { at: number };
type Draw = (tasks: readonly Task[], from: number, until: number) => { y: Panel['y']; marks: Mark[] };

/** A history with a fault, with the same agent before the fault as its healthy picture. */
async function drawHistory(
  check: CheckName,
  fault: HistoryFault,
  { seed, shape, days, shows }: { seed: number; shape: HistoryShape; days: number; shows: string },
  draw: Draw,
): Promise<void> {
  const history = generateHistory({ seed, shape, fault });
  const { fault: planted } = history;
  if (!planted) throw new Error(`${check}: the history has no fault`);
  const tasks = history.tasks
    .map((task) => ({ ...task, at: task.at ?? 0 }))
    .toSorted((one, other) => one.at - other.at);
  const alertAt = await firstAlert(history, check, planted.beginsAt, planted.deadlineAt + HOUR_MS);
  if (alertAt === undefined) throw new Error(`${check}: no alert in the sick history`);
  const end = Math.min(history.endAt, alertAt + (days * DAY_MS) / 5);
  const panel = (title: string, from: number, until: number, at?: number): Panel => {
    const within = tasks.filter((task) => task.at >= from && task.at < until);
    return { title, x: [from, until], ticks: dayTicks(from, until), alertAt: at, ...draw(within, from, until) };
  };
  const healthyUntil = planted.beginsAt - DAY_MS;
  const healthy = panel(`Healthy: ${shows}`, healthyUntil - days * DAY_MS, healthyUntil);
  const sick = panel('Sick', end - days * DAY_MS, end, alertAt);
  // Both on one scale.
  const y: Panel['y'] = [Math.min(healthy.y[0], sick.y[0]), Math.max(healthy.y[1], sick.y[1])];
  await save(check, [
    { ...healthy, y },
    { ...sick, y },
  ]);
}

async function firstAlert(
  history: History,
  check: CheckName,
  from: number,
  until: number,
): Promise<number | undefined> {
  const log = createActivityLog({ store: createMemoryStore(), clock: { now: () => history.endAt } });
  log.record(history.tasks);
  await log.flush();
  for (let now = Math.ceil(from / (HOUR_MS / 4)) * (HOUR_MS / 4); now <= until; now += HOUR_MS / 4) {
    const { alerts } = await runChecks(log.source, { now, checks: [check], options: { quiet: history.quiet } });
    if (alerts.length > 0) return now;
  }
  return undefined;
}

async function save(check: CheckName, panels: readonly Panel[]): Promise<void> {
  await writeFile(
    `${folder}${check}.svg`,
    renderSvg({ title: `${check}: a healthy and a sick series`, description: descriptions[check] }, panels),
  );
  console.log(`docs/checks/${check}.svg`);
}

function dayTicks(from: number, until: number): Panel['ticks'] {
  const ticks = [];
  const every = until - from > 3 * DAY_MS ? DAY_MS : 6 * HOUR_MS;
  for (let at = Math.ceil(from / every) * every; at < until; at += every) {
    const text = new Date(at).toUTCString();
    ticks.push({ at, label: every === DAY_MS ? text.slice(0, 7).replace(',', '') : text.slice(17, 22) });
  }
  return ticks.filter(({ at }) => at - from > (until - from) / 30 && until - at > (until - from) / 30);
}

const perHour: Draw = (tasks, from) => {
  const counts = new Map<number, number>();
  for (const { at } of tasks) {
    const hour = from + Math.floor((at - from) / HOUR_MS) * HOUR_MS;
    counts.set(hour, (counts.get(hour) ?? 0) + 1);
  }
  return {
    y: [0, Math.max(1, ...counts.values()) * 1.1],
    marks: [{ kind: 'bars', points: [...counts], width: HOUR_MS }],
  };
};

/** Share of rejected among the last 20 judged. */
function rollingShare(tasks: readonly Task[]): Point[] {
  const judged = tasks.filter(({ outcome }) => outcome !== 'failed');
  return judged.slice(19).map(({ at }, index): Point => {
    const last = judged.slice(index, index + 20);
    return [at, last.filter(({ outcome }) => outcome === 'rejected').length / 20];
  });
}

await drawHistory(
  'dormant-agent',
  'silence',
  { seed: 101, shape: 'office-hours', days: 7, shows: 'tasks per hour' },
  perHour,
);
await drawHistory(
  'throughput-anomaly',
  'pace-up',
  { seed: 3, shape: 'office-hours', days: 7, shows: 'tasks per hour' },
  perHour,
);
await drawHistory(
  'quality-regression',
  'quality',
  { seed: 11, shape: 'office-hours', days: 7, shows: 'quality of each task' },
  (tasks) => ({
    y: [0, 1],
    marks: [{ kind: 'dots', points: tasks.map(({ at, quality = 0 }): Point => [at, quality]) }],
  }),
);
await drawHistory(
  'rejection-spike',
  'rejections',
  { seed: 12, shape: 'office-hours', days: 7, shows: 'rejected share of the last 20' },
  (tasks) => ({
    y: [0, 1],
    marks: [
      { kind: 'line', points: rollingShare(tasks) },
      { kind: 'limit', y: 0.5, label: 'half of the last 20 rejected' },
    ],
  }),
);
await drawHistory(
  'cost-spike',
  'cost',
  { seed: 14, shape: 'office-hours', days: 7, shows: 'cost of each task, logarithmic' },
  (tasks) => {
    const logs = tasks.map(({ at, costUsd = 1 }): Point => [at, Math.log(costUsd)]);
    const values = logs.map(([, value]) => value);
    return { y: [Math.min(...values) - 0.3, Math.max(...values) + 0.3], marks: [{ kind: 'dots', points: logs }] };
  },
);
await drawHistory(
  'domain-rejection-pattern',
  'domain',
  {
    seed: 28,
    shape: 'office-hours',
    days: 14,
    shows: 'rejected share of the last 20 in one domain (red) and in the rest',
  },
  (tasks) => ({
    y: [0, 1],
    marks: [
      { kind: 'line', tone: 'quiet', points: rollingShare(tasks.filter(({ domain }) => domain !== 'domain-1')) },
      { kind: 'line', tone: 'bad', points: rollingShare(tasks.filter(({ domain }) => domain === 'domain-1')) },
    ],
  }),
);
await drawHistory(
  'stuck-loop',
  'loop',
  { seed: 16, shape: 'office-hours', days: 0.5, shows: 'each task in a row of its own, by time' },
  (tasks) => {
    const names = [...new Set(tasks.map(({ task }) => task))];
    const points = (isStuck: boolean) =>
      tasks
        .filter(({ reason = '' }) => reason.startsWith('step') === isStuck)
        .map(({ at, task }): Point => [at, names.indexOf(task)]);
    return {
      y: [-1, names.length],
      marks: [
        { kind: 'dots', points: points(false) },
        { kind: 'dots', tone: 'bad', points: points(true) },
      ],
    };
  },
);

/** Calls every ten seconds for some hours; which tier answered, and when the first one failed. */
async function playChain(isDown: (at: number) => number | undefined, hours: number, check: CheckName) {
  const startAt = Date.UTC(2026, 0, 5, 8);
  const clock = createManualClock({ now: startAt });
  const store = createMemoryStore({ now: () => clock.now() });
  const failover = createFailover({ chain: ['one/a', 'two/b'], store, clock });
  const { source } = createActivityLog({ store, clock });
  const tiers: Point[] = [];
  const failed: Point[] = [];
  let alertAt: number | undefined;
  for (let at = 0; at < hours * HOUR_MS; at += 20_000) {
    const { index } = await failover.run(async ({ provider }) => {
      const status = provider === 'one' ? isDown(at) : undefined;
      if (status === undefined) return 'yes';
      failed.push([at, 0]);
      throw Object.assign(new Error('no'), { status });
    });
    if (tiers.at(-1)?.[1] !== -index) tiers.push([at, -index]);
    await clock.advance(20_000);
    if (alertAt === undefined && at % 300_000 === 0) {
      const { alerts } = await runChecks(source, { now: clock.now(), checks: [check] });
      if (alerts.length > 0) alertAt = at;
    }
  }
  tiers.push([hours * HOUR_MS, tiers.at(-1)?.[1] ?? 0]);
  await failover.close();
  return { tiers, failed, alertAt, hours };
}

function chainPanel(title: string, { tiers, failed, alertAt, hours }: Awaited<ReturnType<typeof playChain>>): Panel {
  return {
    title,
    x: [0, hours * HOUR_MS],
    y: [-1.4, 0.4],
    ticks: Array.from({ length: Math.floor(hours) }, (_, hour) => ({
      at: (hour + 0.5) * HOUR_MS,
      label: `${hour}:30`,
    })),
    marks: [
      { kind: 'line', points: tiers, steps: true },
      { kind: 'dots', points: failed, tone: 'bad' },
    ],
    alertAt,
  };
}

const brownout = (at: number) => (at > 0.5 * HOUR_MS && at < 0.5 * HOUR_MS + 60_000 ? 503 : undefined);
const revoked = (at: number) => (at > 0.5 * HOUR_MS ? 401 : undefined);
const flapping = (at: number) => (at > 0.5 * HOUR_MS && Math.floor(at / 240_000) % 2 === 0 ? 503 : undefined);
await save('constantly-failing-primary', [
  chainPanel(
    'Healthy: a brownout of a minute. The line is the tier in use, dots are failures of tier 1',
    await playChain(brownout, 5, 'constantly-failing-primary'),
  ),
  chainPanel('Sick: the key of tier 1 was revoked', await playChain(revoked, 5, 'constantly-failing-primary')),
]);
await save('flapping-chain', [
  chainPanel('Healthy: a brownout of a minute', await playChain(brownout, 3, 'flapping-chain')),
  chainPanel('Sick: the provider of tier 1 comes and goes', await playChain(flapping, 3, 'flapping-chain')),
]);
