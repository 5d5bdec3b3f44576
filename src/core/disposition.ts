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

/**
 * Passes by itself, often within seconds: try again soon, and never rest for long. Only an hour of failures, or
 * relapses within minutes, lead to the longest rest. Evidence: `docs/policy.md`.
 */
const passing: Cooldown = { initialMs: 7.4 * second, factor: 1.002, maxMs: 15 * second };
/** A rate limit that named no wait: most limits are counted per minute. */
const throttled: Cooldown = { initialMs: 15 * second, factor: 2, maxMs: 5 * minute };
/** Lasts until a person acts: one attempt an hour is enough. */
const broken: Cooldown = { initialMs: hour, factor: 2, maxMs: 6 * hour };

export const dispositions: Readonly<Record<Kind, Disposition>> = {
  auth: { trigger: true, retryable: false, cooldown: broken },
  permission: { trigger: true, retryable: false, cooldown: broken },
  quota: { trigger: true, retryable: false, cooldown: broken },
  rate_limit: { trigger: true, retryable: false, cooldown: throttled },
  overloaded: { trigger: true, retryable: true, cooldown: passing },
  server_error: { trigger: true, retryable: true, cooldown: passing },
  timeout: { trigger: true, retryable: true, cooldown: passing },
  network: { trigger: true, retryable: true, cooldown: passing },
  model_unavailable: { trigger: true, retryable: false, cooldown: broken },
  context_overflow: { trigger: false, retryable: false, cooldown: passing },
  content_policy: { trigger: false, retryable: false, cooldown: passing },
  invalid_request: { trigger: false, retryable: false, cooldown: passing },
  aborted: { trigger: false, retryable: false, cooldown: passing },
  unknown: { trigger: false, retryable: false, cooldown: passing },
};

/** Ladder of external triggers that name no end of their own. */
export const externalCooldown: Cooldown = throttled;

function triggersOf(table: typeof dispositions): Trigger[] {
  return Object.entries(table)
    .filter(([, { trigger }]) => trigger)
    .map(([kind]) => kind as Kind);
}

// Marked as pure, so that a bundle of the state machine alone leaves the table out.
export const defaultTriggers: readonly Trigger[] = /* @__PURE__ */ triggersOf(dispositions);

/** What lasts until a person does something: replace a key, pay a bill, choose another model. */
const mendedByPersons: ReadonlySet<string | null> = new Set(['auth', 'permission', 'quota', 'model_unavailable']);

export function needsPerson(kind: string | null): boolean {
  return mendedByPersons.has(kind);
}
