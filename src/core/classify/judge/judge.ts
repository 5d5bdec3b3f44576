import type { Kind } from '../../kinds.js';
import type { Evidence } from '../classification.js';
import type { Strength } from '../rules/rule.js';
import { fetchFailure, localNames } from '../rules/unknown.js';
import type { Layer, Signal } from '../signal/signal.js';
import { plainTexts } from '../signal/text.js';
import { ownRules, type RuleBook, type RuleOfKind } from './rule-book.js';
import type { WordingMatch } from './wording-matcher.js';

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

type Wording = WordingMatch<RuleOfKind>;
type VerdictOfCode = Verdict & { strength: Strength };

/** What was found on the way out, where nothing has decided yet. */
interface Findings {
  codes: Partial<Record<Strength, Verdict>>;
  /** Generic wording. */
  text?: Verdict;
  aborted?: Verdict | undefined;
  /** Why nobody failed. */
  unknown?: Verdict;
  /** The innermost status so far. */
  status?: number | undefined;
}

/** The kind of an error: by a specific code, then a message, then the rest; what is inside before what is outside. */
export function judgeSignal(signal: Signal, book: RuleBook = ownRules()): Verdict {
  if (signal.isOwn) return { kind: 'unknown', rule: 'own-error', on: 'code' };
  const found: Findings = { codes: {} };
  for (const layer of signal.layers) {
    // Who passes on what another said, or gives it another status, has nothing to say of it.
    if (layer.isWrapper || (found.status && layer.status && layer.status !== found.status)) {
      const settled = settle(found, found.status, signal, book);
      if (settled) return settled;
    }
    found.status ??= layer.status;
    const verdict = judgeLayer(layer, signal, found, book);
    if (verdict) return verdict;
  }
  return (
    settle(found, signal.deepStatus, signal, book) ??
    judgeStatus(signal, book) ??
    found.unknown ?? { kind: 'unknown', rule: 'none', on: 'none' }
  );
}

/** The verdict of a layer that decides at once; of all else that it says the first is kept. */
function judgeLayer(layer: Layer, signal: Signal, found: Findings, book: RuleBook): Verdict | undefined {
  const codes: VerdictOfCode[] = [];
  for (const code of layer.codes) {
    const verdict = verdictOfCode(code, book);
    if (verdict?.strength === 'specific' && verdict.kind !== 'aborted') return verdict;
    if (verdict) codes.push(verdict);
  }
  const wordings = plainTexts(layer).map((plain) => book.findWording(plain));
  const mistake = wordings.find((wording) => wording?.rule.kind === 'unknown');
  const isOwn = !signal.deepStatus && (mistake !== undefined || hasLocalName(layer));
  // An abort may have been a timeout's doing: a layer further out knows.
  found.aborted ??= codes.find(({ kind }) => kind === 'aborted');
  for (const code of isOwn ? [] : codes) found.codes[code.strength] ??= code;
  if (mistake) found.unknown ??= verdictOfWording(mistake);
  if (isOwn) return undefined;
  for (const wording of wordings) {
    if (!wording || unsaid.test(`${signal.deepStatus} ${wording.rule.kind}`)) continue;
    const verdict = verdictOfWording(wording);
    if (verdict.kind === 'unknown') continue;
    if (verdict.kind === 'aborted') found.aborted = verdict;
    else if (wording.rule.strength !== 'generic') return verdict;
    else found.text ??= verdict;
  }
  return undefined;
}

function verdictOfWording({ rule: { id, kind }, matched }: Wording): Verdict {
  return { kind, rule: id, on: 'message', matched };
}

/** What weaker words and the status come to. */
function settle(found: Findings, status: number | undefined, signal: Signal, book: RuleBook): Verdict | undefined {
  const { aborted, codes, text } = found;
  const decided = aborted ?? codes.weak;
  if (decided) return decided;
  const isServers = text?.kind === 'server_error';
  if (status && !(status === 404 && isServers)) return ofStatus(status, book);
  return text && (isServers || isSpokenByProvider(signal)) ? text : codes.generic;
}

function judgeStatus(signal: Signal, book: RuleBook): Verdict | undefined {
  const status = signal.deepStatus ?? signal.status;
  if (!status) return undefined;
  if (signal.isHtml && status === 200)
    return { kind: 'invalid_request', rule: 'status-html', on: 'status', matched: String(status) };
  return status < 300 ? undefined : ofStatus(status, book);
}

function ofStatus(status: number, book: RuleBook): Verdict {
  return { kind: book.kindOfStatus(status), rule: `status-${status}`, on: 'status', matched: String(status) };
}

/** What a code means: by the table, or by the words it is made of. */
function verdictOfCode(code: string, book: RuleBook): VerdictOfCode | undefined {
  const rule = book.findCode(code);
  if (!rule || rule.kind === 'unknown') return undefined;
  const { kind, id, strength = 'specific' } = rule;
  return { kind, rule: id, on: kind === 'network' ? 'network' : 'code', matched: code, code, strength };
}

/** Common words could be any program's. A provider's come in layers, with a code, or speak of a request. */
function isSpokenByProvider({ layers }: Signal): boolean {
  return layers.length > 1 || layers.some(({ codes, texts }) => codes.length > 0 || /request/i.test(texts.join()));
}

/** Whether a layer is named like a mistake of the caller's own code, and what it says is no known fetch failure. */
function hasLocalName({ codes, texts }: Layer): boolean {
  return codes.some((code) => localNames.test(code)) && !texts.some((text) => fetchFailure.test(text));
}
