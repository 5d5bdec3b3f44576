import type { Kind } from '../../kinds.js';

/**
 * How far a code decides. `specific`: at once. `weak`: unless a message says more (`rate_limit_error`, `AccessDenied`).
 * `generic`: only when there is no telling status either (`invalid_request_error`, `api_error`).
 */
export type CodeStrength = 'generic' | 'specific' | 'weak';

/**
 * Codes that mean one kind and do not say so in words of their own; those that do are read by the wording rules. By
 * strength, then by kind, or by an id and a kind. In lower case without punctuation and without a final `error` or
 * `exception`. The numbers MiniMax puts in place of a status are marked: `minimax:1008`.
 */
export type CodeRules = Readonly<Record<CodeStrength, Readonly<Record<string, string>>>>;

/**
 * Wording that means one kind: in messages (quoted parts taken out) and in the words of a code. Keys are an id, a kind,
 * and for some `generic` (too common to beat a code or a telling status) or `weak-code` (as a code it says less than a message
 * does). Values are words in the language of `createWordingMatcher`, or a pattern.
 */
export type TextRules = Readonly<Record<string, RegExp | string>>;

/** One row of the rules. */
export interface Rule<Strength extends string, Words> {
  id: string;
  kind: Kind;
  strength: Strength;
  words: Words;
}
export type CodeRule = Rule<CodeStrength, string>;
export type TextRule = Rule<CodeStrength | 'weak-code', RegExp | string>;
