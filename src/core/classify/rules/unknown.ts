import { anyOf } from '../../patterns.js';
import type { KindRules } from './rule.js';

/** Steps of reading what a model answered. */
const reading = ['pars', 'decode', 'deserial', 'unmarshal', 'extract', 'validate'];

/** What a model answers. */
const answers = [
  'llm', 'model response', 'answer', 'output', 'action', 'analysis', 'result', 'generated', 'tool call', 'completion$',
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
        { any: ['enoent', 'eacces', 'eperm', 'no such file'], without: ['connect'] },
        {
          any: [
            'cannot read propert', 'cannot set propert', 'is not a function', 'is not defined', 'is not iterable',
            'unexpected token', 'unexpected end of json', 'json at', 'maximum call stack', 'invalid array length',
            'validation error for', 'validation errors for', 'tool execution failed', 'command timed out',
          ],
        },
      ],
    },
    {
      id: 'unreadable-answer',
      says: [
        { any: ['fail', 'unable', 'could not', 'cannot', 'error'], behind: reading, near: answers },
        { any: ['parse$', 'parsing'], behind: ['llm', 'structured output'], near: ['fail'] },
        {
          any: [
            'no object generated', 'invalid json output', 'json exception parse', 'output parser', 'output parsing',
            'structured output failed', 'for output validation',
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

/** Known fetch failures, which browsers and runtimes throw as a `TypeError`. */
export const fetchFailure = /fetch|network|load failed|terminated|connect|socket/i;

/** Our own errors: a failover inside a tool of another failover's call. Those named here are failures of a provider. */
export const ownCode = /^TIERFALL_(?!ATTEMPT_TIMEOUT$|STREAM_STALLED$|STREAM_CUT$)/;
