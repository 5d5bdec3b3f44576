import { listLength } from '../read-property.js';
import { MAX_RULES } from '../limits.js';
import { isKind } from '../../kinds.js';
import type { ClassifierRule } from '../classification.js';
import type { Verdict } from './judge.js';
import type { Signal } from '../signal/signal.js';

/**
 * The verdict of the first of the host's rules whose every condition matches. A rule without a condition, or one that
 * throws while it is read or tried, matches nothing.
 */
export function judgeByHostRules(signal: Signal, rules: readonly ClassifierRule[]): Verdict | undefined {
  const count = Math.min(listLength(rules), MAX_RULES);
  for (let index = 0; index < count; index++) {
    try {
      const rule = rules[index] as ClassifierRule;
      const { kind, id } = rule;
      const matched = match(rule, signal);
      if (matched !== undefined && isKind(kind)) return { kind, rule: String(id), on: 'host-rule', matched };
    } catch {
      // A host's rule that breaks is skipped: a verdict is owed all the same.
    }
  }
  return undefined;
}

/** What the rule's last condition matched on, where all of them matched. */
function match({ status, code, provider, message }: ClassifierRule, signal: Signal): string | undefined {
  const wanted = code?.toLowerCase();
  const codes = signal.layers.flatMap((layer) => layer.codes);
  const conditions = [
    [status, [signal.status, signal.deepStatus].find((one) => one === status)],
    [provider, provider?.toLowerCase() === signal.provider ? provider : undefined],
    [code, codes.find((one) => one.toLowerCase() === wanted || one === `minimax:${wanted}`)],
    [message, message ? findInTexts(message, signal) : undefined],
  ].filter(([given]) => given !== undefined);
  const found = conditions.map((condition) => condition[1]);
  return found.includes(undefined) ? undefined : found.at(-1)?.toString();
}

function findInTexts(message: RegExp | string, { layers }: Signal): string | undefined {
  // `search` starts at the beginning whatever a global or sticky pattern remembers, and leaves that as it was.
  const find = (text: string): number =>
    typeof message === 'string' ? text.toLowerCase().indexOf(message.toLowerCase()) : text.search(message);
  const text = layers.flatMap(({ texts }) => texts).find((candidate) => find(candidate) >= 0);
  return text?.slice(find(text));
}
