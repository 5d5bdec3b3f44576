import type { FailoverConfig } from '../config.js';
import { betterThan, nextTier } from './pool.js';
import { bestTier, isFailing, nextLookAt, restEnd, sharedRestEnd, wrapRestEnd } from './rests/rest.js';
import { pauseEnd, standingPauses } from './rests/standing-pauses.js';
import { FOREVER, type Selection, type SharedRests, type State } from './state.js';

/**
 * Where the next call goes. Answers a question and changes nothing.
 *
 * `probe: true`: one call at a time may try `index`, which has not answered since its rest; everyone else goes to
 * `otherwise`, a tier that works where there is one. `otherwise` is `null` when no other tier is free to be asked.
 * Of a pool in which no key is better, `index` is one that may be asked: the others are as good.
 * Where the chain is used up nobody knows of a better place: `probe` is false, and all may go to `index`, unless it
 * rests for what only a person mends.
 *
 * @param shared rests that other instances learnt of, beside the state's own
 */
export function selectTier(state: State, config: FailoverConfig, now: number, shared?: SharedRests): Selection {
  const pauses = state.paused ? standingPauses(state, now) : [];
  if (pauses.length > 0) return { ok: false, reason: 'paused', retryAt: pauseEnd(pauses) };
  const ends = state.tiers.map((tier, index) => {
    const configured = config.chain[index];
    return Math.max(restEnd(tier), configured ? sharedRestEnd(configured, shared) : FOREVER);
  });
  const free = (index: number) => (ends[index] ?? FOREVER) <= now;
  const home = state.reportedTier ?? state.tier;

  const { chain } = config;
  const current = currentTier(state, chain, home, free);
  if (current < 0 || (state.exhaustedAt ?? null) !== null) return whileUsedUp(state, config, now, ends, shared);
  const better = config.policy.recovery === 'probe' ? bestTier(betterThan(chain, current), free) : -1;
  const index = better >= 0 ? better : current;
  // Where calls work while `index` is on trial; `null` where it is not.
  const works = current === state.tier ? home : current;
  const before = index === works ? null : works;

  const elsewhere = (usable: (at: number) => boolean) =>
    before !== null && usable(before) ? before : nextTier(chain, index, usable);
  const proven = elsewhere((at) => free(at) && !isFailing(state.tiers[at]));
  if (before === null && (proven < 0 || !isFailing(state.tiers[index]))) {
    return { ok: true, index, probe: false, otherwise: null };
  }
  const other = proven >= 0 ? proven : elsewhere(free);
  return { ok: true, index, probe: true, otherwise: other < 0 ? null : other };
}

/** The tier of the state, or where calls can go instead of it; -1 for nowhere. */
function currentTier(
  state: State,
  chain: FailoverConfig['chain'],
  home: number,
  free: (index: number) => boolean,
): number {
  if (free(state.tier)) return state.tier;
  return free(home) ? home : nextTier(chain, state.tier, free);
}

/**
 * No tier is free, or none has answered since none was. Under `wrap` a cooldown refuses no call, only a provider's own
 * word or an operator's does; and a tier that rests for what only a person mends is looked at once a minute.
 */
function whileUsedUp(
  state: State,
  config: FailoverConfig,
  now: number,
  ends: readonly number[],
  shared: SharedRests | undefined,
): Selection {
  const wraps = config.policy.onExhausted === 'wrap';
  const refusals = wraps
    ? state.tiers.map((tier, at) => (config.chain[at] ? wrapRestEnd(tier, config.chain[at], shared) : FOREVER))
    : ends;
  const usable = (index: number) => (refusals[index] ?? FOREVER) <= now;
  const index = bestTier(refusals.length, usable);
  if (index < 0) {
    const soonest = Math.min(FOREVER, ...refusals);
    return { ok: false, reason: 'resting', retryAt: soonest >= FOREVER ? null : soonest };
  }
  const free = (at: number) => at !== index && (ends[at] ?? FOREVER) <= now;
  const proven = bestTier(refusals.length, (at) => free(at) && !isFailing(state.tiers[at]));
  if (proven >= 0 && isFailing(state.tiers[index])) return { ok: true, index, probe: true, otherwise: proven };
  if (!wraps || !isLook(state, index, now)) return { ok: true, index, probe: false, otherwise: null };
  const other = bestTier(refusals.length, (at) => usable(at) && !isLook(state, at, now));
  return { ok: true, index, probe: true, otherwise: other < 0 ? null : other };
}

/** True for a tier that rests for what only a person mends, and that `wrap` may look at all the same. */
export function isLook(state: Pick<State, 'tiers'>, index: number, now: number): boolean {
  const tier = state.tiers[index];
  return tier !== undefined && nextLookAt(tier) !== null && restEnd(tier) > now;
}
