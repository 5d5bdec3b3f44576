import { credentialKey, isSamePair, type Tier } from '../../../core/config.js';
import { poolOf } from '../../../core/tier/pool.js';
import type { CallState } from '../call-state.js';
import type { FailedAttempt } from '../attempt/failed-attempt.js';
import { isOpen } from './tier-access.js';

/** Kinds of limits that are counted per key, also where they are limits of one model. */
const limits: readonly string[] = ['rate_limit', 'quota'];

/**
 * A failure of a model or a provider is no fault of the key: this call asks no other key for the same, whether the
 * failure puts them to rest or not.
 */
export function markCovered<T extends Tier>(call: CallState<T>, { index, verdict }: FailedAttempt): void {
  const { scope, kind } = verdict;
  if (scope !== 'provider' && (scope !== 'model' || limits.includes(kind))) return;
  const { chain } = call.engine.config;
  const failed = chain[index]!;
  const key = credentialKey(failed);
  chain.forEach((tier, at) => {
    const isCovered = scope === 'provider' ? tier.provider === failed.provider : isSamePair(tier, failed);
    if (isCovered && credentialKey(tier) !== key) call.tried.add(at);
  });
}

/**
 * The tier cannot answer this call, whichever key it is asked with; for a prompt that is too long, no smaller one can.
 */
export function markUnfit<T extends Tier>(call: CallState<T>, { index, verdict }: FailedAttempt): void {
  const unfit = (call.unfit ??= new Set());
  const { chain } = call.engine.config;
  chain.forEach((tier, at) => {
    if (isSamePair(tier, chain[index]!)) unfit.add(at);
  });
  const window = chain[index]?.contextTokens;
  if (verdict.kind !== 'context_overflow' || window === undefined) return;
  chain.forEach((tier, at) => {
    if ((tier.contextTokens ?? Number.POSITIVE_INFINITY) <= window) unfit.add(at);
  });
}

/** True where the failure is one key's, and this call may ask another key of the same model now. */
export function hasOtherKey<T extends Tier>(call: CallState<T>, { index, verdict }: FailedAttempt): boolean {
  const { scope, kind } = verdict;
  if (call.pinned !== undefined || (scope !== 'credential' && !limits.includes(kind))) return false;
  const { chain } = call.engine.config;
  const { from, to } = poolOf(chain, index);
  const now = call.engine.clock.now();
  for (let at = from; at < to; at++) if (at !== index && isOpen(call, at, now)) return true;
  return false;
}
