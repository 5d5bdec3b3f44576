import type { LedgerEvent } from '../../core/tier/state.js';

/** A row as any version may have written it: types and fields that are not known yet are let through. */
type Row = Omit<LedgerEvent, 'type'> & { readonly type: string };

/** Is this row about the first tier of the chain? By what it set where it says so, else by the id it names. */
function isAboutFirst(row: Row, primary: string | null): boolean {
  const tiers: unknown = row.set?.tiers;
  if (typeof tiers === 'object' && tiers !== null) {
    const first: unknown = Object.hasOwn(tiers, '0') ? (tiers as Record<string, unknown>)['0'] : undefined;
    if (typeof first === 'object' && first !== null && 'failures' in first) return true;
    const others = Object.entries(tiers).some(
      ([index, patch]) => index !== '0' && typeof patch === 'object' && patch !== null && 'failures' in patch,
    );
    // A failure of another tier that rests the first one too, since both share a key.
    if (others) return false;
  }
  return primary !== null && row.tier === primary;
}

/** Did the provider say itself how long to stay away? Then the tier is not broken, it is busy. */
function namedAWait(row: Row): boolean {
  const tiers = row.set?.tiers as Record<string, { retryAfterUntil?: number | null } | undefined> | undefined;
  const until = tiers?.['0']?.retryAfterUntil;
  return typeof until === 'number' && until > row.at;
}

/** What a row says of the first tier. */
export type FirstTierSign = 'failed' | 'answered' | 'began-anew' | undefined;

export function signOfFirstTier(event: LedgerEvent, primary: string | null): FirstTierSign {
  const row: Row = event;
  switch (row.type) {
    case 'tier-failed':
      return isAboutFirst(row, primary) && !namedAWait(row) ? 'failed' : undefined;
    case 'tier-recovered':
      return isAboutFirst(row, primary) ? 'answered' : undefined;
    case 'tier-change':
      // Confirmed by a success of the tier it leads to.
      return row.direction === 'up' && row.reason === 'recovered' && primary !== null && row.to === primary
        ? 'answered'
        : undefined;
    case 'reset':
    case 'chain-changed':
      return 'began-anew';
    default:
      return undefined;
  }
}

/** Did calls go to another tier by themselves, rather than by an operator's hand? */
export function isFlap(event: LedgerEvent): boolean {
  if (event.type !== 'tier-change') return false;
  return event.source !== 'operator' && event.direction !== 'reset';
}
