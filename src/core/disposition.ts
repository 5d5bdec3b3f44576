import type { Cooldown, Trigger } from './config.js';
import type { Kind } from './kinds.js';

/**
 * What to do about a kind when the configuration says nothing else. The classifier says what happened;
 * this table says what follows.
 */
export interface Disposition {
  /** Steps the chain down by default. */
  readonly trigger: boolean;
  /** Can get better within seconds, so another try at the same tier can make sense. */
  readonly retryable: boolean;
  /** The default ladder of rests. */
  readonly cooldown: Cooldown;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** The provider is merely sick: look again soon, and never stay away long. Evidence: `docs/policy.md`. */
const sick: Cooldown = { initialMs: 6.5 * second, factor: 1.05, maxMs: 15 * second };
/** A throttle that named no wait: most limits are counted per minute. */
const throttled: Cooldown = { initialMs: 15 * second, factor: 2, maxMs: 5 * minute };
/** Only a person mends it (a key, a bill, a retired model): one look an hour costs nobody anything. */
const broken: Cooldown = { initialMs: hour, factor: 2, maxMs: 6 * hour };

export const dispositions: Readonly<Record<Kind, Disposition>> = {
  auth: { trigger: true, retryable: false, cooldown: broken },
  permission: { trigger: true, retryable: false, cooldown: broken },
  quota: { trigger: true, retryable: false, cooldown: broken },
  rate_limit: { trigger: true, retryable: false, cooldown: throttled },
  overloaded: { trigger: true, retryable: true, cooldown: sick },
  server_error: { trigger: true, retryable: true, cooldown: sick },
  timeout: { trigger: true, retryable: true, cooldown: sick },
  network: { trigger: true, retryable: true, cooldown: sick },
  model_unavailable: { trigger: true, retryable: false, cooldown: broken },
  context_overflow: { trigger: false, retryable: false, cooldown: sick },
  content_policy: { trigger: false, retryable: false, cooldown: sick },
  invalid_request: { trigger: false, retryable: false, cooldown: sick },
  aborted: { trigger: false, retryable: false, cooldown: sick },
  unknown: { trigger: false, retryable: false, cooldown: sick },
};

/** Ladder of what only a host can report: a used-up token budget names its own end, others look again soon. */
export const externalCooldown: Cooldown = throttled;

export const defaultTriggers: readonly Trigger[] = Object.entries(dispositions)
  .filter(([, disposition]) => disposition.trigger)
  .map(([kind]) => kind as Kind);
