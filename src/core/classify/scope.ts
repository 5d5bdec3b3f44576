import type { FailureScope, Kind } from '../kinds.js';
import type { Verdict } from './judge.js';
import type { Signal } from './signal.js';

const byKind: Readonly<Record<Kind, FailureScope>> = {
  auth: 'credential',
  permission: 'model',
  quota: 'credential',
  rate_limit: 'credential',
  overloaded: 'model',
  server_error: 'model',
  timeout: 'model',
  network: 'provider',
  model_unavailable: 'model',
  context_overflow: 'request',
  content_policy: 'request',
  invalid_request: 'request',
  aborted: 'request',
  unknown: 'request',
};

/** A refusal of these covers every model of the key. */
const wholeKey =
  /organi[sz]ation|account|project|region|country|territory|location|workspace|\bip\b|firewall|network|\bkey\b|oauth|subscription|referer/;
const modelNamed = /organization level|the model|model `|for model|this model|model with/;
/** "Rate limit reached for gpt-4o in organization …", "(model: …)": the limit is the model's own. */
const limitOfModel =
  /(?:limit|quota)\w* (?:reached|exceeded) for (?:the )?(?:model\b|[`'"]?[\w./:-]*\d[\w./:-]*|[`'"])|model: ?[\w`'"]|for model\b|too large for [\w./:-]*\d|requests to \S+ for \S+ in |this model|per model|permodel/;

/** What a failure covers: this key, this model, everything of this provider, or only this request. */
export function scopeOf(verdict: Verdict, signal: Signal): FailureScope {
  if (verdict.kind === 'network') return isCut(verdict) ? 'model' : 'provider';
  if (verdict.kind !== 'permission' && verdict.kind !== 'rate_limit') return byKind[verdict.kind];
  const words = signal.layers
    .map((layer) => `${layer.codes.join(' ')} ${layer.texts.join(' ')}`)
    .join(' ')
    .slice(0, 2000)
    .toLowerCase();
  if (verdict.kind === 'rate_limit') return limitOfModel.test(words) ? 'model' : 'credential';
  return wholeKey.test(words) && !modelNamed.test(words) ? 'credential' : 'model';
}

function isCut(verdict: Verdict): boolean {
  return verdict.rule === 'network-cut' || verdict.rule === 'text-connection-cut';
}
