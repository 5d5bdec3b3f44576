import type { KindRules } from './rule.js';

/** The prompt, or what it asks for, is too large for this model. */
export const contextOverflow: KindRules = {
  kind: 'context_overflow',
  statuses: [413],
  rules: [
    {
      id: 'context',
      strength: 'weak',
      says: [
        { any: ['context'], behind: ['limit', 'size', 'window', 'overflow', 'length'] },
        { any: ['exceed'], near: ['context', 'token'], without: ['per', 'usage', 'quota', 'rate'] },
        { any: ['reduce'], behind: ['message', 'prompt', 'input', 'context', 'length'] },
        {
          any: [
            'prompt', 'input', 'conversation', 'message', 'request', 'body', 'query', 'text', 'content', 'payload',
            'sequence', 'entity', 'history',
          ],
          near: ['too large', 'too big', 'too long'],
        },
        { any: ['window'], near: ['token'], without: ['hour', 'rate', 'reset', 'minute'] },
        { any: ['less than', 'more than'], behind: ['token', 'model', 'maximum'] },
        {
          any: [
            'too many token', 'shorten', 'max seq', 'maximum input', 'maximum context', 'maximum model',
            'max context', 'maximum prompt', 'input length',
          ],
        },
        { any: ['prompt', 'input', 'conversation'], near: ['longer', 'exceed', 'larger'] },
      ],
    },
    {
      id: 'eastern-context',
      eastern: [
        // Context; too long.
        /上下文|[过太超][长長]|長す/,
        // Input, content, text, tokens, length: beyond the limit.
        /(?:prompt|输入|提示|内容|文本|消息|token|长度).{0,24}(?:超[出过]|上限)/,
      ],
    },
  ],
};
