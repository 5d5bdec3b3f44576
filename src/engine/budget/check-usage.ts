import { ConfigError } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import { usageFields, type Usage } from '../../core/usage/usage.js';

/** Checks a usage report. @throws {ConfigError} naming every field that is wrong or unknown */
export function checkUsage(usage: Usage): Usage {
  const issues = typeof usage === 'object' && usage !== null ? unknownOptions(usage, usageFields) : [];
  for (const field of usageFields) {
    const value = usage?.[field];
    const isLeftOut = value === undefined && field !== 'inputTokens' && field !== 'outputTokens';
    if (isLeftOut || (Number.isFinite(value) && (value ?? -1) >= 0)) continue;
    issues.push({ path: field, message: 'expected a finite number, 0 or more' });
  }
  if (issues.length > 0) throw new ConfigError(issues.map(({ path, message }) => ({ path: `usage.${path}`, message })));
  return usage;
}
