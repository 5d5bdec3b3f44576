import type { FailoverConfig } from '../config.js';
import type { Attempt } from '../errors.js';
import { applyOutcome } from './apply-outcome.js';
import { begin } from './begin.js';
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
  const draft = begin(state, now);
  for (const { tier, ok, kind, retryAfterMs } of attempts) {
    draft.add({ type: 'startup', at: now, tier, ...(ok ? {} : { kind: kind ?? 'unknown' }) });
    if (ok || kind === undefined) continue;
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    draft.append(applyOutcome(draft.state, { tier, ok: false, kind, ...wait }, config, now));
  }
  return draft.done();
}
