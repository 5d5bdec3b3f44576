import type { FailoverConfig } from '../../config.js';
import { TOKEN_BUDGET } from '../../kinds.js';
import { begin } from '../begin.js';
import { failTier } from '../fail-tier.js';
import { isTrigger } from '../rests/ladder.js';
import type { State, Transition } from '../state.js';

/** A tier that has used what a budget allows it, while calls that name no tier go elsewhere. */
export interface SpentTier {
  tier: number;
  /** For the ledger. */
  detail: string;
  /** The end of the budget's window, epoch milliseconds. */
  until: number;
}

/**
 * Puts to rest what has used up its budget without being in use. Nobody is stepped; a chain of one, a pause and the
 * trigger list are respected as they are for a tier in use.
 */
export function restSpentTier(state: State, spent: SpentTier, config: FailoverConfig, now: number): Transition {
  const { tier: index, detail, until } = spent;
  const draft = begin(state, now);
  const { tiers, paused, exhaustedAt, tier, reportedTier } = draft.state;
  if (tiers.length < 2 || paused || !(until > now) || !isTrigger(TOKEN_BUDGET, config.policy)) return draft.done();
  // The budget itself decides what follows where calls are; a used-up chain asks by rules of its own.
  if (index === tier || index === reportedTier || exhaustedAt !== null) return draft.done();
  const failure = { index, kind: TOKEN_BUDGET, scope: 'model' as const, retryAfterMs: null, until, detail };
  failTier(draft, { ...failure, source: 'external' }, config, now);
  return draft.done();
}
