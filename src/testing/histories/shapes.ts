import type { Random } from '../../ports/clock.js';

/** How an agent spends its week. */
export const historyShapes = [
  'office-hours',
  'round-the-clock',
  'day-and-night',
  'evenings',
  'six-days',
  'nightly-batch',
  'sessions',
  'sparse',
  'busy',
] as const;
/** How an agent spends its week, e.g. `office-hours` or `round-the-clock`. */
export type HistoryShape = (typeof historyShapes)[number];

/** What one agent is like, drawn once. Shares and spreads are of its usual days. */
export interface Character {
  shape: HistoryShape;
  /** Hours its days are shifted against UTC. */
  offset: number;
  /** Tasks of a usual hour, by hour of its day. */
  hours: number[];
  /** Of the days of its week, Sunday first, how much of a usual day it does. */
  weekdays: number[];
  /** Spread (standard deviation of the logarithm) of how much it does from day to day. */
  daySpread: number;
  /** Part of its time that it spends in sessions, and their usual length in minutes; 1: no sessions. */
  sessionPart: number;
  sessionMinutes: number;
  rejectShare: number;
  failShare: number;
  /** Spread of the rejected share from day to day, as a part of it. */
  rejectSpread: number;
  quality: number;
  qualitySpread: number;
  /** Spread of a day's mean quality, as a part of `qualitySpread`. */
  qualityDaySpread: number;
  hasQuality: boolean;
  costUsd: number;
  /** Spread of the logarithm of a task's cost, and of a day's. */
  costSpread: number;
  costDaySpread: number;
  domains: { name: string; weight: number; rejects: number }[];
  reasons: string[];
  kinds: string[];
  /** Whether equal answers have equal hashes, and how many different ones there are (0: each is its own). */
  results: number;
}

/** Draws an agent of this shape. */
export function drawCharacter(shape: HistoryShape, random: Random): Character {
  const between = (from: number, to: number) => from + (to - from) * random();
  const log = (from: number, to: number) => from * (to / from) ** random();
  const whole = (from: number, to: number) => Math.floor(between(from, to + 1));
  const begins = whole(6, 10);
  const length = whole(7, 11);
  const window = (from: number, hours: number, rate: number) =>
    Array.from({ length: 24 }, (_, hour) => ((hour - from + 24) % 24 < hours ? rate * between(0.7, 1.3) : 0));
  const office = () => window(begins, length, log(2, 14));
  const shapes: Record<HistoryShape, () => { hours: number[]; weekend: number }> = {
    'office-hours': () => ({ hours: office(), weekend: random() < 0.25 ? between(0.02, 0.15) : 0 }),
    'round-the-clock': () => ({ hours: window(0, 24, log(1.5, 8)), weekend: between(0.8, 1.1) }),
    'day-and-night': () => {
      const rate = log(2, 9);
      const low = between(0.1, 0.4);
      return {
        hours: Array.from(
          { length: 24 },
          (_, hour) => rate * (low + (1 - low) * Math.max(0, Math.sin(((hour - 6) / 24) * 2 * Math.PI))),
        ),
        weekend: between(0.3, 1),
      };
    },
    evenings: () => ({ hours: window(whole(16, 19), whole(4, 6), log(3, 14)), weekend: between(0.5, 1.5) }),
    'six-days': () => ({ hours: office(), weekend: -1 }),
    'nightly-batch': () => ({ hours: window(whole(0, 3), whole(2, 3), log(15, 40)), weekend: random() < 0.5 ? 1 : 0 }),
    sessions: () => ({
      hours: window(begins, length + 2, log(4, 14)),
      weekend: random() < 0.5 ? 0 : between(0.2, 0.6),
    }),
    sparse: () => ({ hours: window(begins, length, log(0.6, 1.6)), weekend: 0 }),
    busy: () => ({ hours: window(0, 24, log(10, 20)), weekend: between(0.6, 1) }),
  };
  const { hours, weekend } = shapes[shape]();
  const weekdays =
    weekend === -1 ? [0, 1, 1, 1, 1, 1, between(0.5, 1)] : [weekend, 1, 1, 1, 1, 1, weekend * between(0.7, 1.2)];
  const hasSessions = shape === 'sessions' || random() < 0.2;
  const rejectShare = random() < 0.15 ? between(0.005, 0.03) : log(0.03, 0.4);
  const domains = Array.from({ length: whole(1, 7) }, (_, index) => ({
    name: `domain-${index + 1}`,
    weight: log(0.4, 2.5),
    rejects: random() < 0.3 ? between(0.5, 1.8) : 1,
  }));
  return {
    shape,
    offset: whole(-10, 12),
    hours,
    weekdays,
    daySpread: between(0.1, 0.55),
    sessionPart: hasSessions ? between(0.3, 0.7) : 1,
    sessionMinutes: log(15, 90),
    rejectShare,
    failShare: random() < 0.3 ? 0 : log(0.003, 0.05),
    rejectSpread: between(0.05, 0.45),
    quality: between(0.55, 0.93),
    qualitySpread: log(0.03, 0.13),
    qualityDaySpread: between(0.1, 0.7),
    hasQuality: random() < 0.75,
    costUsd: log(0.0005, 0.8),
    costSpread: log(0.15, 1.1),
    costDaySpread: between(0.05, 0.35),
    domains,
    reasons: ['schema mismatch', 'duplicate', 'wrong customer', 'too long', 'tone', 'not found'].slice(0, whole(1, 6)),
    kinds: ['extract-invoice', 'triage-mail', 'summarise', 'translate', 'answer-ticket'].slice(0, whole(1, 5)),
    results: random() < 0.15 ? whole(2, 6) : 0,
  };
}
