import type { Kind } from '../../kinds.js';
import type { Wording } from '../wording.js';

/**
 * How far a code decides. `specific`: at once. `weak`: unless a message says more (`rate_limit_error`, `AccessDenied`).
 * `generic`: only when there is no telling status either (`invalid_request_error`, `api_error`).
 */
export type CodeStrength = 'generic' | 'specific' | 'weak';

/** Codes that mean one kind and do not say so in words of their own; those that do are read by the wording rules. */
export interface CodeRule {
  id: string;
  kind: Kind;
  strength: CodeStrength;
  /** In lower case without punctuation and without a final `error` or `exception`. Numbers carry their family: `zhipu:1113`. */
  codes: string;
}

/** Wording that means one kind: in messages (quoted parts taken out) and in the words of a code. */
export interface TextRule extends Wording {
  id: string;
  kind: Kind;
  /** Too common to beat a code or a telling status. */
  weak?: true;
  /** As a code (`rate_limit_error`) it says less than a message does. */
  weakAsCode?: true;
}
