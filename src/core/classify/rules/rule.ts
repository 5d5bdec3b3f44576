import type { Kind } from '../../kinds.js';

/**
 * How far a code decides. `specific`: at once. `weak`: unless a message says more (`rate_limit_error`, `AccessDenied`).
 * `generic`: only when there is no telling status either (`invalid_request_error`, `api_error`).
 */
export type CodeStrength = 'generic' | 'specific' | 'weak';

/** Codes, types, reasons and error names that mean one kind. */
export interface CodeRule {
  id: string;
  kind: Kind;
  strength: CodeStrength;
  /** In lower case without punctuation and without a final `error` or `exception`. Numbers carry their family: `zhipu:1113`. */
  codes: string;
}

/** Wording that means one kind, read from messages in lower case with quoted parts taken out. */
export interface TextRule {
  id: string;
  kind: Kind;
  /**
   * First letters (up to four) of words, one of which every match holds. Only texts with such a word are tried:
   * that is what makes a hundred patterns cheap.
   */
  stems: string;
  pattern: RegExp;
  /** Too common a wording to beat a code or a telling status. */
  weak?: true;
}

export interface StatusRule {
  id: string;
  kind: Kind;
  /** First and last status the rule covers. */
  from: number;
  to: number;
}
