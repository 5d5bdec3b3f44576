import { isObject, listLength, readProperty } from './read-property.js';
import { isKind } from '../kinds.js';
import type { ClassifierRule } from './classification.js';
import type { Verdict } from './judge.js';
import type { Signal } from './signal.js';

/** Host rules that are looked at. */
const MAX_RULES = 1000;

/**
 * The verdict of the first of the host's rules whose every condition matches. A rule without a condition, or one that
 * throws while it is read or tried, matches nothing.
 */
export function judgeByHostRules(signal: Signal, rules: readonly ClassifierRule[]): Verdict | undefined {
  const count = Math.min(listLength(rules), MAX_RULES);
  for (let index = 0; index < count; index++) {
    const rule = readProperty(rules, String(index));
    if (!isObject(rule)) continue;
    try {
      const matched = match(rule as ClassifierRule, signal);
      if (matched !== undefined && isKind((rule as ClassifierRule).kind)) {
        return {
          kind: (rule as ClassifierRule).kind,
          rule: String((rule as ClassifierRule).id),
          on: 'host-rule',
          matched,
        };
      }
    } catch {
      // A host's rule that breaks is skipped: a verdict is owed all the same.
    }
  }
  return undefined;
}

/** What the rule matched on, or nothing. */
function match(rule: ClassifierRule, signal: Signal): string | undefined {
  const { status, code, provider, message } = rule;
  let matched: string | undefined;
  if (status !== undefined) {
    if (signal.status !== status && signal.deepStatus !== status) return undefined;
    matched = String(status);
  }
  if (provider !== undefined) {
    if (signal.provider === undefined || signal.provider !== provider.toLowerCase()) return undefined;
    matched = signal.provider;
  }
  if (code !== undefined) {
    const wanted = code.toLowerCase();
    const found = signal.layers
      .flatMap((layer) => layer.codes)
      .find((one) => one.toLowerCase() === wanted || one.endsWith(`:${wanted}`));
    if (found === undefined) return undefined;
    matched = found;
  }
  if (message !== undefined) {
    const found = findInTexts(message, signal);
    if (found === undefined) return undefined;
    matched = found;
  }
  return matched;
}

function findInTexts(message: RegExp | string, signal: Signal): string | undefined {
  const texts = signal.layers.flatMap((layer) => layer.texts);
  if (typeof message === 'string') {
    const wanted = message.toLowerCase();
    return wanted !== '' && texts.some((text) => text.toLowerCase().includes(wanted)) ? message : undefined;
  }
  // `search` starts at the beginning whatever a global or sticky pattern remembers, and leaves that as it was.
  const text = texts.find((candidate) => candidate.search(message) !== -1);
  return text === undefined ? undefined : text.slice(text.search(message)).slice(0, 120);
}
