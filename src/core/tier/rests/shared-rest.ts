import { keyOf, tierId, type Tier } from '../../config.js';
import { needsPerson } from '../../disposition.js';
import type { FailureScope } from '../../kinds.js';
import { limitKey } from './rest.js';

/** Could concern this instance alone; once two have seen it, it is the provider's. */
const likely: ReadonlySet<string> = new Set(['overloaded', 'server_error']);

/**
 * How many instances must have seen a failure before it counts for all, or `null` where it never does: `network` and
 * `timeout` may be the fault of one machine's own connection.
 */
export function witnessesNeeded(kind: string, hasRetryAfter: boolean): 1 | 2 | null {
  if (needsPerson(kind)) return 1;
  if (kind === 'rate_limit' && hasRetryAfter) return 1;
  if (likely.has(kind)) return hasRetryAfter ? 1 : 2;
  return null;
}

/**
 * The key of the record a failure belongs to: what its scope covers. A limit that the provider calls a model's is that
 * of the model under one credential; anything else of a model concerns every credential.
 */
export function sharedRestKey(tier: Tier, scope: FailureScope | undefined, kind: string): string {
  if (scope === 'credential') return keyOf(tier);
  if (scope === 'provider') return `provider:${tier.provider}`;
  return kind === 'rate_limit' || kind === 'quota' ? limitKey(tier) : `model:${tierId(tier)}`;
}
