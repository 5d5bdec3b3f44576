import type { InstanceLedger } from '../../ports/activity.js';
import type { Finding } from '../agent/agent-check.js';
import { DAY_MS, HOUR_MS } from '../agent/time.js';
import { duration, plural, short, time } from '../words.js';
import { signOfFirstTier } from './tier-rows.js';

/** What `constantly-failing-primary` is tuned by. */
export interface ConstantlyFailingPrimaryOptions {
  /** Time from the first failure to the last without an answer between, in milliseconds. Default 3,600,000 (1 h). */
  forMs?: number | undefined;
  /** Failures there must be. Default 2: a key that was revoked is tried at the beginning, after 1 h and after 3 h. */
  minFailures?: number | undefined;
}

export const constantlyFailingPrimaryDefaults = { forMs: HOUR_MS, minFailures: 2 } as const;

/** Nobody has called since the last failure's rest was over for so long: nobody knows any more. */
const STALE_MS = DAY_MS;

/**
 * Nothing on the first tier has succeeded for an hour: two failures or more, an hour from first to last. A wait the
 * provider named is no failure. A brownout of a minute leaves many rows and never an hour between them without an
 * answer.
 */
export function constantlyFailingPrimary(
  ledger: InstanceLedger,
  /** The newest task that the first tier finished, by the agent's own records. */
  answeredAt: number,
  now: number,
  options: ConstantlyFailingPrimaryOptions = {},
): Finding | undefined {
  const forMs = options.forMs ?? constantlyFailingPrimaryDefaults.forMs;
  const minFailures = options.minFailures ?? constantlyFailingPrimaryDefaults.minFailures;
  let failures = 0;
  let firstAt = 0;
  let lastAt = 0;
  let restsUntil = 0;
  let kind = '';
  let tier = ledger.primary;
  for (const row of ledger.rows) {
    if (row.at > now) continue;
    if (row.at <= answeredAt) break;
    const sign = signOfFirstTier(row, ledger.primary);
    if (sign === 'answered' || sign === 'began-anew') break;
    if (sign !== 'failed') continue;
    if (failures === 0) {
      lastAt = row.at;
      kind = row.kind ?? 'unknown';
      restsUntil = row.until ?? row.at;
      tier = row.tier ?? tier;
    }
    failures += row.count ?? 1;
    firstAt = row.at;
  }
  if (failures < minFailures || lastAt - firstAt < forMs || now > Math.max(restsUntil, lastAt) + STALE_MS)
    return undefined;
  const name = tier ?? 'the first tier';
  return {
    severity: lastAt - firstAt >= 6 * forMs ? 'critical' : 'warning',
    title: `Tier 1 of ${short(ledger.instance)} keeps failing`,
    detail:
      `${plural(failures, 'failure')} of ${short(name, 120)} in ${duration(lastAt - firstAt)}, no answer ` +
      `between, the last at ${time(lastAt)} (${short(kind, 40)}).`,
    evidence: { failures, kind, tier, firstFailureAt: firstAt, lastFailureAt: lastAt },
    firstSeenAt: firstAt,
    lastSeenAt: lastAt,
  };
}
