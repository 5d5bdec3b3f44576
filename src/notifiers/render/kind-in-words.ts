import type { Kind, TOKEN_BUDGET } from '../../core/kinds.js';

type Reason =
  | Kind
  | typeof TOKEN_BUDGET
  | 'recovered'
  | 'reset'
  | 'hold'
  | 'paused'
  | 'resting'
  | 'headroom'
  | 'chain-changed';

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
  ['aborted', 'the caller cancelled the call'],
  ['unknown', 'an error without a known kind'],
  ['token_budget', 'the budget is used up'],
  ['recovered', 'the better tier answers again'],
  ['reset', 'the state was reset'],
  ['hold', 'the tier was put on hold'],
  ['paused', 'the tier was paused'],
  ['resting', 'the tier is resting'],
  ['headroom', 'its limit is nearly used up'],
  ['chain-changed', 'the chain was changed'],
]);

/** A failure kind or reason in words; undefined for names that a host made up. */
export function kindInWords(reason: string): string | undefined {
  return words.get(reason);
}
