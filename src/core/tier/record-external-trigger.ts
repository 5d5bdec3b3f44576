import { tierIndex, type FailoverConfig, type TierRef } from '../config.js';
import { Draft, unchanged } from './draft.js';
import { clampTime, cooldownMs, isTrigger } from './ladder.js';
import { latest } from './rest.js';
import type { State, Transition } from './state.js';
import { stepDown } from './step-down.js';

/** A fact from outside that should step an instance down: a used-up budget, or whatever the host names. */
export interface ExternalTrigger {
  /** `token_budget`, one of the failure kinds, or a name of the host's own. */
  kind: string;
  /** For the ledger; must not hold secrets. */
  detail?: string;
  /** The tier it was observed on: if that has been left meanwhile, nobody is stepped. Default: the current one. */
  tier?: TierRef;
  /**
   * End of the rest, epoch milliseconds; one the tier already has is not shortened. Default: the ladder's. A time that
   * has passed makes the report void.
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
  const { kind, detail } = trigger;
  const current = state.tiers[state.tier];
  if (!current || state.tiers.length < 2 || state.paused || !isTrigger(kind, config.policy)) return unchanged(state);
  if (trigger.tier !== undefined && tierIndex(state.ids, trigger.tier) !== state.tier) return unchanged(state);
  const failures = current.failures + 1;
  const until = clampTime(trigger.until ?? now + cooldownMs(kind, failures, config.policy));
  if (trigger.until !== undefined && !(until > now)) return unchanged(state);
  const draft = new Draft(state);
  draft.add({
    type: 'tier-failed',
    at: now,
    tier: state.ids[state.tier] ?? String(state.tier),
    kind,
    source: 'external',
    until,
    ...(detail === undefined ? {} : { detail }),
    set: {
      tiers: {
        [state.tier]: {
          restUntil: latest(until, current.restUntil, current.retryAfterUntil),
          failures,
          lastFailureKind: kind,
          lastFailureAt: now,
        },
      },
      lastFailureKind: kind,
    },
  });
  stepDown(draft, config, { kind, source: 'external', until }, now);
  return draft.done();
}
