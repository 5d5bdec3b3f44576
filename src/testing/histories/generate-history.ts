import type { ActivityTask } from '../../core/activity/activity-task.js';
import { ConfigError } from '../../core/errors.js';
import type { Random } from '../../ports/clock.js';
import { aboveZero, anything, checkOptions, wholeNumber } from '../check-options.js';
import { createSeededRandom } from '../simulation/seeded-random.js';
import { clamp, normal, pick, untilNext } from './draw.js';
import { historyFaults, type HistoryFault, type PlantedFault } from './faults.js';
import { drawCharacter, historyShapes, type Character, type HistoryShape } from './shapes.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LONGER_MS = 60 * DAY_MS;
/** A Monday. */
const DEFAULT_START = Date.UTC(2026, 0, 5);

/** What `generateHistory` takes. */
export interface HistoryOptions {
  /** The same seed gives the same history. */
  seed: number;
  /** Days it covers, 14 or more. Default 35. */
  days?: number | undefined;
  /** Default: drawn. */
  shape?: HistoryShape | undefined;
  /** What goes wrong near its end. Default `null`: nothing. */
  fault?: HistoryFault | null | undefined;
  /** When it begins, epoch milliseconds. Default: Monday, 5 January 2026. */
  startAt?: number | undefined;
}

/** What one agent did, and what went wrong. */
export interface History {
  instance: string;
  shape: HistoryShape;
  startAt: number;
  endAt: number;
  /** In the order in which they were recorded, which is not always that of their times. */
  tasks: ActivityTask[];
  fault: PlantedFault | null;
  /** Days without work that a calendar names, as `options.quiet` of `runChecks` takes them, in UTC. */
  quiet: { from: number; until: number }[];
  /** First and last day on which the agent worked as it should, epoch milliseconds. */
  healthyFrom: number;
  healthyUntil: number;
}

/** A day as it turned out. */
interface Day {
  pace: number;
  rejectShare: number;
  quality: number;
  cost: number;
}

/**
 * Draws what one agent did over some weeks: office hours and round the clock, sessions and pauses, days that differ from each
 * other, weekends, holidays, a change of the clocks, agents that are new or retired, records that come late. With `fault`,
 * one thing goes wrong in it.
 *
 * @throws {ConfigError} an option is unknown or wrong
 */
export function generateHistory(options: HistoryOptions): History {
  checkOptions(options, { seed: wholeNumber, days: aboveZero, shape: anything, fault: anything, startAt: wholeNumber });
  const { seed, days = 35, fault: faultName = null, startAt = DEFAULT_START } = options;
  if (options.shape !== undefined && !historyShapes.includes(options.shape)) {
    throw new ConfigError([{ path: 'shape', message: `expected one of ${historyShapes.join(', ')}` }]);
  }
  if (faultName !== null && !historyFaults.includes(faultName)) {
    throw new ConfigError([{ path: 'fault', message: `expected one of ${historyFaults.join(', ')}, or null` }]);
  }
  if (days < 14) throw new ConfigError([{ path: 'days', message: 'expected 14 or more' }]);
  const random = createSeededRandom(seed * 7919 + 17);
  const shape = options.shape ?? pick(historyShapes, () => 1, random);
  const character = drawCharacter(shape, random);
  const world = new World(character, random, startAt, days);
  const tasks = world.play(faultName);
  if (random() < 0.15) comeLate(tasks, random);
  return {
    instance: `agent-${seed}`,
    shape,
    startAt,
    endAt: world.endAt,
    tasks: tasks.map((task) => ({ instance: `agent-${seed}`, ...task })),
    fault: world.fault,
    quiet: world.quiet,
    healthyFrom: world.bornAt,
    healthyUntil: world.fault?.beginsAt ?? Math.min(world.endAt, world.retiredAt),
  };
}

type Task = Omit<ActivityTask, 'instance'> & { at: number };

class World {
  fault: PlantedFault | null = null;
  readonly quiet: { from: number; until: number }[] = [];
  bornAt: number;
  retiredAt: number;
  endAt: number;
  readonly #character: Character;
  readonly #random: Random;
  readonly #startAt: number;
  readonly #endAt: number;
  /** The clocks change here, by an hour. */
  readonly #clockChangeAt: number;
  #day: Day = { pace: 1, rejectShare: 0, quality: 0, cost: 1 };
  #dayOf = Number.NaN;
  #count = 0;

  constructor(character: Character, random: Random, startAt: number, days: number) {
    this.#character = character;
    this.#random = random;
    this.#startAt = startAt;
    this.#endAt = startAt + days * DAY_MS;
    this.bornAt = startAt + (random() < 0.2 ? Math.floor(random() * (days - 13)) * DAY_MS : 0);
    this.endAt = this.#endAt;
    this.retiredAt = Number.POSITIVE_INFINITY;
    this.#clockChangeAt = random() < 0.25 ? startAt + random() * days * DAY_MS : Number.POSITIVE_INFINITY;
    const holidays = random() < 0.4 ? 1 + Math.floor(random() * 2) : 0;
    for (let index = 0; index < holidays; index++) this.#addHoliday(days);
  }

  #addHoliday(days: number): void {
    const day = Math.floor(this.#random() * days);
    const from = this.#startAt + day * DAY_MS - this.#character.offset * HOUR_MS;
    this.quiet.push({ from, until: from + DAY_MS });
  }

  /** Tasks an hour at a moment, before the day's own pace. */
  rate(at: number): number {
    if (at < this.bornAt || at >= this.retiredAt) return 0;
    if (this.quiet.some(({ from, until }) => at >= from && at < until)) return 0;
    const shift = at >= this.#clockChangeAt ? 1 : 0;
    const local = at + (this.#character.offset + shift) * HOUR_MS;
    const weekday = (Math.floor(local / DAY_MS) + 4) % 7;
    const hour = Math.floor(local / HOUR_MS) % 24;
    return (this.#character.hours[hour] ?? 0) * (this.#character.weekdays[weekday] ?? 0);
  }

  /** What a day is like, drawn anew with each. */
  #today(at: number): Day {
    const day = Math.floor((at + this.#character.offset * HOUR_MS) / DAY_MS);
    if (day === this.#dayOf) return this.#day;
    this.#dayOf = day;
    const { daySpread, rejectShare, rejectSpread, quality, qualitySpread, qualityDaySpread, costDaySpread } =
      this.#character;
    this.#day = {
      pace: Math.exp(daySpread * normal(this.#random) - daySpread ** 2 / 2),
      rejectShare: clamp(rejectShare * (1 + rejectSpread * normal(this.#random)), 0.001, 0.9),
      quality: quality + qualitySpread * qualityDaySpread * normal(this.#random),
      cost: Math.exp(costDaySpread * normal(this.#random)),
    };
    return this.#day;
  }

  /** The times of tasks from one moment to another, `pace` times as many as usual. */
  *#times(from: number, until: number, pace: number): Generator<number> {
    const { sessionPart, sessionMinutes } = this.#character;
    let at = from;
    let inSession = true;
    let changesAt =
      sessionPart === 1 ? Number.POSITIVE_INFINITY : from + untilNext(1 / sessionMinutes, this.#random) * MINUTE_MS;
    while (at < until) {
      const hourEnd = Math.min((Math.floor(at / HOUR_MS) + 1) * HOUR_MS, until, changesAt);
      const rate = inSession ? (this.rate(at) * this.#today(at).pace * pace) / sessionPart : 0;
      const next = rate > 0 ? at + untilNext(rate / HOUR_MS, this.#random) : Number.POSITIVE_INFINITY;
      if (next < hourEnd) {
        at = next;
        yield Math.round(at);
        continue;
      }
      at = hourEnd;
      if (at < changesAt) continue;
      inSession = !inSession;
      const minutes = inSession ? sessionMinutes : (sessionMinutes * (1 - sessionPart)) / sessionPart;
      changesAt = at + untilNext(1 / minutes, this.#random) * MINUTE_MS;
    }
  }

  /** One task at this moment; `change` is what a fault makes of the day. */
  #task(
    at: number,
    change: Partial<{ reject: number; quality: number; cost: number; domain: string; domainReject: number }> = {},
  ): Task {
    const character = this.#character;
    const today = this.#today(at);
    const domain = pick(character.domains, ({ weight }) => weight, this.#random);
    const isSick = change.domain === domain.name;
    const usual = clamp(today.rejectShare * domain.rejects, 0, 0.9);
    const share = isSick ? (change.domainReject ?? usual) : clamp(usual + (change.reject ?? 0), 0, 0.98);
    const fails = this.#random() < character.failShare;
    const isRejected = !fails && this.#random() < share;
    const task: Task = {
      at,
      task: `${pick(character.kinds, () => 1, this.#random)} ${++this.#count}`,
      domain: domain.name,
      outcome: fails ? 'failed' : isRejected ? 'rejected' : 'accepted',
      costUsd:
        character.costUsd * today.cost * (change.cost ?? 1) * Math.exp(character.costSpread * normal(this.#random)),
    };
    if (character.hasQuality || change.quality !== undefined) {
      task.quality = clamp(
        today.quality + (change.quality ?? 0) + character.qualitySpread * normal(this.#random),
        0,
        1,
      );
    }
    if (fails) task.reason = 'timed out';
    if (isRejected)
      task.reason = isSick ? (character.reasons[0] ?? 'refused') : pick(character.reasons, () => 1, this.#random);
    task.resultHash = `hash-${character.results > 0 ? Math.floor(this.#random() * character.results) : `${at}-${this.#count}`}`;
    return task;
  }

  /** Plays the whole history; a fault begins in its last third, while the agent works. */
  play(name: HistoryFault | null): Task[] {
    if (name === null && this.#random() < 0.08)
      this.retiredAt = this.#startAt + (0.5 + this.#random() * 0.4) * (this.#endAt - this.#startAt);
    if (name !== null) this.bornAt = Math.min(this.bornAt, this.#startAt + (this.#endAt - this.#startAt) * 0.4);
    // Against the rest: there has to be one.
    const { domains } = this.#character;
    if (name === 'domain' && domains.length < 2) domains.push({ name: 'domain-2', weight: 1, rejects: 1 });
    const faultAt = name === null ? this.#endAt : this.#workingMoment();
    const tasks: Task[] = [];
    for (const at of this.#times(this.#startAt, faultAt, 1)) tasks.push(this.#task(at));
    if (name !== null) {
      for (const task of this.#plant(name, faultAt, tasks)) tasks.push(task);
      this.endAt = Math.max(this.endAt, (this.fault?.deadlineAt ?? 0) + HOUR_MS);
    }
    return tasks.filter(({ at }) => at < this.endAt);
  }

  #workingMoment(): number {
    const length = this.#endAt - this.#startAt;
    for (let tries = 0; tries < 1000; tries++) {
      const at = this.#startAt + (0.66 + this.#random() * 0.16) * length;
      if (this.rate(at) > 0) return Math.round(at);
    }
    return this.#startAt + 0.7 * length;
  }

  #plant(name: HistoryFault, from: number, before: readonly Task[]): Task[] {
    const end = this.#endAt + LONGER_MS;
    // A fault that few tasks a day show goes on for longer, until there were enough of them.
    const timesOf = (pace: number) => [...this.#times(from, end, pace)];
    const character = this.#character;
    const after = (tasks: readonly Task[], count: number) => (tasks[count - 1]?.at ?? end) + 2 * HOUR_MS;
    const note = (tasks: readonly Task[], deadlineAt: number, domain: string | null = null) => {
      this.fault = { name, beginsAt: tasks[0]?.at ?? from, deadlineAt, domain };
    };
    switch (name) {
      case 'rejections': {
        const rise = 0.4 + this.#random() * 0.2;
        const tasks = timesOf(1).map((at) => this.#task(at, { reject: rise }));
        note(
          tasks,
          after(
            tasks.filter(({ outcome }) => outcome !== 'failed'),
            40,
          ),
        );
        return tasks;
      }
      case 'quality': {
        const spread = character.qualitySpread * Math.sqrt(1 + character.qualityDaySpread ** 2);
        for (const task of before)
          task.quality ??= clamp(character.quality + character.qualitySpread * normal(this.#random), 0, 1);
        const tasks = timesOf(1).map((at) => this.#task(at, { quality: -3 * spread }));
        note(tasks, after(tasks, 40));
        return tasks;
      }
      case 'cost': {
        const tasks = timesOf(1).map((at) => this.#task(at, { cost: 6 }));
        note(tasks, after(tasks, 40));
        return tasks;
      }
      case 'pace-up': {
        const tasks = timesOf(10).map((at) => this.#task(at));
        note(tasks, after(tasks, 40));
        return tasks;
      }
      case 'pace-down': {
        const tasks = timesOf(0.04).map((at) => this.#task(at));
        // A trickle has no limit of its own: three silences, or eight of the few tasks that are left.
        const deadlineAt = Math.max(this.#silenceDeadline(before, from, 3), after(tasks, 8));
        this.fault = { name, beginsAt: before.at(-1)?.at ?? from, deadlineAt, domain: null };
        return tasks;
      }
      case 'silence': {
        this.fault = {
          name,
          beginsAt: before.at(-1)?.at ?? from,
          deadlineAt: this.#silenceDeadline(before, from, 1),
          domain: null,
        };
        return [];
      }
      case 'domain': {
        const [sick] = character.domains;
        const domain = sick?.name ?? 'domain-1';
        const reject = clamp(character.rejectShare * (sick?.rejects ?? 1) + 0.45 + 0.2 * this.#random(), 0, 0.95);
        const tasks = timesOf(1).map((at) => this.#task(at, { domain, domainReject: reject }));
        note(
          tasks,
          after(
            tasks.filter((task) => task.domain === domain && task.outcome === 'rejected'),
            25,
          ),
          domain,
        );
        return tasks;
      }
      case 'loop':
      case 'cycle':
        return this.#loop(name, from);
    }
  }

  /** Twelve times the same, or two tasks in turn, and then on as usual. */
  #loop(name: 'loop' | 'cycle', from: number): Task[] {
    const outcome = this.#random() < 0.5 ? ('rejected' as const) : ('failed' as const);
    const members = (name === 'loop' ? [1] : [1, 2]).map((member) => {
      const { resultHash: _, quality: __, ...task } = this.#task(from);
      return { ...task, outcome, reason: `step ${member} did not finish`, resultHash: `stuck-${member}` };
    });
    const everyMs = (10 + this.#random() * 110) * 1000;
    const tasks = Array.from({ length: 12 }, (_, index): Task => {
      const member = members[index % members.length];
      if (!member) throw new RangeError('a loop has members');
      return { ...member, at: Math.round(from + index * everyMs) };
    });
    const last = tasks.at(-1)?.at ?? from;
    this.fault = { name, beginsAt: from, deadlineAt: last + 2 * HOUR_MS, domain: null };
    for (const at of this.#times(last + 1, this.#endAt, 1)) tasks.push(this.#task(at));
    return tasks;
  }

  /** When so much working time is over since the last task before a silence: 2.5 times the longest pause, and 2 h. */
  #silenceDeadline(before: readonly Task[], from: number, times: number): number {
    const minute = 5 * MINUTE_MS;
    const working = (start: number, end: number): number => {
      let total = 0;
      for (let at = start; at < end; at += minute) if (this.rate(at) > 0.25) total += Math.min(minute, end - at);
      return total;
    };
    let longest = 0;
    const baseline = before.filter(({ at }) => at >= from - 28 * DAY_MS);
    for (const [index, task] of baseline.entries()) {
      const next = baseline[index + 1];
      if (next && next.at - task.at > 20 * MINUTE_MS) longest = Math.max(longest, working(task.at, next.at));
    }
    const needed = times * (2.5 * longest) + 2 * HOUR_MS;
    let [at, worked] = [before.at(-1)?.at ?? from, 0];
    for (; worked < needed && at < this.#endAt + LONGER_MS; at += minute) if (this.rate(at) > 0.25) worked += minute;
    return at;
  }
}

/** A stretch of records is handed in after what came behind it, and one record twice. */
function comeLate(tasks: Task[], random: Random): void {
  if (tasks.length < 60) return;
  const from = Math.floor(random() * (tasks.length - 50));
  const late = tasks.splice(from, 20);
  tasks.splice(from + 20, 0, ...late, ...late.slice(0, 1));
}
