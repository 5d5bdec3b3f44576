import type { KindRules } from './rule.js';

/** No answer in time. */
export const timeout: KindRules = {
  kind: 'timeout',
  // 524: Cloudflare's origin took too long; 598 and 599: proxies.
  statuses: [408, 504, 524, 598, 599],
  rules: [
    { id: 'code-timeout', codes: ['minimax:1001'] },
    {
      id: 'timeout',
      says: [
        {
          any: [
            'deadline', 'econnaborted', 'esocket', 'etime', 'idle for', 'stall', 'time out', 'timedout', 'timeout',
            'took too',
          ],
        },
        { any: ['not respond', 'no response'], behind: ['time', 'within'] },
      ],
    },
    { id: 'eastern-timeout', eastern: [/超[时時]/] },
  ],
};
