import type { LedgerEvent } from '../../core/tier/state.js';

/** A tier has answered; or fails for the first time, so that it was not among those that had been used up. */
export function endsExhaustion({ type, set }: LedgerEvent): boolean {
  if (type === 'tier-failed') return Object.values(set?.tiers ?? {}).some(({ failures }) => failures === 1);
  return type === 'tier-recovered' || type === 'reset';
}
