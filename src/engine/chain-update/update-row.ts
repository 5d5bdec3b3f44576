import { printedIds, type FailoverConfig } from '../../core/config.js';
import type { LedgerEvent } from '../../core/tier/state.js';
import type { StoredConfig } from '../../schema/stored/stored-config.js';

/** Characters of the row that name what has changed. */
const MAX_DETAIL = 500;

/** The ledger's row of an update: its version, the fields of the policy that it changed, and its tiers. */
export function updateRow(update: {
  stored: StoredConfig;
  config: FailoverConfig;
  policyFields: readonly string[];
}): LedgerEvent {
  const { version, at, by } = update.stored;
  // Before the tiers, as a long chain is cut.
  const policy = update.policyFields.length > 0 ? ` (policy: ${update.policyFields.join(', ')})` : '';
  const detail = `version ${version}${policy}: ${printedIds(update.config.chain).join(', ')}`.slice(0, MAX_DETAIL);
  return { type: 'config-updated', at, by, detail };
}
