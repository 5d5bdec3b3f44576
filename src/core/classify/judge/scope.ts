import type { FailureScope } from '../../kinds.js';
import { anyOf } from '../../patterns.js';
import type { Signal } from '../signal/signal.js';
import type { Verdict } from './judge.js';

/** A refusal that names one of these covers every model of the key, unless it names the model. */
const wholeKey = anyOf([
  /organi[sz]ation|account|project|workspace|region|country|territory|location/,
  /\bip\b|firewall|network|(?:\b|_)key|credential|oauth|referer/,
]);
const oneModel = /\bmodel\b/;

/** A limit that is said to be one model's. */
const limitOfModel = anyOf(
  [
    // "Request too large for …", "requests to x for y", "Rate limit reached for gpt-4o in organization …".
    / for (?<=too large for |requests to \S{1,80} for )/,
    / for (?!account|api|consumer|key|org|project|team|user)[`'"]?[a-z]\S*\d/,
    // "Opus weekly limit", "your Fable 5 limit".
    /\b(?:opus|sonnet|haiku|fable|gpt|gemini)(?: ?[\d.]+)?(?: \w{1,8})? limit/,
    // "on this model", "model: …", "for team x and model grok-4", `…PerProjectPerModel…`.
    /\bmodel: ?\S|(?:this|selected|for) model|and model \S+-/,
    /\b(?:of|on|for) the (?:\S{1,60} )?model\b|per_?(?:base_?)?model/,
  ],
  'i',
);

/** Money is the key's, whatever model it was wanted for. */
const moneyOfKey = /payment|balance|(?:enough|insufficient|more) credit|credits are/i;

/** Kinds another model of the provider may be free of. */
const modelKinds = /overloaded|server_error|timeout|model_unavailable/;

/** What a failure covers: this key, this model, everything of this provider, or only this request. */
export function scopeOf({ kind, rule }: Verdict, signal: Signal): FailureScope {
  if (kind === 'quota' || kind === 'rate_limit') {
    const { layers, isModelLimit } = signal;
    const said = layers.find(({ codes, texts }) => [...codes, ...texts].some((words) => limitOfModel.test(words)));
    return isModelLimit || (said && !said.texts.some((text) => moneyOfKey.test(text))) ? 'model' : 'credential';
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
