import type { KindRules } from './rule.js';
import { places } from './word-sets.js';

/** What a sentence about a model speaks of when it is not the model that is missing. */
const otherSubjects = [
  'argument', 'parameter', 'field', 'value', 'tool', 'image', 'for this', 'on this', 'with this', 'access denied',
  'plan', 'server', ...places,
];

/** The model is unknown, retired, not deployed or not loaded. */
export const modelUnavailable: KindRules = {
  kind: 'model_unavailable',
  statuses: [410],
  rules: [
    {
      // Anthropic's whole message for an unknown model: "model: claude-3-5-haiku-latest".
      id: 'model-gone-whole',
      whole: [/^\W*model: ?(?:[a-z ]+[\d.]+|[\w./:@-]+)\W*$/],
    },
    {
      id: 'model-gone',
      says: [
        {
          any: [
            'system memory', 'unknown model', 'no available', 'no model', 'no deployment', 'end of life',
            'no matching', 'invalid model', 'no endpoint', 'end of its', 'no provider', 'model invalid',
          ],
        },
        { any: ['function'], near: ['in account', 'degraded', 'for account'] },
        {
          any: ['model', 'deployment'],
          near: [
            'discontinu', 'deprecat', 'sunset', 'removed', 'deleted', 'decommission', 'shut down', 'retired',
            'unloaded', 'unavailable', 'unsupport',
          ],
          without: otherSubjects,
        },
        {
          any: ['model', 'deployment'],
          near: ['fail', 'unable', 'cannot', 'not', 'no'],
          also: [
            'found$', 'valid', 'open$', 'available', 'serve', 'load', 'supported', 'such', 'exist', 'recogn', 'find',
            'resolve', 'longer', 'install', 'deploy',
          ],
          without: otherSubjects,
        },
        { any: ['model'], behind: ['is invalid', 'is disabled'] },
      ],
    },
    {
      id: 'eastern-model',
      eastern: [
        // The model is not there, was taken offline, is not supported.
        /模型.{0,24}(?:未|下线|不[存可支])/,
        // There is no such model, no channel for it.
        /(?:没有|无(?!权)|不到|不支持|未知).{0,10}(?:模型|渠道)/,
        // Japanese: model.
        /モデル/,
      ],
    },
  ],
};
