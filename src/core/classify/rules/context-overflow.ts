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
        { any: ['context'], behind: ['length', 'limit', 'overflow', 'size', 'window'] },
        { any: ['exceed'], near: ['context', 'token'], without: ['per', 'quota', 'rate', 'usage'] },
        { any: ['reduce'], behind: ['context', 'input', 'length', 'message', 'prompt'] },
        {
          any: [
            'body', 'content', 'conversation', 'entity', 'history', 'input', 'message', 'payload', 'prompt', 'query',
            'request', 'sequence', 'text',
          ],
          near: ['too big', 'too large', 'too long'],
        },
        { any: ['window'], near: ['token'], without: ['hour', 'minute', 'rate', 'reset'] },
        { any: ['less than', 'more than'], behind: ['maximum', 'model', 'token'] },
        {
          any: [
            'input length', 'max seq', 'maximum input', 'maximum model', 'maximum prompt', 'too many token',
          ],
        },
        { any: ['conversation', 'input', 'prompt'], near: ['exceed', 'larger', 'longer'] },
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
