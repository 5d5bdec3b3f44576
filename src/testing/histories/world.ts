import type { ActivityTask } from '../../core/activity/activity-task.js';
import type { Random } from '../../ports/clock.js';
import { clamp, normal, pick, untilNext } from './draw.js';
import type { Character } from './shapes.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './time.js';

/** A day as it turned out. */
interface Day {
  pace: number;
  rejectShare: number;
  quality: number;
  cost: number;
}

export type Task = Omit<ActivityTask, 'instance'> & { at: number };

/** One agent, and the time it lives in. */
export class World {
  readonly quiet: { from: number; until: number }[] = [];
  bornAt: number;
  retiredAt: number;
  endAt: number;
  readonly character: Character;
  readonly random: Random;
  readonly startAt: number;
  /** The clocks change here, by an hour. */
  readonly #clockChangeAt: number;
  #day: Day = { pace: 1, rejectShare: 0, quality: 0, cost: 1 };
  #dayOf = Number.NaN;
  #count = 0;

  constructor(character: Character, random: Random, startAt: number, days: number) {
    this.character = character;
    this.random = random;
    this.startAt = startAt;
    this.endAt = startAt + days * DAY_MS;
    this.bornAt = startAt + (random() < 0.2 ? Math.floor(random() * (days - 13)) * DAY_MS : 0);
    this.retiredAt = Number.POSITIVE_INFINITY;
    this.#clockChangeAt = random() < 0.25 ? startAt + random() * days * DAY_MS : Number.POSITIVE_INFINITY;
    const holidays = random() < 0.4 ? 1 + Math.floor(random() * 2) : 0;
    for (let index = 0; index < holidays; index++) this.#addHoliday(days);
  }

  #addHoliday(days: number): void {
    const day = Math.floor(this.random() * days);
    const from = this.startAt + day * DAY_MS - this.character.offset * HOUR_MS;
    this.quiet.push({ from, until: from + DAY_MS });
  }

  /** Tasks an hour at a moment, before the day's own pace. */
  rate(at: number): number {
    if (at < this.bornAt || at >= this.retiredAt) return 0;
    if (this.quiet.some(({ from, until }) => at >= from && at < until)) return 0;
    const shift = at >= this.#clockChangeAt ? 1 : 0;
    const local = at + (this.character.offset + shift) * HOUR_MS;
    const weekday = (Math.floor(local / DAY_MS) + 4) % 7;
    const hour = Math.floor(local / HOUR_MS) % 24;
    return this.character.hours[hour]! * this.character.weekdays[weekday]!;
  }

  /** What a day is like, drawn anew with each. */
  #today(at: number): Day {
    const day = Math.floor((at + this.character.offset * HOUR_MS) / DAY_MS);
    if (day === this.#dayOf) return this.#day;
    this.#dayOf = day;
    const { daySpread, rejectShare, rejectSpread, quality, qualitySpread, qualityDaySpread, costDaySpread } =
      this.character;
    this.#day = {
      pace: Math.exp(daySpread * normal(this.random) - daySpread ** 2 / 2),
      rejectShare: clamp(rejectShare * (1 + rejectSpread * normal(this.random)), 0.001, 0.9),
      quality: quality + qualitySpread * qualityDaySpread * normal(this.random),
      cost: Math.exp(costDaySpread * normal(this.random)),
    };
    return this.#day;
  }

  /** The times of tasks from one moment to another, `pace` times as many as usual. */
  *times(from: number, until: number, pace: number): Generator<number> {
    const { sessionPart, sessionMinutes } = this.character;
    let at = from;
    let inSession = true;
    let changesAt =
      sessionPart === 1 ? Number.POSITIVE_INFINITY : from + untilNext(1 / sessionMinutes, this.random) * MINUTE_MS;
    while (at < until) {
      const hourEnd = Math.min((Math.floor(at / HOUR_MS) + 1) * HOUR_MS, until, changesAt);
      const rate = inSession ? (this.rate(at) * this.#today(at).pace * pace) / sessionPart : 0;
      const next = rate > 0 ? at + untilNext(rate / HOUR_MS, this.random) : Number.POSITIVE_INFINITY;
      if (next < hourEnd) {
        at = next;
        yield Math.round(at);
        continue;
      }
      at = hourEnd;
      if (at < changesAt) continue;
      inSession = !inSession;
      const minutes = inSession ? sessionMinutes : (sessionMinutes * (1 - sessionPart)) / sessionPart;
      changesAt = at + untilNext(1 / minutes, this.random) * MINUTE_MS;
    }
  }

  /** One task at this moment; `change` is what a fault makes of the day. */
  task(
    at: number,
    change: Partial<{ reject: number; quality: number; cost: number; domain: string; domainReject: number }> = {},
  ): Task {
    const character = this.character;
    const today = this.#today(at);
    const domain = pick(character.domains, ({ weight }) => weight, this.random);
    const isSick = change.domain === domain.name;
    const usual = clamp(today.rejectShare * domain.rejects, 0, 0.9);
    const share = isSick ? (change.domainReject ?? usual) : clamp(usual + (change.reject ?? 0), 0, 0.98);
    const fails = this.random() < character.failShare;
    const isRejected = !fails && this.random() < share;
    const task: Task = {
      at,
      task: `${pick(character.kinds, () => 1, this.random)} ${++this.#count}`,
      domain: domain.name,
      outcome: fails ? 'failed' : isRejected ? 'rejected' : 'accepted',
      costUsd:
        character.costUsd * today.cost * (change.cost ?? 1) * Math.exp(character.costSpread * normal(this.random)),
    };
    if (character.hasQuality || change.quality !== undefined) {
      task.quality = clamp(today.quality + (change.quality ?? 0) + character.qualitySpread * normal(this.random), 0, 1);
    }
    if (fails) task.reason = 'timed out';
    if (isRejected) task.reason = isSick ? character.reasons[0]! : pick(character.reasons, () => 1, this.random);
    const result = character.results > 0 ? Math.floor(this.random() * character.results) : `${at}-${this.#count}`;
    task.resultHash = `hash-${result}`;
    return task;
  }

  /** A moment in its last third at which it works. */
  workingMoment(): number {
    const length = this.endAt - this.startAt;
    for (let tries = 0; tries < 1000; tries++) {
      const at = this.startAt + (0.66 + this.random() * 0.16) * length;
      if (this.rate(at) > 0) return Math.round(at);
    }
    return this.startAt + 0.7 * length;
  }
}
