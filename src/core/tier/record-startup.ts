import { tierIndex, type FailoverConfig } from '../config.js';
import type { Attempt } from '../errors.js';
import { applyOutcome } from './apply-outcome.js';
import { Draft } from './draft.js';
import type { State, Transition } from './state.js';

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
  const draft = new Draft(state);
  for (const { tier, ok, kind, retryAfterMs } of attempts) {
    draft.add({ type: 'startup', at: now, tier, ...(ok ? {} : { kind: kind ?? 'unknown' }) });
    if (ok || kind === undefined || tierIndex(state.ids, tier) < 0) continue;
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    for (const event of applyOutcome(draft.state, { tier, ok: false, kind, ...wait }, config, now).events) {
      draft.add(event);
    }
  }
  return draft.done();
}
