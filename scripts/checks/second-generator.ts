import type { ActivityTask } from 'tierfall/checks';
import { createSeededRandom, type History, type HistoryFault, type PlantedFault } from 'tierfall/testing';

// Histories of another make than those of `tierfall/testing`, which the checks were never tuned on: smooth days instead of
// hours drawn one by one, tasks that come in clusters or more evenly than chance, days that depend on the day before,
// qualities and shares that are normal on the scale of their odds, qualities in grades, costs of two models.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS = HOUR_MS / 12;
const DAYS = 35;
/** How long a fault may go on behind the end, where few tasks show it. */
const LONGER_DAYS = 40;
/** A Monday. */
const DEFAULT_START = Date.UTC(2026, 0, 5);

const shapes = ['smooth', 'two-peaks', 'clusters', 'even', 'shifts'] as const;

export type OtherHistory = Omit<History, 'shape'> & { shape: string };
type Task = Omit<ActivityTask, 'instance'> & { at: number };

/** What a fault makes of a task. */
interface Change {
  reject?: number;
  qualityDown?: number;
  cost?: number;
  domain?: string;
}

/** Draws one agent and what it did; the same seed gives the same history. */
export function generateOther(seed: number, name: HistoryFault | null, startAt = DEFAULT_START): OtherHistory {
  const random = createSeededRandom(seed * 104_729 + 5);
  const between = (from: number, to: number) => from + (to - from) * random();
  const log = (from: number, to: number) => from * (to / from) ** random();
  const whole = (from: number, to: number) => Math.floor(between(from, to + 1));
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const odds = (value: number) => 1 / (1 + Math.exp(-value));

  // Its week.
  const shape = shapes[whole(0, shapes.length - 1)] ?? 'smooth';
  const offsetMs = whole(-22, 24) * (HOUR_MS / 2);
  const weekend = random() < 0.5 ? 0 : between(0.1, 1.1);
  const weekdays = Array.from({ length: 7 }, (_, day) => (day % 6 === 0 ? weekend : between(0.75, 1.25)));
  const ofDay = dayCurve(shape, between(7, 18), between(2, 3.5));
  const mean = Array.from({ length: 24 }, (_, hour) => ofDay(hour)).reduce((sum, value) => sum + value, 0) / 24;
  const perHour = log(15, 250) / 24 / mean;
  const clusterSize = shape === 'clusters' ? between(3, 8) : 1;
  const evenness = shape === 'even' ? whole(2, 4) : 1;
  const holidays = Array.from({ length: random() < 0.4 ? whole(1, 3) : 0 }, () => whole(0, DAYS - 1));
  const quiet = holidays.map((day) => ({
    from: startAt + day * DAY_MS - offsetMs,
    until: startAt + (day + 1) * DAY_MS - offsetMs,
  }));
  const isNew = name === null && random() < 0.2;
  const bornAt = isNew ? startAt + whole(1, 20) * DAY_MS : startAt;
  let endAt = startAt + DAYS * DAY_MS;
  const retiredAt = name === null && random() < 0.07 ? startAt + between(0.5, 0.9) * DAYS * DAY_MS : Infinity;

  /** Tasks an hour, before what is drawn for the day. */
  function rate(at: number): number {
    if (at < bornAt || at >= retiredAt || quiet.some(({ from, until }) => at >= from && at < until)) return 0;
    const local = at + offsetMs;
    const weekday = (((Math.floor(local / DAY_MS) + 4) % 7) + 7) % 7;
    return perHour * (weekdays[weekday] ?? 0) * ofDay((local % DAY_MS) / HOUR_MS);
  }

  // Its days: each is drawn with regard to the one before.
  const carry = between(0, 0.6);
  const spreads = { pace: between(0.1, 0.45), reject: between(0.05, 0.4), quality: between(0.05, 0.6), cost: 0.2 };
  const days = Array.from({ length: DAYS + LONGER_DAYS + 3 }, () => ({ pace: 0, reject: 0, quality: 0, cost: 0 }));
  for (const [index, day] of days.entries()) {
    const before = days[index - 1] ?? day;
    for (const what of ['pace', 'reject', 'quality', 'cost'] as const) {
      day[what] = carry * before[what] + Math.sqrt(1 - carry ** 2) * spreads[what] * normal();
    }
  }
  const dayAt = (at: number) => days[Math.floor((at + offsetMs - startAt) / DAY_MS) + 1] ?? days[0]!;

  /** Times of tasks: a renewal process in the time that the rate makes, each event a task or a cluster of them. */
  function times(from: number, until: number, pace: number): number[] {
    const found: number[] = [];
    const untilNext = () => {
      let sum = 0;
      for (let part = 0; part < evenness; part++) sum -= Math.log(1 - random()) / evenness;
      return sum;
    };
    let left = untilNext();
    for (let at = from; at < until; at += STEP_MS) {
      let within = 0;
      const amount = ((rate(at) * Math.exp(dayAt(at).pace) * pace) / clusterSize) * (STEP_MS / HOUR_MS);
      while (left <= amount - within) {
        within += left;
        left = untilNext();
        let when = at + (within / amount) * STEP_MS;
        found.push(when);
        while (random() < 1 - 1 / clusterSize) found.push((when -= Math.log(1 - random()) * 4 * 60_000));
      }
      left -= amount - within;
    }
    return found
      .map(Math.round)
      .filter((at) => at < until)
      .sort((one, other) => one - other);
  }

  // Its work.
  const names = Array.from({ length: name === 'domain' ? whole(2, 8) : whole(1, 10) }, (_, index) => `site-${index}`);
  const weights = names.map((_, index) => 1 / (index + 1) ** between(0.3, 1));
  const reasons = ['invalid total', 'wrong tone', 'off topic', 'no source', 'late'].slice(0, whole(1, 5));
  const usualReject = Math.log(log(0.01, 0.35));
  const sticky = random() < 0.3 ? between(0, 0.4) : 0;
  const qualityMean = between(0.3, 2.2);
  const qualitySpread = between(0.2, 0.7);
  const grades = random() < 0.25 ? 10 : 0;
  const hasQuality = name === 'quality' || random() < 0.7;
  const costUsd = log(0.001, 0.5);
  const dear = random() < 0.4 ? { part: between(0.05, 0.3), factor: between(2, 6) } : { part: 0, factor: 1 };
  const costSpread = between(0.1, 0.7);
  let wasRejected = false;
  let count = 0;

  function task(at: number, change: Change = {}): Task {
    const day = dayAt(at);
    const domain = names[draw(weights, random)] ?? 'site-0';
    const isSick = change.domain === domain;
    const usual = odds(usualReject + day.reject + (wasRejected ? sticky : 0));
    const share = Math.min(0.97, usual + (change.domain === undefined || isSick ? (change.reject ?? 0) : 0));
    const fails = random() < 0.01;
    wasRejected = !fails && random() < share;
    const quality = odds(qualityMean + qualitySpread * (day.quality + normal())) - (change.qualityDown ?? 0);
    const price = random() < dear.part ? dear.factor : 1;
    return {
      at,
      task: `job ${++count}`,
      domain,
      outcome: fails ? 'failed' : wasRejected ? 'rejected' : 'accepted',
      ...(wasRejected ? { reason: reasons[whole(0, reasons.length - 1)] } : fails ? { reason: 'crashed' } : {}),
      ...(hasQuality ? { quality: grade(Math.max(0, Math.min(1, quality)), grades) } : {}),
      costUsd: costUsd * price * Math.exp(day.cost + costSpread * normal()) * (change.cost ?? 1),
      resultHash: `result ${count}`,
    };
  }

  // What goes wrong, while it works.
  let faultAt = name === null ? endAt : startAt + between(0.66, 0.82) * DAYS * DAY_MS;
  for (let tries = 0; name !== null && rate(faultAt) < 0.3 * perHour * mean && tries < 2000; tries++) {
    faultAt += STEP_MS;
  }
  const before = times(startAt, Math.min(faultAt, endAt), 1).map((at) => task(at));
  const last = before.at(-1)?.at ?? faultAt;
  const longerUntil = endAt + LONGER_DAYS * DAY_MS;
  let after: Task[] = [];
  let fault: PlantedFault | null = null;
  const goOn = (pace: number, change: Change = {}) => times(faultAt, longerUntil, pace).map((at) => task(at, change));
  const told = (tasks: readonly Task[], records: number, isOne: (one: Task) => boolean = () => true): number =>
    (tasks.filter(isOne)[records - 1]?.at ?? longerUntil) + 2 * HOUR_MS;
  const plant = (beginsAt: number, deadlineAt: number, domain: string | null = null) => {
    fault = name && { name, beginsAt, deadlineAt, domain };
  };
  /** When so many times 2.5 of the longest pause, and 2 h, have passed of the time it works in. */
  const silentUntil = (pauses: number): number => {
    const worked = (from: number, until: number) => {
      let sum = 0;
      for (let at = from; at < until; at += STEP_MS) if (rate(at) > 0.25) sum += Math.min(STEP_MS, until - at);
      return sum;
    };
    let longest = 0;
    for (const [index, { at }] of before.entries()) {
      const next = before[index + 1]?.at;
      if (next && at >= faultAt - 28 * DAY_MS && next - at > 4 * STEP_MS) longest = Math.max(longest, worked(at, next));
    }
    let at = last;
    for (let sum = 0; sum < pauses * 2.5 * longest + 2 * HOUR_MS && at < longerUntil; at += STEP_MS) {
      if (rate(at) > 0.25) sum += STEP_MS;
    }
    return at;
  };
  if (name === 'rejections') {
    after = goOn(1, { reject: between(0.4, 0.6) });
    plant(
      after[0]?.at ?? faultAt,
      told(after, 40, ({ outcome }) => outcome !== 'failed'),
    );
  } else if (name === 'quality') {
    after = goOn(1, { qualityDown: 3 * spreadOf(before.map(({ quality }) => quality ?? 0)) });
    plant(after[0]?.at ?? faultAt, told(after, 40));
  } else if (name === 'cost' || name === 'pace-up') {
    after = name === 'cost' ? goOn(1, { cost: 6 }) : goOn(10);
    plant(after[0]?.at ?? faultAt, told(after, 40));
  } else if (name === 'domain') {
    const [domain = 'site-0'] = names;
    after = goOn(1, { reject: between(0.45, 0.65), domain });
    const isSick = (one: Task) => one.domain === domain && one.outcome === 'rejected';
    plant(after[0]?.at ?? faultAt, told(after, 25, isSick), domain);
  } else if (name === 'silence') plant(last, silentUntil(1));
  else if (name === 'pace-down') {
    after = goOn(0.04);
    plant(last, Math.max(silentUntil(3), told(after, 8)));
  } else if (name) {
    const everyMs = between(15, 150) * 1000;
    after = Array.from({ length: 12 }, (_, index) => {
      const member = name === 'loop' ? 0 : index % 2;
      const stuck = { task: `stuck ${member}`, reason: `no such tool ${member}`, resultHash: `same ${member}` };
      return { ...task(Math.round(faultAt + index * everyMs)), ...stuck, outcome: 'rejected' as const };
    });
    const until = after.at(-1)?.at ?? faultAt;
    after.push(...times(until + 1, endAt, 1).map((at) => task(at)));
    plant(faultAt, until + 2 * HOUR_MS);
  }
  const planted = fault as PlantedFault | null;
  if (planted) endAt = Math.max(endAt, planted.deadlineAt + HOUR_MS);
  const tasks = [...before, ...after].filter(({ at }) => at < endAt);
  // Some of it is handed in late, and some twice.
  if (random() < 0.15 && tasks.length > 100) {
    const late = tasks.splice(whole(0, tasks.length - 60), 30);
    tasks.splice(whole(0, tasks.length), 0, ...late, ...late.slice(0, 5));
  }
  const instance = `other-${seed}`;
  return {
    instance,
    shape,
    startAt,
    endAt,
    tasks: tasks.map((one) => ({ instance, ...one })),
    fault: planted,
    quiet,
    healthyFrom: bornAt,
    healthyUntil: planted?.beginsAt ?? Math.min(endAt, retiredAt),
  };
}

/** How busy it is at an hour of the day, 0 to about 1. */
function dayCurve(shape: (typeof shapes)[number], peak: number, width: number): (hour: number) => number {
  const bump = (hour: number, at: number, spread: number) => {
    const off = Math.min(Math.abs(hour - at), 24 - Math.abs(hour - at));
    return off > 3 * spread ? 0 : Math.exp(-(off ** 2) / (2 * spread ** 2));
  };
  if (shape === 'smooth') return (hour) => 0.1 + 0.9 * bump(hour, peak, 2 * width);
  if (shape === 'two-peaks') return (hour) => bump(hour, peak - 2.5, width / 2) + bump(hour, peak + 2.5, width / 2);
  if (shape === 'even') return () => 1;
  if (shape === 'shifts') return (hour) => (Math.abs(hour - peak) < 6 ? 1 : 0);
  return (hour) => bump(hour, peak, width);
}

function draw(weights: readonly number[], random: () => number): number {
  let left = weights.reduce((sum, weight) => sum + weight, 0) * random();
  return weights.findIndex((weight) => (left -= weight) < 0);
}

function grade(quality: number, grades: number): number {
  return grades === 0 ? quality : Math.round(quality * grades) / grades;
}

function spreadOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
