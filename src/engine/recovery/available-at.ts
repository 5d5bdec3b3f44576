import type { FailoverConfig } from '../../core/config.js';
import { needsPerson } from '../../core/disposition.js';
import { coveringRest, latest, restEnd, sharedRestEnd, wrapRestEnd } from '../../core/tier/rests/rest.js';
import { isLook } from '../../core/tier/select-tier.js';
import { pauseEnd, standingPauses } from '../../core/tier/rests/standing-pauses.js';
import { FOREVER, type SharedRests, type State } from '../../core/tier/state.js';
import { lookKey, type Looks } from './looks.js';

/** What decides when calls of an instance may be made. */
export interface AvailabilityFacts {
  readonly state: State;
  readonly config: FailoverConfig;
  /** Rests from outside the instance. */
  readonly rests: SharedRests | undefined;
  readonly looks: Looks;
  /** When the pauses over everything end; `now` where there is none, `null` where nobody knows. */
  readonly pausedUntil: number | null;
  /** Epoch milliseconds, and the same on the clock's `elapsed`. */
  readonly now: number;
  readonly elapsed: number;
}

/**
 * When a tier may be asked again, epoch milliseconds: `now` or earlier where one may be asked at once, `null` where
 * nobody knows. Under `wrap` a used-up chain is not asked before the soonest rest would have ended, or a look is due:
 * who waits has no hurry.
 */
export function availableAt(facts: AvailabilityFacts): number | null {
  const { state, pausedUntil, now } = facts;
  const pauses = standingPauses(state, now);
  const resumesAt = pauses.length === 0 ? now : pauseEnd(pauses);
  const soonest = Math.min(FOREVER, ...state.tiers.map((_, index) => tierAvailableAt(facts, index)));
  if (resumesAt === null || pausedUntil === null || soonest >= FOREVER) return null;
  return Math.max(resumesAt, pausedUntil, soonest);
}

function tierAvailableAt(facts: AvailabilityFacts, index: number): number {
  const { state, config, rests, looks, now, elapsed } = facts;
  const tier = state.tiers[index];
  const configured = config.chain[index];
  if (!tier || !configured) return FOREVER;
  const end = Math.max(restEnd(tier), sharedRestEnd(configured, rests));
  if (config.policy.onExhausted !== 'wrap') return end;
  const shared = coveringRest(configured, rests, ({ firm, kind, until }) => !firm && needsPerson(kind) && until > now);
  const isOwnLook = isLook(state, index, now);
  if (!isOwnLook && !shared) return latest(end, tier.cooldownUntil);
  const key = lookKey(configured, (isOwnLook ? tier.lastFailureKind : shared?.kind) ?? '');
  return Math.max(wrapRestEnd(tier, configured, rests), now + Math.ceil(looks.dueIn(key, elapsed)));
}
