import { isDotName } from '../dot-name.js';
import { ConfigError, type ConfigIssue } from '../errors.js';
import { redact } from '../redact.js';
import { taskOutcomes, type ActivityRecord, type ActivityTask, type TaskOutcome } from './activity-task.js';
import { fingerprint } from './fingerprint.js';

/** What is read of any one text: a reason of ten megabytes costs no more than one of four thousand characters. */
const READ_LIMIT = 4000;
const LONGEST = { instance: 500, id: 64, task: 200, domain: 100, reason: 300, tier: 200 } as const;
/** Beyond it a time cannot be printed. */
const LAST_TIME = 8_640_000_000_000_000;

const known: ReadonlySet<string> = new Set([
  'id',
  'instance',
  'task',
  'domain',
  'outcome',
  'reason',
  'quality',
  'resultHash',
  'tier',
  'inputTokens',
  'outputTokens',
  'costUsd',
  'durationMs',
  'at',
] satisfies (keyof ActivityTask)[]);

/**
 * A task as it is kept. What names or sorts it must be right; a measure that makes no sense (a negative cost, a quality
 * that is not from 0 to 1, a time that is no number) counts as not given: the task was done all the same.
 *
 * @param path where the caller gave it, e.g. `tasks[3]`, for messages
 * @param now epoch milliseconds, for a task without a time
 * @param ownId an id for a task that has neither an id nor a time: two of them are two, whatever else is equal
 * @throws {ConfigError} naming every field that is missing, wrong or unknown
 */
export function parseTask(task: unknown, path: string, now: number, ownId: () => string): ActivityRecord {
  if (typeof task !== 'object' || task === null || Array.isArray(task)) {
    throw new ConfigError([{ path, message: 'must be a task, e.g. { instance, task, outcome }' }]);
  }
  const given = task as Partial<Record<keyof ActivityTask, unknown>>;
  const issues: ConfigIssue[] = [];
  const wrong = (field: string, message: string): void => void issues.push({ path: `${path}.${field}`, message });
  for (const name of Object.keys(task)) if (!known.has(name)) wrong(name, `unknown; known: ${[...known].join(', ')}`);
  for (const name of ['instance', 'task'] as const) {
    const value = given[name];
    if (typeof value !== 'string' || value.trim() === '') wrong(name, 'must be a text that is not empty');
    else if (name === 'instance' && value.length > LONGEST.instance)
      wrong(name, `has more than ${LONGEST.instance} characters`);
    else if (name === 'instance' && isDotName(value)) wrong(name, 'may not be . or ..');
  }
  if (!isOutcome(given.outcome)) wrong('outcome', `must be one of ${taskOutcomes.join(', ')}`);
  for (const name of ['id', 'domain', 'reason', 'resultHash', 'tier'] as const) {
    const value = given[name];
    if (value !== undefined && value !== null && typeof value !== 'string') wrong(name, 'must be a text');
  }
  for (const name of ['quality', 'inputTokens', 'outputTokens', 'costUsd', 'durationMs', 'at'] as const) {
    const value = given[name];
    if (value !== undefined && value !== null && typeof value !== 'number') wrong(name, 'must be a number');
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return record(given as ActivityTask, now, ownId);
}

function record(given: ActivityTask, now: number, ownId: () => string): ActivityRecord {
  const at = measure(given.at, -LAST_TIME, LAST_TIME);
  const fields = {
    // Half a character that no database can hold is replaced.
    instance: given.instance.toWellFormed(),
    task: text(given.task, LONGEST.task) ?? '-',
    outcome: given.outcome,
    at: Math.round(at ?? now),
    domain: text(given.domain, LONGEST.domain),
    reason: text(given.reason, LONGEST.reason),
    quality: measure(given.quality, 0, 1),
    resultHash: given.resultHash ? fingerprint(bounded(given.resultHash)) : null,
    tier: text(given.tier, LONGEST.tier),
    inputTokens: measure(given.inputTokens, 0, Number.MAX_SAFE_INTEGER),
    outputTokens: measure(given.outputTokens, 0, Number.MAX_SAFE_INTEGER),
    costUsd: measure(given.costUsd, 0, Number.MAX_SAFE_INTEGER),
    durationMs: measure(given.durationMs, 0, Number.MAX_SAFE_INTEGER),
  };
  return { id: idOf(given, fields, at === null, ownId), ...fields };
}

function idOf(
  given: ActivityTask,
  fields: Omit<ActivityRecord, 'id'>,
  hasNoTime: boolean,
  ownId: () => string,
): string {
  // The first character tells the three sorts apart, so that no id of a host's can be one of ours.
  if (given.id) return `=${given.id.length > LONGEST.id ? fingerprint(bounded(given.id)) : given.id.toWellFormed()}`;
  if (hasNoTime) return `+${ownId()}`;
  const { task, at, outcome, reason, resultHash } = fields;
  return `~${fingerprint(JSON.stringify([task, at, outcome, reason, resultHash]))}`;
}

/**
 * A text as it is kept: one line, without secrets, bounded. What was lost to that is told apart by a digest at its
 * end.
 */
function text(value: string | null | undefined, longest: number): string | null {
  if (value === undefined || value === null) return null;
  const whole = bounded(value);
  const line = whole
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  if (line === '') return null;
  const safe = redact(line);
  if (safe === line && whole === value && line.length <= longest) return line;
  const digest = ` #${fingerprint(whole).slice(0, 8)}`;
  return `${safe.slice(0, longest - digest.length - 1).toWellFormed()}…${digest}`;
}

/** The beginning of a text, and how long it is where that is not all. */
function bounded(value: string): string {
  return value.length <= READ_LIMIT ? value : `${value.slice(0, READ_LIMIT)}${value.length}`;
}

function measure(value: number | null | undefined, least: number, most: number): number | null {
  return typeof value === 'number' && value >= least && value <= most ? value : null;
}

function isOutcome(value: unknown): value is TaskOutcome {
  return (taskOutcomes as readonly unknown[]).includes(value);
}
