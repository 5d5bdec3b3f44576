import { nothing, type AgentCheck, type AgentView, type Finding } from '../agent/agent-check.js';
import { expectedAmounts, knownHours } from '../agent/rhythm.js';
import { findSurge } from '../agent/surge.js';
import { HOUR_MS } from '../agent/time.js';
import { plural, rounded, short } from '../words.js';

/** What `throughput-anomaly` is tuned by. */
export interface ThroughputAnomalyOptions {
  /** How many times the most it ever did in such a window, relative to what was expected. Default 2. */
  pastFactor?: number | undefined;
  /** How many times what was expected, at least. Default 3. */
  minRatio?: number | undefined;
  /** Tasks a window must let expect before it is judged. Default 12. */
  minExpected?: number | undefined;
}

export const throughputAnomalyDefaults = { pastFactor: 2, minRatio: 3, minExpected: 12 } as const;

/** Days of work the past must have: of fewer nobody knows how much they differ. */
const MIN_DAYS = 6;
/** The newest hours are not the past: a flood must not become what is expected while it lasts. */
const RECENT_HOURS = 24;

/**
 * Far more tasks than ever before at that time of the week. Expected is the mean by kind of day and hour of the day, summed
 * over windows of 1 to 24 hours. Against the highest ratio such a window ever had, not against a standard deviation: days
 * differ, and a median with its deviation over equal hours of the clock gave 4 false alerts per 100 agent-days.
 */
export function throughputAnomaly(options: ThroughputAnomalyOptions = {}): AgentCheck {
  const limits = {
    pastFactor: options.pastFactor ?? throughputAnomalyDefaults.pastFactor,
    minRatio: options.minRatio ?? throughputAnomalyDefaults.minRatio,
    minExpected: options.minExpected ?? throughputAnomalyDefaults.minExpected,
    minAmount: 2 * (options.minExpected ?? throughputAnomalyDefaults.minExpected),
    needsBoth: false,
  };

  function find({ instance, now, hour, profile, rhythm }: AgentView): readonly Finding[] {
    const { counts, calendar, tasks } = profile;
    if (tasks < 3 * limits.minExpected || now - profile.lastAt > HOUR_MS) return nothing;
    const learnt = rhythm(Math.max(0, hour - RECENT_HOURS));
    if (Math.max(...learnt.active) < MIN_DAYS) return nothing;
    const expected = expectedAmounts(calendar, learnt, counts);
    const known = knownHours(calendar, learnt, MIN_DAYS);
    const { from, until: pastUntil } = learnt;
    const surge = findSurge({ values: counts, expected, tasks: expected, known, hour, from, pastUntil }, limits);
    if (!surge) return nothing;
    const { hours, amount, ratio, pastRatio, pastAmount } = surge;
    const usual = Math.round(surge.expected);
    return [
      {
        severity: amount >= 4 * limits.pastFactor * pastAmount ? 'critical' : 'warning',
        title: `${short(instance)} does far more than usual`,
        detail:
          `${plural(amount, 'task')} in ${hours === 1 ? 'the present hour' : `the last ${hours} h`}, where ${usual} are usual: ` +
          `the most of any such window in 28 days was ${pastAmount}.`,
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

  return { name: 'throughput-anomaly', category: 'throughput', start: () => ({ find }) };
}
