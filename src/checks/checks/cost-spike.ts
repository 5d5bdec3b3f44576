import { nothing, type AgentCheck, type AgentView, type Finding } from '../agent/agent-check.js';
import { findSurge, isBeyondAmounts } from '../agent/surge.js';
import { HOUR_MS } from '../agent/time.js';
import { dollars, rounded, short } from '../words.js';

/** What `cost-spike` is tuned by. */
export interface CostSpikeOptions {
  /** How many times its usual cost a task must take. Default 3. */
  minRatio?: number | undefined;
  /** How many times the most expensive stretch of its past a task must cost. Default 1.4. */
  pastFactor?: number | undefined;
  /** How many times the highest of its past an hour's cost must be, relative to what was expected. Default 3. */
  hourlyFactor?: number | undefined;
}

export const costSpikeDefaults = { minRatio: 3, pastFactor: 1.4, hourlyFactor: 3 } as const;

/** Tasks of a block. The mean of ten logarithms has a third of the spread of one. */
const BLOCK = 10;
/** Priced tasks the past must have. */
const MIN_PAST = 30;
/** And so many standard deviations of a block, in which a day's mean may be off by a factor of 1.35. */
const SPREADS = 2.75;
const DAY_VARIANCE = 0.09;
/** A price that lasts for so many tasks is the new one. */
const ACCEPT_AFTER = 600;

/**
 * Tasks cost far more than this agent's own, or an hour does. By task: the mean logarithm of each of the last two
 * blocks of ten, so that one dear task is none and a second look costs nothing. By hour: as `throughput-anomaly`
 * counts tasks.
 */
export function costSpike(options: CostSpikeOptions = {}): AgentCheck {
  const { minRatio = costSpikeDefaults.minRatio, pastFactor = costSpikeDefaults.pastFactor } = options;
  const hourlyFactor = options.hourlyFactor ?? costSpikeDefaults.hourlyFactor;
  const [logMinRatio, logPastFactor] = [Math.log(minRatio), Math.log(pastFactor)];
  return {
    name: 'cost-spike',
    category: 'health',
    start() {
      /** Logarithms of the newest 2 x 10 costs, as a ring, and their times. */
      const ring = new Float64Array(2 * BLOCK);
      const times = new Float64Array(2 * BLOCK);
      let taken = 0;
      /** What left the ring: the past. */
      let pastCount = 0;
      let pastSum = 0;
      let pastSquares = 0;
      /** The dearest stretch of two blocks that lies wholly in the past, and those that do not yet. */
      let highest = Number.NEGATIVE_INFINITY;
      const levels: number[] = [];
      let [newer, older] = [0, 0];
      /** The present spike. */
      let begunAt: number | undefined;
      let spikeCount = 0;
      let spikeSum = 0;
      let usual = 0;

      function addCost(cost: number, at: number): void {
        const place = taken % (2 * BLOCK);
        const middle = (taken + BLOCK) % (2 * BLOCK);
        const [out, across] = [ring[place]!, ring[middle]!];
        const log = Math.log(cost);
        ring[place] = log;
        times[place] = at;
        taken += 1;
        newer += log;
        if (taken > BLOCK) {
          newer -= across;
          older += across;
        }
        if (taken > 2 * BLOCK) {
          older -= out;
          if (begunAt === undefined) {
            pastCount += 1;
            pastSum += out;
            pastSquares += out * out;
          }
        }
        if (taken >= 2 * BLOCK) judge(Math.min(newer, older) / BLOCK, log);
      }

      /** @param level the cheaper of the last two blocks */
      function judge(level: number, log: number): void {
        const mean = pastSum / Math.max(1, pastCount);
        if (begunAt !== undefined) {
          spikeCount += 1;
          spikeSum += log;
          // Over when both blocks are nearer to usual than to the spike.
          if (Math.max(newer, older) / BLOCK < usual + logMinRatio / 2) begunAt = undefined;
          else if (spikeCount >= ACCEPT_AFTER) {
            begunAt = undefined;
            pastCount = MIN_PAST;
            pastSum = (MIN_PAST * spikeSum) / spikeCount;
            pastSquares = pastSum ** 2 / MIN_PAST;
            highest = Number.NEGATIVE_INFINITY;
          }
          return;
        }
        if (
          pastCount >= MIN_PAST &&
          level > mean + Math.max(logMinRatio, SPREADS * spread()) &&
          level > highest + logPastFactor
        ) {
          begunAt = times[taken % (2 * BLOCK)]!;
          usual = mean;
          spikeCount = 2 * BLOCK;
          spikeSum = newer + older;
          levels.length = 0;
          return;
        }
        levels.push(level);
        if (levels.length > 2 * BLOCK) highest = Math.max(highest, levels.shift()!);
      }

      /** Standard deviation of a block's mean logarithm: of its tasks, and of days. */
      function spread(): number {
        const ofTasks = Math.max(0, pastSquares / pastCount - (pastSum / pastCount) ** 2);
        return Math.sqrt(ofTasks / BLOCK + DAY_VARIANCE);
      }

      return {
        add(row) {
          const cost = row[9];
          if (typeof cost === 'number' && cost > 0) addCost(cost, row[1]);
        },
        find(view): readonly Finding[] {
          if (begunAt === undefined) return findHourly(view, hourlyFactor, minRatio);
          const cost = Math.exp(spikeSum / spikeCount);
          const before = Math.exp(usual);
          return [
            {
              severity: cost / before >= 10 ? 'critical' : 'warning',
              title: `Tasks of ${short(view.instance)} cost ${(cost / before).toFixed(1)} times as much`,
              detail: `${dollars(cost)} for a typical task over the last ${spikeCount}, ${dollars(before)} before.`,
              evidence: {
                costUsd: rounded(cost, 6),
                costUsdBefore: rounded(before, 6),
                ratio: rounded(cost / before, 2),
                tasks: spikeCount,
                per: 'task',
              },
              firstSeenAt: begunAt,
              lastSeenAt: times[(taken - 1) % (2 * BLOCK)]!,
            },
          ];
        },
      };
    },
  };
}

function findHourly(view: AgentView, pastFactor: number, minRatio: number): readonly Finding[] {
  const { instance, now, hour, profile } = view;
  const { calendar } = profile;
  if (!profile.costs || now - profile.lastAt > HOUR_MS) return nothing;
  // Sooner said than what was to be expected, and no to nearly every agent.
  if (!isBeyondAmounts(profile.costs, hour, pastFactor) || !view.past.isKnown) return nothing;
  const { past } = view;
  const limits = { minExpected: 12, minAmount: 0, pastFactor, minRatio, needsBoth: true };
  const surge = findSurge(past, past.costs(profile.costs), hour, limits);
  if (!surge) return nothing;
  return [
    {
      severity: surge.ratio >= 20 ? 'critical' : 'warning',
      title: `${short(instance)} spends ${surge.ratio.toFixed(1)} times as much`,
      detail:
        `${dollars(surge.amount)} in ${surge.hours === 1 ? 'the present hour' : `the last ${surge.hours} h`}, where ` +
        `${dollars(surge.expected)} are usual. The most in 28 days was ${surge.pastRatio.toFixed(1)} times the usual.`,
      evidence: {
        costUsd: rounded(surge.amount, 6),
        costUsdBefore: rounded(surge.expected, 6),
        ratio: rounded(surge.ratio, 2),
        windowHours: surge.hours,
        per: 'hour',
      },
      firstSeenAt: calendar.startAt + (hour - surge.hours + 1) * HOUR_MS,
      lastSeenAt: profile.lastAt,
    },
  ];
}
