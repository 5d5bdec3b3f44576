import type { ParsedHealthRule } from '../core/health/rule.js';
import { bucketMs, bucketRange, lifetimeMs } from '../core/health/windows.js';
import { createRecencyMap, type RecencyMap } from '../core/recency-map.js';

/** Targets that are counted at once; of more, the one that was counted longest ago is dropped. */
const MAX_TARGETS = 1000;

/** The series of calls, and of everything that any rule counts. */
export const CALLS = 'calls';
export const ANY = 'any';

/** What `recordError` adds to, beside what the rule counts by itself. */
export function recordedSeries(rule: ParsedHealthRule): string {
  return `r:${rule.name}`;
}

interface Bucket {
  total: number;
  /** How much of it the store has. */
  stored: number;
}

type Buckets = Map<number, Bucket>;

/** One increment of a counter in the store. */
export interface Increment {
  readonly target: string;
  readonly bucket: string;
  readonly by: number;
  readonly ttlMs: number;
  /** Notes that the store has it, or (`false`) that it does not. */
  settle(isStored: boolean): void;
}

/**
 * What this process has counted, in buckets of several widths, and what of it the store does not have yet. When a
 * target is paused or resumed its counters begin anew, here and, under another name, in the store: its rules are judged
 * on what came after that.
 */
export class Tallies {
  /** Widths of the buckets of each series. */
  readonly #widths = new Map<string, Set<number>>();
  readonly #lifetimes = new Map<number, number>();
  readonly #targets: RecencyMap<Map<string, Map<number, Buckets>>> = createRecencyMap();
  /** From when on each target is counted, as this process has counted it so far. */
  readonly #begins = new Map<string, number>();
  readonly #beginOf: (target: string) => number;
  readonly longestMs: number;

  /** @param beginOf from when on a target is counted, epoch milliseconds */
  constructor(rules: readonly ParsedHealthRule[], beginOf: (target: string) => number) {
    this.#beginOf = beginOf;
    const note = (series: string, width: number) => {
      const widths = this.#widths.get(series) ?? new Set();
      this.#widths.set(series, widths.add(width));
      if (!this.#lifetimes.has(width)) this.#lifetimes.set(width, lifetimeMs(width, rules));
    };
    this.longestMs = Math.max(0, ...rules.flatMap(({ windows }) => windows.map(({ windowMs }) => windowMs)));
    for (const rule of rules) {
      for (const { windowMs, ratio, minimumCalls } of rule.windows) {
        const width = bucketMs(windowMs);
        note(rule.series, width);
        note(recordedSeries(rule), width);
        if (ratio !== undefined || minimumCalls !== undefined) note(CALLS, width);
      }
    }
    if (rules.length > 0) note(ANY, bucketMs(this.longestMs));
  }

  /** True where some rule needs to know how many calls there were. */
  get countsCalls(): boolean {
    return this.#widths.has(CALLS);
  }

  /** Targets that something was counted for. */
  get targets(): string[] {
    return [...this.#targets].map(([key]) => key);
  }

  /** Adds to a series of a target, at a time. */
  add(target: string, series: string, at: number, by: number): void {
    this.spread(target, series, at, at, by);
  }

  /** Adds what happened between two times, spread evenly over it. */
  spread(target: string, series: string, from: number, to: number, by: number): void {
    // One that is no number would spoil its counter for good.
    if (!(Number.isFinite(by) && by > 0 && Number.isFinite(from) && Number.isFinite(to))) return;
    const begin = this.#follow(target);
    if (to < begin) return;
    for (const width of this.#widths.get(series) ?? []) {
      const buckets = this.#buckets(target, series, width);
      const lifetime = this.#lifetimes.get(width)!;
      const start = Math.max(Math.min(from, to), to - lifetime, begin);
      const first = Math.floor(start / width);
      const last = Math.floor(to / width);
      let given = 0;
      for (let index = first; index <= last; index++) {
        const end = index === last ? to : (index + 1) * width;
        const upTo = to > start ? Math.round((by * (end - start)) / (to - start)) : by;
        if (upTo > given) increase(buckets, index, upTo - given);
        given = Math.max(given, upTo);
      }
      if (buckets.size > lifetime / width + 2) dropOld(buckets, Math.floor((to - lifetime) / width));
    }
  }

  /** Sum of some series of a target in a window. */
  count(target: string, series: readonly string[], windowMs: number, now: number, since: number): number {
    this.#follow(target);
    const { first, last } = bucketRange(windowMs, now, since);
    const width = bucketMs(windowMs);
    const known = this.#targets.get(target);
    let sum = 0;
    for (const each of series) {
      for (const [index, { total }] of known?.get(each)?.get(width) ?? []) {
        if (index >= first && index <= last) sum += total;
      }
    }
    return sum;
  }

  /** What the store does not have yet. Each is noted as stored at once; `settle(false)` takes that back. */
  *increments(now: number): Iterable<Increment> {
    for (const [target, allSeries] of this.#targets) {
      const begin = this.#follow(target);
      for (const [series, byWidth] of allSeries) {
        for (const [width, buckets] of byWidth) {
          const ttlMs = this.#lifetimes.get(width)!;
          for (const [index, bucket] of buckets) {
            const by = bucket.total - bucket.stored;
            if (by <= 0 || index * width < now - ttlMs) continue;
            bucket.stored += by;
            const settle = (isStored: boolean) => {
              if (!isStored) bucket.stored -= by;
            };
            yield { target, bucket: nameOfBucket(begin, series, width, index), by, ttlMs, settle };
          }
        }
      }
    }
  }

  /** Drops what was counted of a target before it was last paused or resumed. */
  #follow(target: string): number {
    const begin = this.#beginOf(target);
    if ((this.#begins.get(target) ?? 0) !== begin) {
      this.#targets.delete(target);
      this.#begins.set(target, begin);
    }
    return begin;
  }

  #buckets(target: string, series: string, width: number): Buckets {
    const known = this.#targets.get(target) ?? new Map<string, Map<number, Buckets>>();
    this.#targets.set(target, known);
    if (this.#targets.size > MAX_TARGETS) {
      const { key } = this.#targets.oldest()!;
      this.#targets.delete(key);
      this.#begins.delete(key);
    }
    const byWidth = known.get(series) ?? new Map<number, Buckets>();
    known.set(series, byWidth);
    const buckets = byWidth.get(width) ?? new Map<number, Bucket>();
    byWidth.set(width, buckets);
    return buckets;
  }
}

/** Names of the counters in the store that make up a window. */
export function bucketNames(series: readonly string[], windowMs: number, now: number, since: number): string[] {
  const { first, last } = bucketRange(windowMs, now, since);
  const width = bucketMs(windowMs);
  const names: string[] = [];
  for (const each of series) {
    for (let index = first; index <= last; index++) names.push(nameOfBucket(since, each, width, index));
  }
  return names;
}

function nameOfBucket(begin: number, series: string, width: number, index: number): string {
  return `${begin}|${series}|${width}|${index}`;
}

function increase(buckets: Buckets, index: number, by: number): void {
  const bucket = buckets.get(index);
  if (bucket) bucket.total += by;
  else buckets.set(index, { total: by, stored: 0 });
}

/** Those of a clock that was ahead go as well: they would count once more when it gets there. */
function dropOld(buckets: Buckets, before: number): void {
  for (const index of buckets.keys()) if (index < before) buckets.delete(index);
}
