import type { KindRules } from './rule.js';

/** The provider has no capacity just now, for anybody. */
export const overloaded: KindRules = {
  kind: 'overloaded',
  // 498 is Groq's flex tier without capacity, 529 Anthropic.
  statuses: [498, 529],
  rules: [
    { id: 'code-overloaded', codes: ['ServiceUnavailableException'] },
    {
      id: 'capacity',
      says: [
        { any: ['capacity'], without: ['input', 'context', 'token', 'total'] },
        { any: ['slot', 'queue'], near: ['limit', 'exceed', 'full', 'long'] },
        {
          any: ['not ready', 'overload', 'warming up', 'pending request', 'demand exceed', 'no instance'],
          // TypeScript: "No overload matches this call."
          without: ['match'],
        },
        {
          any: ['no slot', 'no available', 'no free'],
          behind: ['gpu', 'worker', 'instance', 'backend', 'available', 'node', 'server', 'replica'],
        },
        { any: ['model'], near: ['warming', 'loading', 'starting'], without: ['fail', 'error', 'unable', 'cannot'] },
        { any: ['busy'], without: ['sqlite', 'database', 'resource'] },
        { any: ['insufficient'], behind: ['resource'] },
        { any: ['elevated', 'peak', 'heavy', 'high'], behind: ['traffic', 'demand', 'load$'] },
      ],
    },
    {
      id: 'eastern-capacity',
      eastern: [
        // Overload, busy, volume of visits, computing power.
        /[过负]载|繁忙|访问量|算力/,
        // Japanese: crowded.
        /混み合/,
      ],
    },
  ],
};
