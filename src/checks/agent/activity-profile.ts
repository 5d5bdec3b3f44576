import type { Calendar } from './calendar.js';
import { Stretches } from './stretches.js';
import { HOUR_MS, MINUTE_MS } from './time.js';

/**
 * Shorter pauses can never be the longest one that matters: `dormant-agent` waits for longer than twice of it anyway.
 */
const SHORTEST_GAP_MS = 30 * MINUTE_MS;

/** Pauses that are looked at together: a trickle has none that is long beside the pauses between sessions, but many. */
export const SPAN = 5;
/** Shorter ones can never be the longest that matters. */
const SHORTEST_SPAN_MS = 90 * MINUTE_MS;
/** Tasks that are not the past yet. */
const RECENT_TASKS = 20;

/** When an agent worked: its tasks and dollars per hour of the calendar, and its longer pauses. */
export class ActivityProfile {
  readonly calendar: Calendar;
  /** Tasks by hour. */
  readonly counts: Uint32Array;
  /** Dollars by hour; `undefined` until a task had a price. */
  costs: Float64Array | undefined;
  /** Tasks taken in. */
  tasks = 0;
  firstAt = Number.NaN;
  lastAt = Number.NaN;
  /** Its pauses. */
  readonly gaps: Stretches;
  /** The same of `SPAN` pauses in a row. */
  readonly spans: Stretches;
  /** Times of its newest tasks, oldest first. */
  readonly recent: number[] = [];

  constructor(calendar: Calendar) {
    this.calendar = calendar;
    this.counts = new Uint32Array(calendar.hours);
    this.gaps = new Stretches(calendar.startAt);
    this.spans = new Stretches(calendar.startAt);
  }

  /** Takes in the next task; tasks come in order of time. */
  add(at: number, costUsd: number | null | undefined): void {
    const hour = Math.floor((at - this.calendar.startAt) / HOUR_MS);
    if (hour < 0 || hour >= this.calendar.hours) return;
    this.counts[hour] = this.counts[hour]! + 1;
    if (costUsd) {
      this.costs ??= new Float64Array(this.calendar.hours);
      this.costs[hour] = this.costs[hour]! + costUsd;
    }
    if (this.tasks === 0) this.firstAt = at;
    else if (at - this.lastAt >= SHORTEST_GAP_MS) this.gaps.push(this.lastAt, at);
    this.tasks += 1;
    this.lastAt = at;
    this.recent.push(at);
    if (this.recent.length > RECENT_TASKS) this.recent.shift();
    const spanAt = this.recent.at(-1 - SPAN);
    if (spanAt !== undefined && at - spanAt >= SHORTEST_SPAN_MS) this.spans.push(spanAt, at);
  }

  /** Tasks from this hour of the calendar on. */
  countSince(hour: number): number {
    let count = 0;
    for (let each = Math.max(0, hour); each < this.calendar.hours; each++) count += this.counts[each]!;
    return count;
  }

  /** The hour of a moment. */
  hourOf(at: number): number {
    return Math.floor((at - this.calendar.startAt) / HOUR_MS);
  }
}
