import { nothing, type AgentCheck, type AgentView, type Finding } from '../agent/agent-check.js';
import { findSurge } from '../agent/surge.js';
import { HOUR_MS } from '../agent/time.js';
import { duration, plural, rounded, short } from '../words.js';

/** What `throughput-anomaly` is tuned by. */
export interface ThroughputAnomalyOptions {
  /** How many times the most it ever did in such a window, relative to what was expected. Default 2. */
  pastFactor?: number | undefined;
  /** How many times what was expected, at least. Default 3. */
  minRatio?: number | undefined;
  /** Tasks that must be expected in a window before it is judged. Default 12. */
  minExpected?: number | undefined;
}

export const throughputAnomalyDefaults = { pastFactor: 2, minRatio: 3, minExpected: 12 } as const;

/** With so few days of work the most that was seen is taken for less than the most there is. */
const FEW_DAYS = 2;
/** Tasks of a burst, and how much more than a window it must be beyond the past: there are more of them to look at. */
const BURST = 30;
const BURST_FACTOR = 1.1;

/**
 * Far more tasks than ever before at that time of the week. Expected is the mean by kind of day and hour of the day,
 * summed over windows of 1 to 24 hours. Against the highest ratio such a window ever had, not against a standard
 * deviation: days differ, and a median with its deviation over equal hours of the clock gave 4 false alerts per 100
 * agent-days.
 */
export function throughputAnomaly(options: ThroughputAnomalyOptions = {}): AgentCheck {
  const limits = {
    pastFactor: options.pastFactor ?? throughputAnomalyDefaults.pastFactor,
    minRatio: options.minRatio ?? throughputAnomalyDefaults.minRatio,
    minExpected: options.minExpected ?? throughputAnomalyDefaults.minExpected,
    minAmount: 2 * (options.minExpected ?? throughputAnomalyDefaults.minExpected),
    needsBoth: false,
  };

  function find(view: AgentView): readonly Finding[] {
    const { instance, now, hour, profile } = view;
    const { calendar, tasks } = profile;
    if (tasks < 3 * limits.minExpected || now - profile.lastAt > HOUR_MS) return nothing;
    if (profile.countSince(hour - 23) < limits.minAmount || !view.past.isKnown) return nothing;
    const { past } = view;
    // The most of few days says little of the most of many.
    const pastFactor = limits.pastFactor * (1 + FEW_DAYS / past.days);
    const surge = findSurge(past, past.tasks, hour, { ...limits, pastFactor });
    if (!surge) return nothing;
    const { hours, amount, ratio, pastRatio, pastAmount } = surge;
    const usual = Math.round(surge.expected);
    return [
      {
        severity: amount >= 4 * limits.pastFactor * pastAmount ? 'critical' : 'warning',
        title: `${short(instance)} does far more than usual`,
        detail:
          `${plural(amount, 'task')} in ${hours === 1 ? 'the present hour' : `the last ${hours} h`}, ` +
          `where ${usual} are usual: the most of any such window in 28 days was ${pastAmount}.`,
        evidence: {
          windowHours: hours,
          tasks: amount,
          expected: rounded(surge.expected, 1),
          ratio: Number.isFinite(ratio) ? rounded(ratio, 2) : null,
          highestRatioBefore: rounded(pastRatio, 2),
          mostBefore: pastAmount,
        },
        firstSeenAt: calendar.startAt + (hour - hours + 1) * HOUR_MS,
        lastSeenAt: profile.lastAt,
      },
    ];
  }

  return {
    name: 'throughput-anomaly',
    category: 'throughput',
    start() {
      const bursts = new Bursts();
      return {
        add: (row, day) => bursts.add(row[1], day),
        find(view) {
          const surge = find(view);
          return surge.length > 0 ? surge : findBurst(bursts, view, limits.pastFactor);
        },
      };
    },
  };
}

/** How quickly an agent did its last tasks, and how quickly it ever did as many. */
class Bursts {
  readonly times: number[] = [];
  /** The quickest of each day so far, in milliseconds; the newest two days are not the past. */
  #quickest = Number.POSITIVE_INFINITY;
  #days: { day: number; quickest: number }[] = [];

  add(at: number, day: number): void {
    this.times.push(at);
    if (this.times.length > BURST) this.times.shift();
    if (this.times.length < BURST) return;
    let today = this.#days.at(-1);
    if (today?.day !== day) {
      today = { day, quickest: Number.POSITIVE_INFINITY };
      this.#days.push(today);
      while (this.#days[0]!.day < day - 1) {
        this.#quickest = Math.min(this.#quickest, this.#days.shift()!.quickest);
      }
    }
    today.quickest = Math.min(today.quickest, this.lengthMs);
  }

  /** Time its last tasks took. */
  get lengthMs(): number {
    return this.times.at(-1)! - this.times[0]!;
  }

  /** The least time as many ever took, the newest days left out. */
  get quickestMs(): number {
    return this.#quickest;
  }
}

/** Windows of the clock cut a short flood in two: the same by number of tasks. */
function findBurst(bursts: Bursts, view: AgentView, pastFactor: number): readonly Finding[] {
  const { times, lengthMs, quickestMs } = bursts;
  const { instance, now, profile } = view;
  if (profile.tasks < 10 * BURST || times.length < BURST || now - profile.lastAt > HOUR_MS) return nothing;
  if (!Number.isFinite(quickestMs) || lengthMs * BURST_FACTOR * pastFactor > quickestMs) return nothing;
  const { past } = view;
  if (!past.isKnown || lengthMs * BURST_FACTOR * pastFactor * (1 + FEW_DAYS / past.days) > quickestMs) return nothing;
  return [
    {
      severity: 'warning',
      title: `${short(instance)} does far more than usual`,
      detail:
        `Its last ${BURST} tasks took ${duration(lengthMs)}; ` +
        `the quickest ${BURST} in 28 days took ${duration(quickestMs)}.`,
      evidence: { tasks: BURST, lengthMs, quickestBeforeMs: quickestMs },
      firstSeenAt: times[0]!,
      lastSeenAt: profile.lastAt,
    },
  ];
}
