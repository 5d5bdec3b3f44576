import type { Tier } from '../../config.js';
import type { SharedRests } from '../state.js';
import { coveringRest } from './rest.js';

/** What a rest is for that spares a limit before it is used up. */
export const HEADROOM = 'headroom';

/** True for a tier that new calls leave alone although it works. An answer of it moves nobody there. */
export function isSpared(tier: Tier | undefined, shared: SharedRests | undefined, now: number): boolean {
  if (!tier || !shared) return false;
  return coveringRest(tier, shared, ({ kind, until }) => kind === HEADROOM && until > now) !== undefined;
}
