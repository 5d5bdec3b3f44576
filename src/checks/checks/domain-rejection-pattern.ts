import type { AgentCheck, AgentCheckState, Finding } from '../agent/agent-check.js';
import { BernoulliCusum, type CusumTuning } from '../statistics/bernoulli-cusum.js';
import { ChartMemory } from '../statistics/chart-memory.js';
import { fisherGreater, holm } from '../statistics/fisher.js';
import { percent, plural, rounded, short } from '../words.js';
import { LEAST_RISE, LEAST_SPREADS, shareChartDefaults } from './rejection-spike.js';

/** What `domain-rejection-pattern` is tuned by. */
export interface DomainRejectionPatternOptions {
  /** Rejections there must be. Default 10. */
  minRejections?: number | undefined;
  /** How many times the share of the rest. Default 2. */
  minRatio?: number | undefined;
  /** Chance of a false alert that all tests of one run may add up to. Default 0.001. */
  level?: number | undefined;
}

export const domainRejectionPatternDefaults = { minRejections: 10, minRatio: 2, level: 0.001 } as const;

/**
 * Domains, and domains with a reason, that are watched per agent; of more, those with the fewest records are
 * forgotten.
 */
const MOST_PARTS = 200;
/** Records of a domain before its reasons are watched one by one. */
const REASONS_FROM = 10;
const MOST_REASONS = 5;

/** Less evidence than for a whole agent: that the rest does not rise with it says as much again. */
const tuning: CusumTuning = { ...shareChartDefaults, margin: 1, threshold: 7.5, clearAt: 2, minBaseline: 15 };
/** And a domain has several reasons. */
const reasonTuning: CusumTuning = { ...tuning, threshold: 12, clearAt: 4 };

/** One domain of one agent, or one reason in it. */
interface Part {
  /** `null`: any. */
  reason: string | null;
  chart: BernoulliCusum;
  /** Records of it. */
  count: number;
  /** What the agent had judged, and rejected (for that reason), altogether when the present rise began. */
  judgedBefore: number;
  hitsBefore: number;
}

interface Domain {
  whole: Part;
  /** Its reasons that are watched. */
  reasons: Part[];
}

/** A part that rises beyond its own past, with the figures of the rest of that agent's work since. */
export interface RisingPart {
  instance: string;
  domain: string;
  reason: string | null;
  rejected: number;
  judged: number;
  /** Share before the rise. */
  usual: number;
  otherRejected: number;
  otherJudged: number;
  begunAt: number;
  lastAt: number;
}

export interface DomainState extends AgentCheckState {
  rising(instance: string): RisingPart[];
}

/**
 * One domain, or one reason in a domain, is rejected far more than the rest of the agent's work, and than it used to
 * be. A chart per domain finds that it rises beyond its own past; Fisher's exact test with Holm's correction over
 * everything looked at says that the rest does not rise with it.
 */
export const domainRejectionPattern: AgentCheck = {
  name: 'domain-rejection-pattern',
  category: 'failure_pattern',
  start(): DomainState {
    const domains = new Map<string, Domain>();
    const memory = new ChartMemory(8);
    /** Parts of all domains. */
    let size = 0;
    let judged = 0;
    let rejected = 0;
    /** Of each reason that is watched anywhere, how often it was given since. */
    const timesOf = new Map<string, number>();

    function domainOf(name: string): Domain {
      const known = domains.get(name);
      if (known) return known;
      const domain = { whole: newPart(null), reasons: [] };
      domains.set(name, domain);
      return domain;
    }

    function newPart(reason: string | null): Part {
      if (size >= MOST_PARTS) forget();
      size += 1;
      if (reason !== null && !timesOf.has(reason)) timesOf.set(reason, 0);
      const chart = new BernoulliCusum(reason === null ? tuning : reasonTuning, memory);
      return { reason, chart, count: 0, judgedBefore: 0, hitsBefore: 0 };
    }

    /** Drops the half with the fewest records. */
    function forget(): void {
      const all = [...domains.values()].flatMap(({ whole, reasons }) => [whole, ...reasons]);
      const counts = all.map((part) => part.count).sort((one, other) => one - other);
      const least = counts[Math.floor(counts.length / 2)]!;
      const stays = (part: Part) => part.count > least || part.chart.isRaised;
      const watched = new Set<string | null>();
      size = 0;
      for (const [name, domain] of domains) {
        domain.reasons = domain.reasons.filter(stays);
        if (domain.reasons.length === 0 && !stays(domain.whole)) domains.delete(name);
        else size += 1 + domain.reasons.length;
        for (const { reason } of domain.reasons) watched.add(reason);
      }
      for (const reason of timesOf.keys()) if (!watched.has(reason)) timesOf.delete(reason);
    }

    function addTo(part: Part, isHit: boolean, at: number, day: number): void {
      const before = part.chart.sum;
      part.chart.add(isHit, at, day);
      part.count += 1;
      if (before === 0 && part.chart.sum > 0) {
        // Before this record, which is the first of the rise.
        part.judgedBefore = judged - 1;
        part.hitsBefore = hitsOf(part.reason) - 1;
      }
    }

    function hitsOf(reason: string | null): number {
      return reason === null ? rejected : (timesOf.get(reason) ?? 0);
    }

    return {
      add(row, day) {
        const name = row[4];
        if (row[2] === 2) return;
        const isRejected = row[2] === 1;
        const reason = isRejected ? (row[5] ?? '') : null;
        judged += 1;
        if (reason !== null) {
          rejected += 1;
          const times = timesOf.get(reason);
          if (times !== undefined) timesOf.set(reason, times + 1);
        }
        if (name == null) return;
        const { whole, reasons } = domainOf(name);
        addTo(whole, isRejected, row[1], day);
        let isWatched = reason === null || whole.count < REASONS_FROM || reasons.length >= MOST_REASONS;
        for (const part of reasons) {
          isWatched ||= part.reason === reason;
          addTo(part, part.reason === reason, row[1], day);
        }
        if (isWatched) return;
        const part = newPart(reason);
        // Making room may have dropped reasons of this very domain.
        const present = domainOf(name);
        present.reasons = [...present.reasons, part];
        addTo(part, true, row[1], day);
      },
      find: () => [],
      rising(instance) {
        const found: RisingPart[] = [];
        for (const [domain, { whole, reasons }] of domains) {
          for (const { chart, reason, judgedBefore, hitsBefore } of [whole, ...reasons]) {
            if (!chart.isRaised || !chart.isFar(LEAST_RISE, LEAST_SPREADS)) continue;
            found.push({
              instance,
              domain,
              reason,
              rejected: chart.runHits,
              judged: chart.runCount,
              usual: chart.usual,
              otherRejected: Math.max(0, hitsOf(reason) - hitsBefore - chart.runHits),
              otherJudged: Math.max(0, judged - judgedBefore - chart.runCount),
              begunAt: chart.begunAt,
              lastAt: chart.lastHitAt,
            });
          }
        }
        return found;
      },
    };
  },
};

/** What of all that rises, at all agents, stands out from the rest of the work; one finding a domain and agent. */
export function judgeDomains(
  rising: readonly RisingPart[],
  options: DomainRejectionPatternOptions = {},
): { instance: string | null; finding: Finding }[] {
  const { minRejections, minRatio, level } = { ...domainRejectionPatternDefaults, ...withoutUndefined(options) };
  const candidates = rising.filter(
    (part) =>
      part.rejected >= minRejections &&
      part.otherJudged > 0 &&
      part.rejected / part.judged >= minRatio * (part.otherRejected / part.otherJudged),
  );
  const probabilities = candidates.map((part) =>
    fisherGreater(part.rejected, part.judged, part.otherRejected, part.otherJudged),
  );
  const counts = holm(probabilities, level);
  const best = new Map<string, RisingPart>();
  for (const [index, part] of candidates.entries()) {
    if (counts[index] !== true) continue;
    const key = JSON.stringify([part.instance, part.domain]);
    const known = best.get(key);
    // The whole domain says more than one reason in it, and comes first.
    if (!known || (known.reason !== null && part.rejected > known.rejected)) best.set(key, part);
  }
  return [...best.values()].map((part) => ({ instance: part.instance, finding: describe(part) }));
}

function describe(part: RisingPart): Finding {
  const share = part.rejected / part.judged;
  const rest = part.otherRejected / part.otherJudged;
  const why = part.reason ? ` for “${short(part.reason, 80)}”` : '';
  return {
    severity: share >= 0.8 && part.rejected >= 25 ? 'critical' : 'warning',
    domain: part.domain,
    title: `${short(part.domain)} rejects the work of ${short(part.instance)}`,
    detail:
      `${part.rejected} of ${plural(part.judged, 'answer')} in ${short(part.domain)} were rejected${why}: ` +
      `${percent(share)}, ${percent(part.usual)} before, and ${percent(rest)} in the rest of its work.`,
    evidence: {
      rejected: part.rejected,
      judged: part.judged,
      share: rounded(share),
      shareBefore: rounded(part.usual),
      shareOfTheRest: rounded(rest),
      reason: part.reason || null,
    },
    firstSeenAt: part.begunAt,
    lastSeenAt: part.lastAt,
  };
}

function withoutUndefined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
