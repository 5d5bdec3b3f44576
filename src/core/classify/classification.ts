import type { FailureScope, Kind } from '../kinds.js';

/** The verdict on one error. */
export interface Classification {
  /** What the failure means: one of the 14 kinds. */
  kind: Kind;
  /** The wait the provider asked for, in milliseconds, as said: never capped. Absent when it named none. */
  retryAfterMs?: number;
  /** HTTP status, where one was found. */
  status?: number;
  /** The provider's own code or type, where one was found, e.g. `insufficient_quota`. Redacted. */
  code?: string;
  /** Who answered, where the error says so. */
  provider?: string;
  /** What the failure covers. */
  scope: FailureScope;
  /** The error's own words, redacted and at most 500 characters. */
  message: string;
  /** Which rule decided and on what, so that a wrong verdict can be reported. */
  evidence: Evidence;
}

/** Why a verdict was given. */
export interface Evidence {
  /** Id of the rule that decided; host rules keep the id they were given, `none` when nothing matched. */
  rule: string;
  /** Where the deciding word was found. */
  on: 'host-rule' | 'code' | 'message' | 'status' | 'name' | 'network' | 'none';
  /** The word or number that decided, redacted and at most 120 characters. */
  matched?: string;
  /** Where the wait was read, e.g. `retry-after-ms`, `retry-after`, `body`, `message`, `reset-header`. */
  retryAfterFrom?: string;
}

/**
 * A rule of the host's own, tried before the built-in ones. Everything that is given must match;
 * a rule that gives no condition never matches.
 */
export interface ClassifierRule {
  /** Named in `evidence.rule`. */
  id: string;
  /** The verdict, when it matches. */
  kind: Kind;
  /** HTTP status to match. */
  status?: number | undefined;
  /** Provider code or type to match, compared without regard to case. */
  code?: string | undefined;
  /** Provider to match, where the error says who answered. */
  provider?: string | undefined;
  /** Text to find in the error's message: a substring without regard to case, or a pattern. */
  message?: RegExp | string | undefined;
}

/** What `classifyError` takes beside the error. */
export interface ClassifyOptions {
  /** The present time in epoch milliseconds, for waits given as a date. Without it such waits are not read. */
  now?: number | undefined;
  /** The host's own rules, tried first and in order. */
  rules?: readonly ClassifierRule[] | undefined;
}
