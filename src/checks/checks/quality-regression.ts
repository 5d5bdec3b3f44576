import { nothing, type AgentCheck, type Finding } from '../agent/agent-check.js';
import { BernoulliCusum, type CusumTuning } from '../statistics/bernoulli-cusum.js';
import { ChartMemory } from '../statistics/chart-memory.js';
import { RunningPercentile } from '../statistics/running-percentile.js';
import { percent, rounded, short } from '../words.js';
import {
  LEAST_RISE,
  LEAST_SPREADS as LEAST_DAYS,
  shareChartDefaults,
  shareTuning,
  type ShareChartOptions,
} from './rejection-spike.js';

/**
 * A drop smaller than this is none that anybody would act on, or one that a poor day explains: two days in a hundred
 * lie further than that below the mean of agents whose days differ most.
 */
const LEAST_DROP = 0.02;
const LEAST_SPREADS = 1.7;
/** As long as fewer days than this are known, nobody knows how much they differ. */
const FEW_DAYS = 3;
const LEAST_SPREADS_AT_FIRST = 2.4;
/** Qualities that must be known before one can be called low. */
const MIN_QUALITIES = 30;

/**
 * A quality is low below the agent's own 10th percentile: the same on any scale, whatever shape the qualities have.
 * Days whose mean moves by one spread alone make 39 % of them low, so that the share is taken for at least that of a
 * poor day.
 */
const lowTuning: CusumTuning = { ...shareChartDefaults, margin: 1.5, priorSpread: 0.06, minShare: 0.3 };
/** Shares of accepted tasks are watched by `rejection-spike` too: this one waits for more. */
const acceptedTuning: CusumTuning = { ...shareChartDefaults, threshold: 12, margin: 1.5 };

/** Quality below the agent's own past; where it records none, the share of accepted tasks, failed ones included. */
export function qualityRegression(options: ShareChartOptions = {}): AgentCheck {
  const [ofLow, ofRefused] = [shareTuning(options, lowTuning), shareTuning(options, acceptedTuning)];
  return {
    name: 'quality-regression',
    category: 'quality',
    start() {
      const memory = new ChartMemory(2);
      const low = new BernoulliCusum(ofLow, memory);
      const refused = new BernoulliCusum(ofRefused, memory);
      const past = new RunningPercentile(0.1);
      /** The newest qualities, which the percentile does not have yet. */
      const recent: number[] = [];
      let runSum = 0;
      let lastAt = 0;
      let withQuality = 0;
      let total = 0;

      function addQuality(quality: number, at: number, day: number): void {
        withQuality += 1;
        if (past.count >= MIN_QUALITIES) {
          low.add(past.isLow(quality), at, day);
          runSum = low.runCount <= 1 ? quality : runSum + quality;
        }
        recent.push(quality);
        // A regression must not become the past while it lasts.
        const keep = low.sum > 0 ? Math.max(20, low.runCount) : 20;
        while (recent.length > keep) past.add(recent.shift()!);
      }

      return {
        add(row, day) {
          lastAt = row[1];
          total += 1;
          const quality = row[8];
          if (typeof quality === 'number') addQuality(quality, row[1], day);
          refused.add(row[2] !== 0, row[1], day);
        },
        find({ instance }): readonly Finding[] {
          if (withQuality * 2 >= total) {
            if (!low.isRaised) return nothing;
            const mean = runSum / low.runCount;
            const spreads = low.baseline.days < FEW_DAYS ? LEAST_SPREADS_AT_FIRST : LEAST_SPREADS;
            if (past.mean - mean < Math.max(LEAST_DROP, spreads * past.spread)) return nothing;
            return [
              {
                severity: low.runHits / low.runCount >= 0.8 && low.runCount >= 30 ? 'critical' : 'warning',
                title: `Quality of ${short(instance)} is down`,
                detail:
                  `${mean.toFixed(2)} on average over the last ${low.runCount} tasks, ` +
                  `${past.mean.toFixed(2)} before; ${low.runHits} of them are among its lowest tenth so far.`,
                evidence: {
                  quality: rounded(mean),
                  qualityBefore: rounded(past.mean),
                  tasks: low.runCount,
                  low: low.runHits,
                  evidence: rounded(low.sum, 1),
                },
                firstSeenAt: low.begunAt,
                lastSeenAt: low.lastHitAt,
              },
            ];
          }
          if (!refused.isRaised || !refused.isFar(LEAST_RISE, LEAST_DAYS)) return nothing;
          const share = 1 - refused.runHits / refused.runCount;
          return [
            {
              severity: 'warning',
              title: `${short(instance)} gets less accepted`,
              detail:
                `${percent(share)} of the last ${refused.runCount} tasks were accepted, ` +
                `${percent(1 - refused.usual)} before.`,
              evidence: {
                accepted: refused.runCount - refused.runHits,
                tasks: refused.runCount,
                share: rounded(share),
                shareBefore: rounded(1 - refused.usual),
                evidence: rounded(refused.sum, 1),
              },
              firstSeenAt: refused.begunAt,
              lastSeenAt: Math.min(lastAt, refused.lastHitAt),
            },
          ];
        },
      };
    },
  };
}
