import type { Kind, TOKEN_BUDGET } from '../../core/kinds.js';

type Reason = Kind | typeof TOKEN_BUDGET | 'recovered' | 'reset' | 'hold' | 'chain-changed';

const words: ReadonlyMap<string, string> = new Map<Reason, string>([
  ['auth', 'the provider does not accept the key'],
  ['permission', 'the key may not use this model'],
  ['quota', 'the quota or the credit is used up'],
  ['rate_limit', 'too many requests'],
  ['overloaded', 'the provider is overloaded'],
  ['server_error', 'the provider has an internal error'],
  ['timeout', 'the provider did not answer in time'],
  ['network', 'the provider could not be reached'],
  ['model_unavailable', 'the model is not available'],
  ['context_overflow', 'the request is too long for the model'],
  ['content_policy', 'the content was refused'],
  ['invalid_request', 'the request was not valid'],
  ['aborted', 'the caller gave up'],
  ['unknown', 'an error nobody has classified yet'],
  ['token_budget', 'the token budget is used up'],
  ['recovered', 'the better tier answers again'],
  ['reset', 'the state was reset'],
  ['hold', 'the tier was put on hold'],
  ['chain-changed', 'the chain was changed'],
]);

/** A failure kind or a reason of ours in words; nothing for what a host made up. */
export function kindInWords(reason: string): string | undefined {
  return words.get(reason);
}
