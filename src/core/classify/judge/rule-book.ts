import type { Kind } from '../../kinds.js';
import { once } from '../../once.js';
import { allRules, precedence } from './all-rules.js';
import type { KindRules, Rule } from '../rules/rule.js';
import { createWordingMatcher, type WordingMatch } from './wording-matcher.js';

/** A rule with the kind it means. */
export interface RuleOfKind extends Rule {
  kind: Kind;
}

/** The rules, ready to be looked up. */
export interface RuleBook {
  /** The rule whose wording a message says, and the words that matched. */
  findWording(plain: string): WordingMatch<RuleOfKind> | undefined;
  /** The rule of a code: by the lists of codes, or by the words the code is made of. */
  findCode(code: string): RuleOfKind | undefined;
  /** The kind of a status of 300 or more that nothing else explains. */
  kindOfStatus(status: number): Kind;
}

/** Makes rules ready to be looked up. `order` is what outranks what: see `precedence`. */
export function createRuleBook(kinds: readonly KindRules[], order: readonly string[]): RuleBook {
  const rules = kinds.flatMap(({ kind, rules: ofKind }) => ofKind.map((rule): RuleOfKind => ({ ...rule, kind })));
  const findWording = createWordingMatcher(inOrder(rules, order));
  const byStatus = new Map(kinds.flatMap(({ kind, statuses = [] }) => statuses.map((status) => [status, kind])));
  // Codes written out come last: `ServiceUnavailableException` of AWS means more than `ServiceUnavailable`.
  const byCode = new Map<string, RuleOfKind>();
  for (const write of [normaliseCode, (code: string) => code.toLowerCase()]) {
    for (const rule of rules) for (const code of rule.codes ?? []) byCode.set(write(code), rule);
  }
  return {
    findWording,
    findCode: (code) =>
      byCode.get(code.toLowerCase()) ?? byCode.get(normaliseCode(code)) ?? findWording(wordsOfCode(code))?.rule,
    kindOfStatus: (status) => byStatus.get(status) ?? (status < 500 ? 'invalid_request' : 'server_error'),
  };
}

/** Our own rules, made ready by the first error: that takes longer than all else an import of ours does. */
export const ownRules: () => RuleBook = once(() => createRuleBook(allRules, precedence));

/** `RateLimitError`, `rate_limit_error` and `com.amazon#RateLimitException:http://…` are one code. */
export function normaliseCode(code: string): string {
  const plain = code.toLowerCase();
  // The number MiniMax puts in the place of a status.
  if (plain.startsWith('minimax:')) return plain;
  return plain.replace(/^[^#]*#|:.*|[^a-z0-9]/gs, '').replace(/(?:error)?(?:exception)?$/, '');
}

/** `InsufficientQuotaError` as a sentence: `insufficient quota error`. */
function wordsOfCode(code: string): string {
  return code.replace(/([a-z])(?=[A-Z])|[^A-Za-z0-9]+/g, '$1 ').toLowerCase();
}

/** The rules, the first to be believed first. */
function inOrder(rules: readonly RuleOfKind[], order: readonly string[]): RuleOfKind[] {
  const rankOf = ({ id, kind }: RuleOfKind): number => order.indexOf(order.includes(id) ? id : kind);
  return rules.toSorted((one, other) => rankOf(one) - rankOf(other));
}
