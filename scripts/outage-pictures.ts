import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  createSeededRandom,
  down,
  flapping,
  simulate,
  storm,
  type Fault,
  type SimulatedAttempt,
} from 'tierfall/testing';
import { renderSvg, type Mark, type Panel, type Point, type Words } from './svg-chart.ts';

// The pictures of docs/policy.md: one worker in an outage of some minutes, as the simulator plays it, on the defaults.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Answers are counted in steps of this length. */
const STEP_MS = 2 * SECOND;
const SEED = 4;

interface Outage extends Words {
  name: string;
  fault: Fault;
  durationMs: number;
  /** What stands in the shaded time. */
  label: string;
}

const outages: readonly Outage[] = [
  {
    name: 'hard-down',
    title: 'A hard-down outage of three minutes',
    description:
      'Two rows over seven minutes. Tier 1 answers until minute 2. In the outage it answers nothing: an attempt fails every ' +
      'few seconds, while tier 2 answers all calls. Seconds after the outage tier 1 answers again and ' +
      'tier 2 gets no more calls.',
    fault: down({ startMs: 2 * MINUTE, lastsMs: 3 * MINUTE }),
    durationMs: 7 * MINUTE,
    label: 'tier 1 fails every call',
  },
  {
    name: 'flapping',
    title: 'A first tier that comes and goes',
    description:
      'Two rows over seven minutes. Tier 1 is down and up in turns of 15 to 45 seconds. In each turn down a few attempts ' +
      'fail and tier 2 answers; in each turn up tier 1 answers again after some seconds.',
    fault: flapping({ startMs: MINUTE, lastsMs: 5 * MINUTE }),
    durationMs: 7 * MINUTE,
    label: 'down',
  },
  {
    name: 'rate-limit',
    title: 'A rate limit whose waits are obeyed',
    description:
      'Two rows over seven minutes. From minute 1 to 5 tier 1 answers two calls a second and tells the others to wait 30 seconds. ' +
      'In each of these waits it is not asked at all and tier 2 answers; after a wait tier 1 answers until it refuses again.',
    fault: storm({ startMs: MINUTE, lastsMs: 4 * MINUTE, allowedPerSecond: 2, burst: 40, retryAfterMs: 30 * SECOND }),
    durationMs: 7 * MINUTE,
    label: 'two of four calls a second are allowed',
  },
];

/** Draws every outage into docs/pictures. Returns the paths. */
export async function drawOutages(): Promise<string[]> {
  const paths: string[] = [];
  for (const outage of outages) {
    const path = `docs/pictures/outage-${outage.name}.svg`;
    await writeFile(fileURLToPath(new URL(`../${path}`, import.meta.url)), await draw(outage));
    paths.push(path);
  }
  return paths;
}

async function draw({ fault, durationMs, label, ...words }: Outage): Promise<string> {
  const attempts: SimulatedAttempt[] = [];
  const result = await simulate({
    fault,
    durationMs,
    seed: SEED,
    workers: 1,
    callsPerSecond: 4,
    onAttempt: (attempt) => void attempts.push(attempt),
  });
  // Nothing but what the pictures say of every outage.
  if (result.failedCalls > 0 || result.violatedWaits > 0)
    throw new Error(`${words.title}: a call failed, or a wait was not obeyed`);
  const first = attempts.filter(({ tier }) => tier === 0);
  const failures = first.filter(({ ok }) => !ok);
  const most = Math.max(...[0, 1].flatMap((tier) => answersOf(attempts, tier, durationMs).map(([, count]) => count)));
  const bars = (tier: number): Mark => ({
    kind: 'bars',
    width: STEP_MS,
    points: answersOf(attempts, tier, durationMs),
  });
  const panel = (title: string, marks: readonly Mark[]): Panel => ({
    title,
    x: [0, durationMs],
    y: [0, most * 1.45],
    ticks: Array.from({ length: durationMs / MINUTE - 1 }, (_, minute) => ({
      at: (minute + 1) * MINUTE,
      label: minute === 0 ? 'minute 1' : String(minute + 1),
    })),
    marks,
  });
  const waits = waitsOf(failures);
  const told = waits.length > 0 ? ', waits it named (amber)' : '';
  return renderSvg(words, [
    panel(`Tier 1: answers in ${STEP_MS / SECOND} s (bars), failed attempts (dots)${told}`, [
      ...troubleOf(fault, durationMs, label),
      ...waits.map(([from, to]): Mark => ({ kind: 'span', tone: 'wait', from, to })),
      bars(0),
      { kind: 'dots', tone: 'bad', points: failures.map(({ atMs }): Point => [atMs, most * 1.16]) },
    ]),
    panel(`Tier 2: answers in ${STEP_MS / SECOND} s`, [bars(1)]),
  ]);
}

function answersOf(attempts: readonly SimulatedAttempt[], tier: number, durationMs: number): Point[] {
  const counts = Array.from({ length: Math.ceil(durationMs / STEP_MS) }, (_, step): [number, number] => [
    step * STEP_MS,
    0,
  ]);
  for (const { tier: asked, ok, atMs } of attempts) {
    if (asked === tier && ok && atMs < durationMs) counts[Math.floor(atMs / STEP_MS)]![1] += 1;
  }
  return counts.filter(([, count]) => count > 0);
}

/** Waits that the provider named, those that overlap as one. */
function waitsOf(failures: readonly SimulatedAttempt[]): [from: number, to: number][] {
  const waits: [from: number, to: number][] = [];
  for (const { atMs, retryAfterMs = 0 } of failures) {
    if (retryAfterMs === 0) continue;
    const last = waits.at(-1);
    if (last && atMs <= last[1]) last[1] = Math.max(last[1], atMs + retryAfterMs);
    else waits.push([atMs, atMs + retryAfterMs]);
  }
  return waits;
}

/** When tier 1 does not answer; of a rate limit, when it limits. Drawn with the seed that the simulator draws it with first. */
function troubleOf(fault: Fault, durationMs: number, label: string): Mark[] {
  const run = fault.begin(createSeededRandom(SEED));
  const spans: { from: number; to: number }[] = [];
  for (let at = 0; at < durationMs; at += 100) {
    const isTrouble = at >= run.startMs && at < run.endMs && (fault.name === 'storm' || !run.isGood(at));
    const last = spans.at(-1);
    if (isTrouble && last?.to === at) last.to = at + 100;
    else if (isTrouble) spans.push({ from: at, to: at + 100 });
  }
  return spans.map(
    (span, index): Mark => ({ kind: 'span', tone: 'trouble', ...span, ...(index === 0 ? { label } : {}) }),
  );
}
