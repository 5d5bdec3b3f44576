/**
 * What a failure means, one word per error, chosen by what a runner should do about it.
 * `docs/classifier.md` says which provider wording leads to which kind.
 */
export const kinds = [
  'auth',
  'permission',
  'quota',
  'rate_limit',
  'overloaded',
  'server_error',
  'timeout',
  'network',
  'model_unavailable',
  'context_overflow',
  'content_policy',
  'invalid_request',
  'aborted',
  'unknown',
] as const;

/** One of the 14 failure kinds `classifyError` can return. */
export type Kind = (typeof kinds)[number];

/** The external trigger a token budget raises. The classifier never returns it. */
export const TOKEN_BUDGET = 'token_budget';

/** What a failure covers: this key, this model, everything of this provider, or only this request. */
export type FailureScope = 'credential' | 'model' | 'provider' | 'request';

export const failureScopes = ['credential', 'model', 'provider', 'request'] as const satisfies readonly FailureScope[];

export function isKind(value: unknown): value is Kind {
  return (kinds as readonly unknown[]).includes(value);
}
