import type { LedgerEvent } from '../../core/tier/state.js';

/** A row as any version may have written it: types and fields that are not known yet are let through. */
type Row = Omit<LedgerEvent, 'type'> & { readonly type: string };

/** Is this row about the first tier of the chain? By the id it names; where the state names none, by what it set. */
function isAboutFirst(row: Row, primary: string | null): boolean {
  if (primary !== null && row.tier !== undefined) return row.tier === primary;
  const tiers = Object.entries(row.set?.tiers ?? {});
  return tiers.some(([index, patch]) => index === '0' && patch !== null && 'failures' in patch);
}

/** Did the provider say itself how long to stay away? Then the tier is not broken, it is busy. */
function namedAWait(row: Row): boolean {
  const until = row.set?.tiers?.[0]?.retryAfterUntil;
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

/** Did calls go to another model by themselves, rather than by an operator's hand? A change of key is none. */
export function isFlap(event: LedgerEvent): boolean {
  if (event.type !== 'tier-change' || event.rotation === true) return false;
  return event.source !== 'operator' && event.direction !== 'reset';
}
