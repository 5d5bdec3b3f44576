import { anyOf } from '../../patterns.js';
import type { KindRules } from './rule.js';
import { failed } from './word-sets.js';

/** Steps of reading what a model answered. */
const reading = ['decode', 'deserial', 'extract', 'pars', 'unmarshal', 'validate'];

/** What a model answers. */
const answers = [
  'action', 'analysis', 'answer', 'completion$', 'generated', 'llm', 'model response', 'output', 'result',
  'tool call',
];

/**
 * Nobody's failure: mistakes of the caller's own code, and answers that could not be understood. No provider spoke, so
 * that nothing else these sentences say is believed, unless there is a status beside them.
 */
export const unknown: KindRules = {
  kind: 'unknown',
  rules: [
    {
      id: 'own-mistake',
      says: [
        { any: ['eacces', 'enoent', 'eperm', 'no such file'], without: ['connect'] },
        {
          any: [
            'cannot read propert', 'command timed out', 'is not a function', 'json at', 'tool execution failed',
            'unexpected end of json', 'unexpected token', 'validation error for',
          ],
        },
      ],
    },
    {
      id: 'unreadable-answer',
      says: [
        { any: failed, behind: reading, near: answers },
        { any: ['parse$', 'parsing'], behind: ['llm', 'structured output'], near: ['fail'] },
        {
          any: [
            'for output validation', 'invalid json output', 'json exception parse', 'no object generated',
            'output parser', 'output parsing', 'structured output failed',
          ],
        },
      ],
    },
  ],
};

/** Names of errors that the caller's own code throws, and of those that parsers of a model's answer throw. */
export const localNames = anyOf([
  /^(?:Reference|Syntax|Range|Assertion|Config|\$?Zod\w*|Type|Tool\w*)Error$/,
  /^AI_\w*(?:Object|Output|Tool|JSON|Type)\w*Error$/,
  /^(?:Output|LLM|JSON)\w*(?:Pars|Decode|Valid)\w*(?:Error|Exception)$/,
]);

/** Known fetch failures, which are thrown as a `TypeError`. "Cannot set property connection of …" is none. */
export const fetchFailure = /^(?!cannot ).*(?:fetch|network|load failed|terminated|connect|socket)/i;

/** Our own errors: a failover inside a tool of another failover's call. Those named here are failures of a provider. */
export const ownCode = /^TIERFALL_(?!ATTEMPT_TIMEOUT$|STREAM_STALLED$|STREAM_CUT$)/;
