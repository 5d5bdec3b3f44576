import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { createMemoryStore } from 'tierfall';
import { createActivityLog, runChecks, type CheckName } from 'tierfall/checks';
import { findsFault, generateHistory, historyFaults, type HistoryFault } from 'tierfall/testing';
import { generateOther, type OtherHistory } from './checks/second-generator.ts';

// Plays histories with planted faults, runs the checks every hour of them, and prints what was found, in time or not, and
// what was told of healthy days.
//   npm run checks:evaluate                          1,000 histories
//   npm run checks:evaluate -- --first 5001          other seeds
//   npm run checks:evaluate -- --generator second    histories of another make, which the checks were not tuned on
//   npm run checks:evaluate -- --histories 100 --tell    each miss and each false alert
//   npm run checks:evaluate -- --start 2026-06-01    another time of the year

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Half of the histories have a fault. Of another make, two points less is agreement. */
const bars = { first: { found: 0.95, falsePer100Days: 1 }, second: { found: 0.93, falsePer100Days: 1 } };

interface Task {
  seeds: number[];
  startAt: number | undefined;
  isSecond: boolean;
}

interface Outcome {
  fault: HistoryFault | null;
  foundAfterMs: number | null;
  falseAlerts: CheckName[];
  /** Other checks that fired while the fault lasted. */
  besides: CheckName[];
  healthyDays: number;
  notes: string[];
}

if (isMainThread) await main();
// Nothing is handed over.
else parentPort?.postMessage(await evaluateAll(workerData as Task), []);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      first: { type: 'string', default: '1' },
      histories: { type: 'string', default: '1000' },
      start: { type: 'string' },
      generator: { type: 'string', default: 'first' },
      tell: { type: 'boolean', default: false },
    },
  });
  const [first, histories] = [Number(values.first), Number(values.histories)];
  if (!Number.isInteger(first) || !Number.isInteger(histories) || histories < 1) {
    throw new Error('--first and --histories: expected whole numbers');
  }
  if (values.generator !== 'first' && values.generator !== 'second') {
    throw new Error('--generator: expected first or second');
  }
  const isSecond = values.generator === 'second';
  const startAt = values.start === undefined ? undefined : Date.parse(`${values.start}T00:00:00Z`);
  const begun = performance.now();
  const seeds = Array.from({ length: histories }, (_, index) => first + index);
  const workers = Math.min(availableParallelism(), histories);
  const parts = await Promise.all(
    Array.from({ length: workers }, (_, worker) =>
      inWorker({ seeds: seeds.filter((_seed, index) => index % workers === worker), startAt, isSecond }),
    ),
  );
  const outcomes = parts.flat();
  if (values.tell) for (const { notes } of outcomes) for (const note of notes) console.log(note);
  const ok = report(outcomes, bars[values.generator]);
  console.log(
    `\n${histories} histories of the ${values.generator} generator from seed ${first}, ${((performance.now() - begun) / 1000).toFixed(0)} s`,
  );
  if (!ok) process.exitCode = 1;
}

async function inWorker(task: Task): Promise<Outcome[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: task });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function evaluateAll({ seeds, startAt, isSecond }: Task): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const seed of seeds) {
    const fault = seed % 2 === 0 ? null : (historyFaults[Math.floor(seed / 2) % historyFaults.length] ?? null);
    const history = isSecond
      ? generateOther(seed, fault, startAt)
      : generateHistory({ seed, fault, ...(startAt === undefined ? {} : { startAt }) });
    outcomes.push(await evaluate(seed, history));
  }
  return outcomes;
}

async function evaluate(seed: number, history: OtherHistory): Promise<Outcome> {
  const { fault, healthyFrom, healthyUntil } = history;
  const unlimited = { maxAgeMs: Infinity, maxRecords: Infinity };
  const clock = { now: () => history.endAt + DAY_MS };
  const log = createActivityLog({ store: createMemoryStore(), retention: unlimited, clock });
  log.record(history.tasks);
  await log.flush();
  const outcome: Outcome = {
    fault: fault?.name ?? null,
    foundAfterMs: null,
    falseAlerts: [],
    besides: [],
    healthyDays: Math.max(0, healthyUntil - healthyFrom) / DAY_MS,
    notes: [],
  };
  const who = `seed ${seed}, ${history.shape}`;
  const options = { quiet: history.quiet };
  let active = new Set<string>();
  // Up to the hour that begins with the deadline or after it.
  const until = fault ? Math.min(history.endAt, fault.deadlineAt + HOUR_MS) : history.endAt;
  for (let now = history.startAt + HOUR_MS; now <= until; now += HOUR_MS) {
    const { alerts } = await runChecks(log.source, { now, options });
    for (const alert of alerts) {
      if (fault && now >= fault.beginsAt) {
        const finds = findsFault[fault.name].includes(alert.check);
        const isThere = fault.domain === null || alert.domain === fault.domain;
        if (finds && isThere) outcome.foundAfterMs ??= now - fault.beginsAt;
        else if (!outcome.besides.includes(alert.check)) outcome.besides.push(alert.check);
      } else if (!active.has(alert.id) && now <= healthyUntil) {
        outcome.falseAlerts.push(alert.check);
        outcome.notes.push(`false alert: ${who}, ${new Date(now).toISOString()}, ${alert.check}: ${alert.detail}`);
      }
    }
    active = new Set(alerts.map(({ id }) => id));
  }
  if (fault && outcome.foundAfterMs === null) {
    outcome.notes.push(`missed: ${who}, ${fault.name} from ${new Date(fault.beginsAt).toISOString()}`);
  }
  return outcome;
}

function report(outcomes: readonly Outcome[], bar: (typeof bars)['first']): boolean {
  const planted = outcomes.filter(({ fault }) => fault !== null);
  console.log('planted fault      planted  in time  missed   found   after (median)   other checks that fired');
  for (const name of historyFaults) {
    const of = planted.filter(({ fault }) => fault === name);
    const found = of.filter(({ foundAfterMs }) => foundAfterMs !== null);
    const after = found.map(({ foundAfterMs }) => foundAfterMs ?? 0).sort((one, other) => one - other);
    console.log(
      [
        name.padEnd(17),
        String(of.length).padStart(8),
        String(found.length).padStart(8),
        String(of.length - found.length).padStart(7),
        percent(found.length / Math.max(1, of.length)).padStart(8),
        `${((after[Math.floor(after.length / 2)] ?? 0) / HOUR_MS).toFixed(0)} h`.padStart(15),
        `   ${counted(of.flatMap(({ besides }) => besides))}`,
      ].join(' '),
    );
  }
  const days = outcomes.reduce((sum, { healthyDays }) => sum + healthyDays, 0);
  const falseAlerts = outcomes.flatMap((outcome) => outcome.falseAlerts);
  console.log('\ncheck                        found in time   missed   false alerts   per 100 healthy agent-days');
  for (const check of new Set([...Object.values(findsFault).flat(), ...falseAlerts])) {
    const of = planted.filter(({ fault }) => fault !== null && findsFault[fault].includes(check));
    const found = of.filter(({ foundAfterMs }) => foundAfterMs !== null).length;
    const wrong = falseAlerts.filter((name) => name === check).length;
    const cells = [check.padEnd(26), String(found).padStart(13), String(of.length - found).padStart(9)];
    cells.push(String(wrong).padStart(12), ((100 * wrong) / days).toFixed(2).padStart(16));
    console.log(cells.join('  '));
  }
  const share = planted.filter(({ foundAfterMs }) => foundAfterMs !== null).length / planted.length;
  const rate = (100 * falseAlerts.length) / days;
  const [isFound, isQuiet] = [share >= bar.found, rate <= bar.falsePer100Days];
  console.log(
    `\n${isFound ? 'ok  ' : 'MISS'}  ${percent(share)} of ${planted.length} planted faults found in time, at least ${percent(bar.found)}`,
  );
  console.log(
    `${isQuiet ? 'ok  ' : 'MISS'}  ${rate.toFixed(2)} false alerts per 100 healthy agent-days (${days.toFixed(0)}), at most ${bar.falsePer100Days}`,
  );
  return isFound && isQuiet;
}

function counted(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `${name} ${names.filter((other) => other === name).length}`).join(', ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
