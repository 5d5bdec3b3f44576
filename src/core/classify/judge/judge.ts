import type { Signal } from '../signal/signal.js';
import { codeRules } from '../rules/code-rules.js';
import { textRules } from '../rules/text-rules.js';
import { byWord } from '../by-word.js';
import { isLocal } from './local-errors.js';
import { plainTexts } from '../signal/text.js';
import { kindOfStatus } from '../rules/status-rules.js';
import type { Evidence } from '../classification.js';
import type { CodeStrength } from '../rules/rule.js';
import { createWordingMatcher } from './wording-matcher.js';
import type { Kind } from '../../kinds.js';

/** A kind, and what decided it. Not redacted. */
export interface Verdict {
  kind: Kind;
  rule: string;
  on: Evidence['on'];
  matched?: string;
  /** The deciding code, where a code decided. */
  code?: string;
}

const rulesByCode = byWord(codeRules.map((rule) => [rule, rule.words]));

/**
 * Wording that is not believed beside a status. Who found the request wrong does not speak of the connection, and who
 * wants to be paid means that and not a right.
 */
const unsaid = /4(?:0[045]|15|22) (?:network|timeout|aborted)|402 permission/;

const findRule = createWordingMatcher(textRules);

/** The kind of an error, from what was gathered of it: specific code, then message, then status; inside before outside. */
export function judgeSignal(signal: Signal): Verdict {
  const found: Partial<Record<CodeStrength, Verdict>> = {};
  let weakText: Verdict | undefined;
  let aborted: Verdict | undefined;
  for (const layer of signal.layers) {
    const isOwn = !signal.deepStatus && isLocal(layer);
    for (const code of layer.codes) {
      const verdict = verdictOfCode(code);
      if (!verdict || (isOwn && verdict.strength !== 'specific')) continue;
      // An abort may have been a timeout's doing: a layer further out knows.
      if (verdict.kind === 'aborted') aborted ??= verdict;
      else if (verdict.strength === 'specific') return verdict;
      else found[verdict.strength] ??= verdict;
    }
    if (isOwn) continue;
    for (const plain of plainTexts(layer)) {
      const match = findRule(plain);
      if (!match || unsaid.test(`${signal.deepStatus} ${match.rule.kind}`)) continue;
      const { kind, id, strength } = match.rule;
      const verdict: Verdict = { kind, rule: id, on: 'message', matched: match.matched };
      if (kind === 'aborted') aborted = verdict;
      else if (strength !== 'generic') return verdict;
      else weakText ??= verdict;
    }
  }
  const decided = aborted ?? found.weak;
  if (decided) return decided;
  const status = signal.deepStatus;
  if (!status || (status === 404 && weakText?.kind === 'server_error')) {
    if (weakText && (weakText.kind === 'server_error' || isSpokenByProvider(signal))) return weakText;
    if (found.generic) return found.generic;
  }
  return judgeStatus(signal) ?? { kind: 'unknown', rule: 'none', on: 'none' };
}

function judgeStatus(signal: Signal): Verdict | undefined {
  const status = signal.deepStatus ?? signal.status;
  if (!status) return undefined;
  const verdict = { on: 'status', matched: String(status) } as const;
  if (signal.isHtml && status === 200) return { kind: 'invalid_request', rule: 'status-html', ...verdict };
  return status < 300 ? undefined : { kind: kindOfStatus(status), rule: `status-${status}`, ...verdict };
}

/** What a code means: by the table, or by the words it is made of. */
function verdictOfCode(code: string): (Verdict & { strength: CodeStrength }) | undefined {
  const rule =
    rulesByCode.get(code.toLowerCase()) ??
    rulesByCode.get(normaliseCode(code)) ??
    findRule(code.replace(/([a-z])(?=[A-Z])|[^A-Za-z0-9]+/g, '$1 ').toLowerCase())?.rule;
  if (!rule) return undefined;
  const { kind, id } = rule;
  const strength = rule.strength === 'weak-code' ? 'weak' : rule.strength;
  return { kind, rule: id, on: kind === 'network' ? 'network' : 'code', matched: code, code, strength };
}

/** `RateLimitError`, `rate_limit_error` and `com.amazon#RateLimitException:http://…` are one code. */
export function normaliseCode(code: string): string {
  return code
    .toLowerCase()
    .replace(/^[^#]*#|:.*|[^a-z0-9]/gs, '')
    .replace(/(?:error)?(?:exception)?$/, '');
}

/** Common words could be any program's. A provider's come in layers, with a code, or speak of a request. */
function isSpokenByProvider({ layers }: Signal): boolean {
  return layers.length > 1 || layers.some(({ codes, texts }) => codes.length > 0 || /request/i.test(texts.join()));
}
