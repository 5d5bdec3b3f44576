import { tierIndex, type FailoverConfig, type TierRef } from '../../config.js';
import { TOKEN_BUDGET } from '../../kinds.js';
import { begin } from '../begin.js';
import { failTier } from '../fail-tier.js';
import { isTrigger } from '../rests/ladder.js';
import type { State, Transition } from '../state.js';

/** A fact from outside that should step an instance down: a used-up budget, or whatever the host names. */
export interface ExternalTrigger {
  /** `token_budget`, one of the failure kinds, or a name of the host's own. */
  kind: string;
  /** For the ledger; must not hold secrets. */
  detail?: string;
  /** The tier it was observed on: if that has been left meanwhile, nobody is stepped. Default: the current one. */
  tier?: TierRef;
  /**
   * End of the rest, epoch milliseconds; a longer one that the tier already has is not shortened. Default: the
   * ladder's. A report whose time has passed changes nothing.
   */
  until?: number;
}

/**
 * Takes the path of a failure of the current tier. Respects the trigger list and a pause, and does nothing on a
 * chain of one. Kinds a host names itself always count as triggers.
 */
export function recordExternalTrigger(
  state: State,
  trigger: ExternalTrigger,
  config: FailoverConfig,
  now: number,
): Transition {
  const { kind, detail, until } = trigger;
  const draft = begin(state, now);
  const present = draft.state;
  if (present.tiers.length < 2 || present.paused || !isTrigger(kind, config.policy)) return draft.done();
  if (until !== undefined && !(until > now)) return draft.done();
  const index = trigger.tier === undefined ? present.tier : tierIndex(present.ids, trigger.tier, present.identities);
  // While a better tier is on trial, calls still work where they did.
  if (index !== present.tier && index !== present.reportedTier) return draft.done();
  if (present.exhaustedAt !== null && index !== present.tier) return draft.done();
  // What a model has used is not the fault of one of its keys.
  const scope = kind === TOKEN_BUDGET ? 'model' : undefined;
  failTier(draft, { index, kind, scope, retryAfterMs: null, until, source: 'external', detail }, config, now);
  return draft.done();
}
