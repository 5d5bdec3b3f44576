import { nothing, type AgentCheck, type Finding } from '../agent/agent-check.js';
import { BernoulliCusum, type CusumTuning } from '../statistics/bernoulli-cusum.js';
import { ChartMemory } from '../statistics/chart-memory.js';
import { percent, rounded, short } from '../words.js';

/** What the charts of hits and misses are tuned by. */
export interface ShareChartOptions {
  /** Evidence (natural logarithm of a likelihood ratio) from which a rise counts. Default 8.5. */
  threshold?: number | undefined;
  /** A rise of the odds by this factor is found quickest. Default 4. */
  oddsFactor?: number | undefined;
}

/**
 * Odds x 4 is what a rise by 40 points is for a usual share of 10 to 50 %. At 8.5 a chart of a healthy agent raises
 * about one false alert in 25,000 records.
 */
export const shareChartDefaults: CusumTuning = {
  oddsFactor: 4,
  threshold: 8.5,
  clearAt: 3,
  lag: 20,
  minBaseline: 30,
  weightCap: 40,
  margin: 1.15,
  priorSpread: 0.03,
  priorDays: 4,
  minShare: 0.03,
  acceptAfter: 600,
};

export function shareTuning(options: ShareChartOptions, defaults: CusumTuning = shareChartDefaults): CusumTuning {
  const threshold = options.threshold ?? defaults.threshold;
  return {
    ...defaults,
    oddsFactor: options.oddsFactor ?? defaults.oddsFactor,
    threshold,
    clearAt: (defaults.clearAt / defaults.threshold) * threshold,
  };
}

/** A rise smaller than this many points, or than so many standard deviations between days, is a poor day. */
export const LEAST_RISE = 0.08;
export const LEAST_SPREADS = 2.5;

/** Of tasks that somebody judged, far more are rejected than this agent is used to. Failed ones are not counted. */
export function rejectionSpike(options: ShareChartOptions = {}): AgentCheck {
  const tuning = shareTuning(options);
  return {
    name: 'rejection-spike',
    category: 'failure_pattern',
    start() {
      const chart = new BernoulliCusum(tuning, new ChartMemory(1));
      return {
        add(row, day) {
          if (row[2] === 2) return;
          chart.add(row[2] === 1, row[1], day);
        },
        find({ instance }): readonly Finding[] {
          if (!chart.isRaised || !chart.isFar(LEAST_RISE, LEAST_SPREADS)) return nothing;
          const share = chart.runHits / chart.runCount;
          return [
            {
              severity: share >= 0.8 && chart.runCount >= 30 ? 'critical' : 'warning',
              title: `Rejections of ${short(instance)} are up`,
              detail:
                `${percent(share)} of the last ${chart.runCount} answers were rejected, ` +
                `${percent(chart.usual)} before.`,
              evidence: {
                rejected: chart.runHits,
                judged: chart.runCount,
                share: rounded(share),
                shareBefore: rounded(chart.usual),
                evidence: rounded(chart.sum, 1),
              },
              firstSeenAt: chart.begunAt,
              lastSeenAt: chart.lastHitAt,
            },
          ];
        },
      };
    },
  };
}
