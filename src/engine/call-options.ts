import { tierIndex, type TierRef } from '../core/config.js';
import { ConfigError, type ConfigIssue } from '../core/errors.js';
import type { CallOptions } from '../ports/failover.js';

/**
 * True when a call brings nothing that needs a limit, a list or a place of its own. What it does not ask for need
 * not be looked at either.
 */
export function isPlain(options: CallOptions): boolean {
  return (
    options.signal === undefined &&
    options.pinned === undefined &&
    options.fallbacks === undefined &&
    options.deadlineMs === undefined &&
    options.firstContentTimeoutMs === undefined &&
    options.idleTimeoutMs === undefined &&
    options.isContent === undefined &&
    options.isComplete === undefined &&
    options.hasSideEffects === undefined
  );
}

/** @throws {ConfigError} naming every option that is wrong and what would be right */
export function checkCallOptions(options: CallOptions): void {
  const issues: ConfigIssue[] = [];
  for (const path of ['deadlineMs', 'firstContentTimeoutMs', 'idleTimeoutMs'] as const) {
    const value = options[path];
    if (value === undefined || (Number.isFinite(value) && value > 0)) continue;
    issues.push({ path, message: 'expected a finite number of milliseconds above 0' });
  }
  for (const path of ['isContent', 'isComplete', 'hasSideEffects'] as const) {
    if (options[path] === undefined || typeof options[path] === 'function') continue;
    issues.push({ path, message: 'expected a function' });
  }
  if (options.signal !== undefined && !isSignal(options.signal)) {
    issues.push({ path: 'signal', message: 'expected an AbortSignal' });
  }
  if (options.fallbacks !== undefined && !Array.isArray(options.fallbacks)) {
    issues.push({ path: 'fallbacks', message: 'expected a list of tiers; [] for none' });
  }
  if (issues.length > 0) throw new ConfigError(issues);
}

/** Index of the tier among `ids` that an option names. @throws {ConfigError} where there is none */
export function namedTier(ids: readonly string[], ref: TierRef, path: string): number {
  const isNamed = typeof ref !== 'object' || ref !== null;
  const index = isNamed ? tierIndex(ids, ref) : -1;
  if (index >= 0) return index;
  const known = ids.map((id, at) => `${at} (${id})`).join(', ');
  throw new ConfigError([{ path, message: `no such tier in this chain; known: ${known}` }]);
}

/** True for an `AbortSignal`, of whatever realm. */
export function isSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['throwIfAborted', 'addEventListener', 'removeEventListener'].every(
      (name) => typeof (value as Record<string, unknown>)[name] === 'function',
    )
  );
}
