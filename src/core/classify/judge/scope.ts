import type { FailureScope } from '../../kinds.js';
import { anyOf } from '../../any-of.js';
import type { Signal } from '../signal/signal.js';
import type { Verdict } from './judge.js';

/** A refusal that names one of these covers every model of the key, unless it names the model. */
const wholeKey =
  /organi[sz]ation|account|project|region|country|territory|location|workspace|\bip\b|firewall|network|\bkey\b|oauth|referer/;
const oneModel = /\bmodel\b/;

/** A limit, a quota or an allowance is one model's: "Rate limit reached for gpt-4o in organization …". */
const limitOfModel = anyOf([
  /\bfor (?:(?:the )?model\b|(?!account|api|consumer|key|org|project|team|user)[`'"]?[a-z]\S*\d)|requests to \S+ for /,
  /\bmodel: ?\S|this model|\b(?:of|on|for) the (?:\S{1,60} )?model\b|too large for |per_?(?:base_?)?model/,
  /\b(?:opus|sonnet|haiku|fable|gpt|gemini)\b(?: ?[\d.]+)?(?: \w{1,8})? (?:limit|quota)/,
]);

/** Money is the key's, whatever model it was wanted for. */
const moneyOfKey = /payment|balance|(?:enough|insufficient|more) credit|credits are/;

/** Kinds another model of the provider may be free of. */
const modelKinds = /overloaded|server_error|timeout|model_unavailable/;

/** What a failure covers: this key, this model, everything of this provider, or only this request. */
export function scopeOf({ kind, rule }: Verdict, signal: Signal): FailureScope {
  if (kind === 'quota' || kind === 'rate_limit') {
    const words = wordsOf(signal);
    return signal.isModelLimit || (limitOfModel.test(words) && !moneyOfKey.test(words)) ? 'model' : 'credential';
  }
  if (kind === 'auth') return 'credential';
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
