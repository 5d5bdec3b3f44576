import { ConfigError, configError } from '../../core/errors.js';
import { pauseSources, type PauseSource } from '../../core/tier/state.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { PauseTarget, ResetTarget, TriggerOptions, UsageOptions } from '../../ports/failover.js';
import type { HistoryQuery } from '../../ports/state-store.js';
import type { ResetTarget as SharedTarget } from '../../core/tier/rests/reset-names.js';

/** Characters of a name, a reason or a detail that are kept. */
const MAX_TEXT = 500;

/** Epoch seconds of today are below this, epoch milliseconds of the last fifty years above. */
const SECONDS_BELOW = 1e11;

/** What a person or machine says of an action, checked. */
export interface CheckedAction {
  by: string;
  reason?: string;
  until?: number;
  source: PauseSource;
}

/**
 * Checks the options of an operator's action.
 *
 * @param known the options it takes; `by` is always required
 * @param required another one that is
 * @throws {ConfigError} naming every option that is wrong or unknown
 */
export function checkAction(
  given: unknown,
  known: readonly (keyof CheckedAction)[],
  now: number,
  required?: 'reason',
): CheckedAction {
  const options = given ?? {};
  if (typeof options !== 'object') throw configError('options', `expected { ${known.join(', ')} }`);
  const { by, reason, until, source } = options as Partial<Record<keyof CheckedAction, unknown>>;
  const issues = unknownOptions(options, known);
  const fail = (path: string, message: string) => void issues.push({ path, message });
  if (!isText(by)) fail('by', 'expected a non-empty string: the name of the person or machine who acts');
  if ((reason !== undefined || required === 'reason') && !isText(reason)) fail('reason', 'expected a non-empty string');
  const wrongTime = until === undefined ? undefined : whatIsWrongWith(until, now);
  if (wrongTime !== undefined) fail('until', wrongTime);
  const knownSource = pauseSources.find((each) => each === (source ?? 'operator'));
  if (!knownSource) fail('source', `expected one of ${pauseSources.join(', ')}`);
  if (issues.length > 0) throw new ConfigError(issues);
  return {
    by: (by as string).slice(0, MAX_TEXT),
    ...(reason === undefined ? {} : { reason: (reason as string).slice(0, MAX_TEXT) }),
    ...(until === undefined ? {} : { until: until as number }),
    source: knownSource!,
  };
}

/** A non-empty text, cut to a length that a ledger can keep. @throws {ConfigError} naming `path` */
export function checkText(value: unknown, path: string): string {
  if (!isText(value)) throw configError(path, 'expected a non-empty string');
  return value.slice(0, MAX_TEXT);
}

/** Checks a report from outside. One whose time has passed is no mistake: it changes nothing. @throws {ConfigError} */
export function checkTrigger(given: TriggerOptions | null, now: number): TriggerOptions {
  const options = given ?? {};
  if (typeof options !== 'object') throw configError('options', 'expected { detail?, tier?, until? }');
  const { detail, until } = options;
  const issues = unknownOptions(options, ['detail', 'tier', 'until']);
  if (until !== undefined && !Number.isFinite(until))
    issues.push({ path: 'until', message: 'expected epoch milliseconds' });
  else if (until !== undefined && looksLikeSeconds(until, now)) {
    issues.push({
      path: 'until',
      message: 'expected epoch milliseconds; this looks like seconds: multiply it by 1000',
    });
  }
  if (detail !== undefined && typeof detail !== 'string') issues.push({ path: 'detail', message: 'expected a text' });
  if (issues.length > 0) throw new ConfigError(issues);
  return options;
}

/** Checks what rows are asked for. @throws {ConfigError} naming every field that is wrong or unknown */
export function checkHistoryQuery(query: HistoryQuery): void {
  const known = ['limit', 'before', 'type', 'kind', 'since', 'until'];
  if (typeof query !== 'object' || query === null) throw configError('query', `expected { ${known.join(', ')} }`);
  const { limit, before } = query;
  const issues = unknownOptions(query, known);
  if (!(Number.isInteger(limit) && limit >= 1))
    issues.push({ path: 'limit', message: 'expected a whole number, 1 or more' });
  if (before !== undefined && !isNumber(before)) issues.push({ path: 'before', message: 'expected the seq of a row' });
  for (const path of ['since', 'until'] as const) {
    // A text is neither before nor after any time: it would find nothing and not say why.
    if (query[path] !== undefined && !isNumber(query[path]))
      issues.push({ path, message: 'expected epoch milliseconds' });
  }
  if (issues.length > 0) throw new ConfigError(issues);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}

/** What is wrong with a time that is to come, if anything is. */
function whatIsWrongWith(until: unknown, now: number): string | undefined {
  if (typeof until !== 'number' || Number.isNaN(until)) return 'expected epoch milliseconds';
  if (until > now) return undefined;
  const hint = looksLikeSeconds(until, now) ? '; this looks like seconds: multiply it by 1000' : '';
  return `expected a time that is to come, in epoch milliseconds${hint}`;
}

/** True for a time in epoch seconds where milliseconds are meant. */
export function looksLikeSeconds(time: number, now: number): boolean {
  return now >= SECONDS_BELOW && time > 0 && time < SECONDS_BELOW;
}

/** What a pause covers: an instance by name, or an object. @throws {ConfigError} it is neither */
export function checkPauseTarget(target: PauseTarget): PauseTarget {
  const expected = 'expected an instance name, { provider } or { all: true }';
  if (typeof target === 'string') return target;
  const fields = fieldsOf(target, ['provider', 'all'], expected);
  // One that names both is refused: nobody can tell how much it was meant to cover.
  if (fields.all === true && fields.provider === undefined) return { all: true };
  if (!fields.all && isText(fields.provider)) return { provider: fields.provider };
  throw configError('target', expected);
}

/** What a reset covers: an instance by name, or an object. @throws {ConfigError} it is neither */
export function checkResetTarget(target: ResetTarget): string | SharedTarget {
  const expected = 'expected an instance name, { provider }, { credential }, { provider, credential } or { all: true }';
  if (typeof target === 'string') return target;
  const { all, provider, credential } = fieldsOf(target, ['provider', 'credential', 'all'], expected);
  if (all === true && provider === undefined && credential === undefined) return { all: true };
  const areTexts = [provider, credential].every((name) => name === undefined || isText(name));
  if (all || !areTexts) throw configError('target', expected);
  if (isText(provider)) return isText(credential) ? { provider, credential } : { provider };
  if (isText(credential)) return { credential };
  throw configError('target', expected);
}

function fieldsOf(target: unknown, known: readonly string[], expected: string): Record<string, unknown> {
  if (typeof target !== 'object' || target === null) throw configError('target', expected);
  const issues = unknownOptions(target, known);
  if (issues.length > 0)
    throw new ConfigError(issues.map(({ path, message }) => ({ path: `target.${path}`, message })));
  return { ...target };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** Checks where usage belongs. @throws {ConfigError} naming every field that is wrong or unknown */
export function checkUsageOptions(options: UsageOptions): UsageOptions {
  if (typeof options !== 'object' || options === null) throw configError('options', 'expected { group?, tier? }');
  const issues = unknownOptions(options, ['group', 'tier']);
  if (options.group !== undefined && !isText(options.group)) {
    issues.push({ path: 'group', message: 'expected a name, a non-empty string' });
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return options;
}
