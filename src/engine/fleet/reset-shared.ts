import { identityOf, type Tier, type TierIdentity } from '../../core/config.js';
import { resetTiers } from '../../core/tier/reset-tiers.js';
import type { Clock } from '../../ports/clock.js';
import type { Looks } from '../recovery/looks.js';
import type { StateRecord } from '../store/state-record.js';
import { isCovered, type ResetTarget } from './reset-counts.js';

/** Ends what the instances in memory have learnt themselves of what an operator has reset for all of them. */
export function resetInMemory(
  facts: { chain: readonly Tier[]; clock: Clock; looks: Looks; records: Iterable<StateRecord> },
  target: ResetTarget,
  request: { by: string; reason?: string | undefined },
): void {
  const { chain, clock, looks, records } = facts;
  const now = clock.now();
  const concerns = (tier: TierIdentity) => isCovered(tier, target);
  for (const tier of chain) if (concerns(identityOf(tier))) looks.clear(tier);
  for (const record of records) record.apply((state) => resetTiers(state, { ...request, concerns }, now));
}
