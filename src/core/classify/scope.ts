import type { FailureScope, Kind } from '../kinds.js';
import type { Verdict } from './judge.js';
import type { Signal } from './signal.js';

const credentialKinds: ReadonlySet<Kind> = new Set<Kind>(['auth', 'quota']);
const requestKinds: ReadonlySet<Kind> = new Set<Kind>([
  'context_overflow',
  'content_policy',
  'invalid_request',
  'aborted',
  'unknown',
]);

/** A refusal that names one of these covers every model of the key, unless it names the model. */
const wholeKey =
  /organi[sz]ation|account|project|region|country|territory|location|workspace|\bip\b|firewall|network|\bkey\b|oauth|referer/;
const oneModel = /\bmodel\b/;
/** "Rate limit reached for gpt-4o in organization …", "(model: …)": the limit is the model's own. */
const limitOfModel =
  /\bfor (?:model\b|the model\b|[`'"]?[\w./:-]*[a-z][\w.:-]*\d[\w./:-]*)|\bmodel: ?[\w`'"]|too large for |requests to \S+ for |this model|per_?model/;

/** What a failure covers: this key, this model, everything of this provider, or only this request. */
export function scopeOf({ kind, rule }: Verdict, signal: Signal): FailureScope {
  if (credentialKinds.has(kind)) return 'credential';
  if (requestKinds.has(kind)) return 'request';
  if (kind === 'network') return rule.endsWith('cut') ? 'model' : 'provider';
  if (kind !== 'permission' && kind !== 'rate_limit') return 'model';
  let words = '';
  for (const { codes, texts } of signal.layers) words += `${codes.join(' ')} ${texts.join(' ')} `;
  words = words.slice(0, 2000).toLowerCase();
  if (kind === 'rate_limit') return limitOfModel.test(words) ? 'model' : 'credential';
  return wholeKey.test(words) && !oneModel.test(words) ? 'credential' : 'model';
}
