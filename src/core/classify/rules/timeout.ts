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
            'timeout', 'timing out', 'time out', 'timedout', 'stall', 'deadline', 'idle for', 'esocket', 'etime',
            'took too', 'econnaborted',
          ],
        },
        { any: ['not respond', 'no response'], behind: ['time', 'within'] },
      ],
    },
    { id: 'eastern-timeout', eastern: [/超[时時]/] },
  ],
};
