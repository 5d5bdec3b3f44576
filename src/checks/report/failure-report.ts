import type { ActivityRow } from '../../core/activity/activity-row.js';
import { ConfigError } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { ActivitySource } from '../../ports/activity.js';
import { HOUR_MS } from '../agent/time.js';
import { checkSource } from '../check-source.js';
import { findCause, type CauseFacts } from './likely-cause.js';
import { longestRun } from './repeated-task.js';
import type { FailurePlace, FailureReason, FailureReport } from './report.js';

/** What `failureReport` takes. */
export interface FailureReportOptions {
  /** The agent. */
  instance: string;
  /** Hours it covers, above 0 and at most 720. Default 24. */
  hours?: number | undefined;
  /** Its end, epoch milliseconds. Default: the present time. */
  now?: number | undefined;
}

const MOST_HOURS = 720;
/** Lines of a list; the rest is one more. */
const MOST_LINES = 10;
const MOST_EXAMPLES = 3;
/** Domains and the like are told apart up to so many. */
const MOST_NAMES = 1000;

/**
 * What an agent's tasks of the last hours were rejected or failed for, where, and why that probably is; `null` where
 * none was.
 *
 * @throws {ConfigError} an option is unknown or wrong
 * @throws {StoreError} the source cannot be read
 */
export async function failureReport(
  source: ActivitySource,
  options: FailureReportOptions,
): Promise<FailureReport | null> {
  checkSource(source);
  const { instance, hours, now } = parseOptions(options);
  const from = now - hours * HOUR_MS;
  const rows = await source.readAgent(instance, { since: from - hours * HOUR_MS, until: now + 1 });
  const present = rows.filter((row) => row[1] >= from);
  const bad = present.filter(isBad);
  if (bad.length === 0) return null;
  const before = rows.filter((row) => row[1] < from);
  const facts = {
    instance,
    from,
    until: now,
    hours,
    ...count(present),
    before: before.length === 0 ? null : count(before),
    byReason: byReason(bad),
    byDomain: byPlace(present, (row) => row[4] ?? null),
    byTier: byPlace(present, (row) => row[7] ?? null),
    byProvider: byPlace(present, (row) => row[7]?.split('/')[0] ?? null),
    repeated: longestRun(present),
  };
  const trend = trendOf(facts);
  const reason = facts.byReason[0]!;
  return { ...facts, trend, ...findCause({ ...facts, trend, reason, rows: present } satisfies CauseFacts) };
}

export function isBad(row: ActivityRow): boolean {
  return row[2] !== 0;
}

function count(rows: readonly ActivityRow[]): { tasks: number; rejected: number; failed: number; share: number } {
  const rejected = rows.filter((row) => row[2] === 1).length;
  const failed = rows.filter((row) => row[2] === 2).length;
  return { tasks: rows.length, rejected, failed, share: (rejected + failed) / rows.length };
}

/** Up or down by more than chance: twice the standard error, and five points. */
function trendOf({ tasks, share, before }: Pick<FailureReport, 'tasks' | 'share' | 'before'>): FailureReport['trend'] {
  if (!before || before.tasks < 5 || tasks < 5) return 'unknown';
  const pooled = (share * tasks + before.share * before.tasks) / (tasks + before.tasks);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / tasks + 1 / before.tasks));
  const rise = share - before.share;
  if (Math.abs(rise) < Math.max(0.05, 2 * error)) return 'steady';
  return rise > 0 ? 'rising' : 'falling';
}

function byReason(bad: readonly ActivityRow[]): FailureReason[] {
  const groups = new Map<string, FailureReason>();
  for (const row of bad) {
    const text = row[5] ?? (row[2] === 1 ? 'rejected without a reason' : 'failed without a reason');
    // "order 4711 is unknown" and "order 4712 is unknown" are one reason.
    const key = text.toLowerCase().replace(/\b[0-9a-f]{8,}\b|\d+/g, '#');
    let group = groups.get(key);
    if (!group) {
      if (groups.size >= MOST_NAMES) continue;
      groups.set(key, (group = { name: text, count: 0, share: 0, examples: [], firstAt: row[1], lastAt: row[1] }));
    }
    group.count += 1;
    group.lastAt = row[1];
    if (group.examples.length < MOST_EXAMPLES && !group.examples.includes(text)) group.examples.push(text);
  }
  const reasons = [...groups.values()].sort((one, other) => other.count - one.count || one.firstAt - other.firstAt);
  for (const reason of reasons) reason.share = reason.count / bad.length;
  return reasons.slice(0, MOST_LINES);
}

function byPlace(rows: readonly ActivityRow[], placeOf: (row: ActivityRow) => string | null): FailurePlace[] {
  const places = new Map<string, FailurePlace>();
  let bad = 0;
  for (const row of rows) {
    const isFailure = isBad(row);
    if (isFailure) bad += 1;
    const name = placeOf(row);
    if (name === null) continue;
    let place = places.get(name);
    if (!place) {
      if (places.size >= MOST_NAMES) continue;
      places.set(name, (place = { name, count: 0, share: 0, of: 0, failureShare: 0 }));
    }
    place.of += 1;
    if (isFailure) place.count += 1;
  }
  return [...places.values()]
    .filter((place) => place.count > 0)
    .map((place) => ({ ...place, share: place.count / bad, failureShare: place.count / place.of }))
    .sort((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1))
    .slice(0, MOST_LINES);
}

function parseOptions(options: FailureReportOptions): { instance: string; hours: number; now: number } {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError([{ path: 'options', message: 'must be an object, e.g. { instance }' }]);
  }
  const issues = unknownOptions(options, ['instance', 'hours', 'now']);
  const { instance, hours = 24, now = Date.now() } = options;
  if (typeof instance !== 'string' || instance === '') {
    issues.push({ path: 'instance', message: 'must be the name of an agent' });
  }
  if (typeof hours !== 'number' || !(hours > 0 && hours <= MOST_HOURS)) {
    issues.push({ path: 'hours', message: `must be a number above 0 and at most ${MOST_HOURS}, not ${String(hours)}` });
  }
  if (typeof now !== 'number' || !Number.isFinite(now) || Math.abs(now) > 8.64e15) {
    issues.push({ path: 'now', message: `must be epoch milliseconds, not ${String(now)}` });
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return { instance, hours, now };
}
