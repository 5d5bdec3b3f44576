import type { Kind } from '../../kinds.js';

/**
 * How far a rule decides. `specific`, the default: at once. `weak`: as a code it waits for what a message says
 * (`rate_limit_error`, `AccessDenied`); in a message it decides at once. `generic`: too common to beat a code or a
 * telling status (`invalid_request_error`, "must be").
 */
export type Strength = 'specific' | 'weak' | 'generic';

/**
 * What one sentence says: one phrase of `any` stands in it, one of `behind` behind that phrase, one of `near` and one
 * of `also` on either side of it, and none of `without` around it.
 *
 * A phrase is written as people type it: `rate limit` finds "Rate limits", "rate_limit_error" and "RateLimited". A
 * word of four letters or more also finds longer words that begin with it, a shorter one only itself and its plural;
 * `$` ends a word (`load$` does not find "loading"). Near means within eight words and in the same sentence.
 */
export interface Says {
  any: readonly string[];
  behind?: readonly string[];
  near?: readonly string[];
  also?: readonly string[];
  without?: readonly string[];
}

/** One way in which errors say that they mean a kind. */
export interface Rule {
  /** Stable: `evidence.rule` names it. */
  id: string;
  strength?: Strength;
  /** Codes, types and names, as providers write them. Compared without case, punctuation, `Error` and `Exception`. */
  codes?: readonly string[];
  /** Wordings, of messages and of codes read as words; one of them is enough. */
  says?: readonly Says[];
  /** Whole messages that mean the kind only when nothing else is said, in lower case. */
  whole?: readonly RegExp[];
  /** Wordings in Chinese and Japanese, which put no spaces between words. */
  eastern?: readonly RegExp[];
}

/** Everything that means one kind. */
export interface KindRules {
  kind: Kind;
  /** HTTP statuses that mean the kind when neither a code nor a message says more. */
  statuses?: readonly number[];
  rules: readonly Rule[];
}
