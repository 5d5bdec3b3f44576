import type { FailoverConfig } from '../config.js';
import { bestTier, firmRestEnd, isFailing, nextTier, restEnd, sharedRestEnd } from './rest.js';
import { cameFrom, FOREVER, type Selection, type SharedRests, type State } from './state.js';

/**
 * Where the next call goes. Answers a question and changes nothing.
 *
 * `probe: true`: one call at a time may try `index`, which has not answered since it failed; everyone else goes to
 * `otherwise`, a tier that works where there is one. `otherwise` is `null` when no other tier is free to be asked.
 * Where calls have come back to no tier, and every free one has failed and not answered since, nobody knows of a better
 * place: `probe` is false, and all may go to `index`.
 *
 * @param shared rests that other instances learnt of, beside the state's own
 */
export function selectTier(state: State, config: FailoverConfig, now: number, shared?: SharedRests): Selection {
  if (state.paused) return { ok: false, reason: 'paused', retryAt: null };
  const ends = state.tiers.map((tier, index) => {
    const configured = config.chain[index];
    return Math.max(restEnd(tier), configured ? sharedRestEnd(configured, shared) : FOREVER);
  });
  const free = (index: number) => (ends[index] ?? FOREVER) <= now;

  const current = free(state.tier) ? working(state, free) : nextTier(ends.length, state.tier, free);
  if (current < 0) return allResting(state, config, now, ends, shared);
  const better = config.policy.recovery === 'probe' ? bestTier(current, free) : -1;
  const index = better >= 0 ? better : current;
  // Where calls went before they came back to `index`, which has yet to answer; `null` where this is no return.
  const before = better >= 0 ? current : index === state.tier ? cameFrom(state) : null;

  const elsewhere = (usable: (at: number) => boolean) =>
    before !== null && usable(before) ? before : nextTier(ends.length, index, usable);
  const proven = elsewhere((at) => free(at) && !isFailing(state.tiers[at]));
  if (before === null && (proven < 0 || !isFailing(state.tiers[index]))) {
    return { ok: true, index, probe: false, otherwise: null };
  }
  const other = proven >= 0 ? proven : elsewhere(free);
  return { ok: true, index, probe: true, otherwise: other < 0 ? null : other };
}

/** The current tier; or, where it failed last and every tier had, the best one whose rest is over as well. */
function working(state: State, free: (index: number) => boolean): number {
  const tier = state.tiers[state.tier];
  const usedUp = tier !== undefined && tier.failures > 0 && tier.restUntil !== null && cameFrom(state) === null;
  const best = usedUp ? bestTier(state.tier, free) : -1;
  return best >= 0 ? best : state.tier;
}

/** Under `wrap` a cooldown never refuses a call, only a provider's own word or an operator's does. */
function allResting(
  state: State,
  config: FailoverConfig,
  now: number,
  ends: readonly number[],
  shared: SharedRests | undefined,
): Selection {
  let refusals = ends;
  if (config.policy.onExhausted === 'wrap') {
    refusals = state.tiers.map((tier, at) =>
      config.chain[at] ? firmRestEnd(tier, config.chain[at], shared) : FOREVER,
    );
    const index = refusals.findIndex((end) => end <= now);
    if (index >= 0) return { ok: true, index, probe: false, otherwise: null };
  }
  const soonest = Math.min(...refusals);
  return { ok: false, reason: 'resting', retryAt: soonest >= FOREVER ? null : soonest };
}
