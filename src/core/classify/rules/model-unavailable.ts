import type { KindRules } from './rule.js';
import { places } from './word-sets.js';

/** What a sentence about a model speaks of when it is not the model that is missing. */
const otherSubjects = [
  ...places, 'access denied', 'argument', 'field', 'for this', 'image', 'on this', 'parameter', 'plan', 'server',
  'tool', 'value', 'with this',
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
            'end of its', 'end of life', 'invalid model', 'no available', 'no deployment', 'no endpoint',
            'no matching', 'no model', 'no provider', 'system memory', 'unknown model',
          ],
        },
        // Whatever it is for, as Azure says without its code: "The API deployment for this resource does not exist".
        { any: ['deployment'], behind: ['not exist', 'not found'] },
        { any: ['function'], near: ['degraded', 'for account', 'in account'] },
        {
          any: ['model', 'deployment'],
          near: [
            'decommission', 'deleted', 'deprecat', 'discontinu', 'removed', 'retired', 'shut down', 'sunset',
            'unavailable', 'unloaded', 'unsupport',
          ],
          without: otherSubjects,
        },
        {
          any: ['model', 'deployment'],
          near: ['cannot', 'fail', 'no', 'not', 'unable'],
          also: [
            'available', 'deploy', 'exist', 'find', 'found$', 'install', 'load', 'longer', 'open$', 'recogn',
            'resolve', 'serve', 'such', 'supported', 'valid',
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
