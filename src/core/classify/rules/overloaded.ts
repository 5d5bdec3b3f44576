import type { KindRules } from './rule.js';
import { failed } from './word-sets.js';

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
        { any: ['capacity'], without: ['context', 'input', 'token', 'total'] },
        { any: ['slot', 'queue'], near: ['exceed', 'full', 'limit', 'long'] },
        {
          any: ['demand exceed', 'no instance', 'not ready', 'overload', 'pending request', 'warming up'],
          // TypeScript: "No overload matches this call."
          without: ['match'],
        },
        {
          any: ['no available', 'no free', 'no slot'],
          behind: ['available', 'backend', 'gpu', 'instance', 'node', 'replica', 'server', 'worker'],
        },
        { any: ['model'], near: ['loading', 'starting', 'warming'], without: failed },
        { any: ['busy'], without: ['database', 'resource', 'sqlite'] },
        { any: ['insufficient'], behind: ['resource'] },
        { any: ['heavy', 'high', 'peak'], behind: ['demand', 'load$', 'traffic'] },
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
