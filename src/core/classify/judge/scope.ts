import type { FailureScope } from '../../kinds.js';
import type { Verdict } from './judge.js';
import type { Signal } from '../signal/signal.js';

/** A refusal that names one of these covers every model of the key, unless it names the model. */
const wholeKey =
  /organi[sz]ation|account|project|region|country|territory|location|workspace|\bip\b|firewall|network|\bkey\b|oauth|referer/;
const oneModel = /\bmodel\b/;
/** "Rate limit reached for gpt-4o in organization …", "(model: …)": the limit is the model's own. */
const limitOfModel =
  /\bfor (?:(?:the )?model\b|[`'"]?[a-z]\S*\d)|\bmodel: ?\S|too large for |requests to \S+ for |this model|per_?model/;

/** Kinds another model of the provider may be free of. */
const modelKinds = /overloaded|server_error|timeout|model_unavailable/;

/** What a failure covers: this key, this model, everything of this provider, or only this request. */
export function scopeOf({ kind, rule }: Verdict, signal: Signal): FailureScope {
  if (kind === 'auth' || kind === 'quota') return 'credential';
  if (kind === 'rate_limit') return limitOfModel.test(wordsOf(signal)) ? 'model' : 'credential';
  if (kind === 'permission') {
    const words = wordsOf(signal);
    return wholeKey.test(words) && !oneModel.test(words) ? 'credential' : 'model';
  }
  if (kind === 'network') return rule.endsWith('cut') ? 'model' : 'provider';
  return modelKinds.test(kind) ? 'model' : 'request';
}

function wordsOf({ layers }: Signal): string {
  return layers
    .flatMap(({ codes, texts }) => [...codes, ...texts])
    .join(' ')
    .slice(0, 2000)
    .toLowerCase();
}
