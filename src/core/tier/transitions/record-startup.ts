import { tierId, type FailoverConfig } from '../../config.js';
import type { Attempt } from '../../errors.js';
import { applyOutcome } from './apply-outcome.js';
import { begin } from '../begin.js';
import type { State, Transition } from '../state.js';

/**
 * Takes in what a startup resolver tried: one ledger row an attempt. Failed tiers that stand in this chain too are
 * put to rest, as if a call had failed there.
 */
export function recordStartup(
  state: State,
  attempts: readonly Attempt[],
  config: FailoverConfig,
  now: number,
): Transition {
  const draft = begin(state, now);
  for (const attempt of attempts) {
    const { tier, ok, kind } = attempt;
    draft.add({ type: 'startup', at: now, tier, ...(ok ? {} : { kind: kind ?? 'unknown' }) });
    // Where the startup's chain had other keys of this model as well, an id without a key may be one of those.
    const named = config.chain[state.ids.indexOf(tier)];
    if (ok || !kind || (named?.credential && tierId(named) === tier)) continue;
    draft.append(applyOutcome(draft.state, { ...attempt, ok: false, kind }, config, now));
  }
  return draft.done();
}
