import { ConfigError } from '../core/errors.js';
import type { ActivitySource } from '../ports/activity.js';

const methods = ['readActivity', 'readAgent', 'readLedgers'] as const;

/** @throws {ConfigError} it is no source of activity */
export function checkSource(source: ActivitySource): void {
  const isSource =
    typeof source === 'object' && source !== null && methods.every((name) => typeof source[name] === 'function');
  if (isSource) return;
  const message =
    'must be a source of activity, e.g. createActivityLog({ store }).source or createSqliteActivitySource({ path })';
  throw new ConfigError([{ path: 'source', message }]);
}
