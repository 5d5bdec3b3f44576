import type { Kind } from '../../kinds.js';
import type { Evidence } from '../classification.js';
import type { Strength } from '../rules/rule.js';
import type { Signal } from '../signal/signal.js';
import { plainTexts } from '../signal/text.js';
import { isLocal } from './local-errors.js';
import { type RuleBook, ruleBook } from './rule-book.js';

/** A kind, and what decided it. Not redacted. */
export interface Verdict {
  kind: Kind;
  rule: string;
  on: Evidence['on'];
  matched?: string;
  /** The deciding code, where a code decided. */
  code?: string;
}

/**
 * Wording that is not believed beside a status. Who found the request wrong does not speak of the connection, and who
 * wants to be paid means that and not a right.
 */
const unsaid = /4(?:0[045]|15|22) (?:network|timeout|aborted)|402 permission/;

/** The kind of an error, from what was gathered of it: specific code, then message, then status; inside before outside. */
export function judgeSignal(signal: Signal, book: RuleBook = ruleBook): Verdict {
  const found: Partial<Record<Strength, Verdict>> = {};
  let weakText: Verdict | undefined;
  let aborted: Verdict | undefined;
  for (const layer of signal.layers) {
    const isOwn = !signal.deepStatus && isLocal(layer);
    for (const code of layer.codes) {
      const verdict = verdictOfCode(code, book);
      if (!verdict || (isOwn && verdict.strength !== 'specific')) continue;
      // An abort may have been a timeout's doing: a layer further out knows.
      if (verdict.kind === 'aborted') aborted ??= verdict;
      else if (verdict.strength === 'specific') return verdict;
      else found[verdict.strength] ??= verdict;
    }
    if (isOwn) continue;
    for (const plain of plainTexts(layer)) {
      const match = book.findWording(plain);
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
  return judgeStatus(signal, book) ?? { kind: 'unknown', rule: 'none', on: 'none' };
}

function judgeStatus(signal: Signal, book: RuleBook): Verdict | undefined {
  const status = signal.deepStatus ?? signal.status;
  if (!status) return undefined;
  const verdict = { on: 'status', matched: String(status) } as const;
  if (signal.isHtml && status === 200) return { kind: 'invalid_request', rule: 'status-html', ...verdict };
  return status < 300 ? undefined : { kind: book.kindOfStatus(status), rule: `status-${status}`, ...verdict };
}

/** What a code means: by the table, or by the words it is made of. */
function verdictOfCode(code: string, book: RuleBook): (Verdict & { strength: Strength }) | undefined {
  const rule = book.findCode(code);
  if (!rule) return undefined;
  const { kind, id, strength = 'specific' } = rule;
  return { kind, rule: id, on: kind === 'network' ? 'network' : 'code', matched: code, code, strength };
}

/** Common words could be any program's. A provider's come in layers, with a code, or speak of a request. */
function isSpokenByProvider({ layers }: Signal): boolean {
  return layers.length > 1 || layers.some(({ codes, texts }) => codes.length > 0 || /request/i.test(texts.join()));
}
