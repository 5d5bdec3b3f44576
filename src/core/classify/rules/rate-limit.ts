import type { KindRules } from './rule.js';
import { usedUp } from './word-sets.js';

/** A short throttle: waiting seconds to minutes helps. */
export const rateLimit: KindRules = {
  kind: 'rate_limit',
  statuses: [429],
  rules: [
    // MiniMax: 1002 requests a minute, 1039 tokens a minute, 1041 connections, 2045 a sudden rise.
    {
      id: 'code-rate_limit',
      codes: ['minimax:1041', 'minimax:1002', 'minimax:2045', 'minimax:1039', 'ramp_limit_exceeded'],
    },
    {
      // Google calls a throttle a quota: the period of its metric tells them apart.
      id: 'throttle-metric',
      says: [
        { any: ['quota'], near: ['second', 'minute'] },
        { any: ['per second', 'per minute', 'per hour'], behind: ['project', 'tier'] },
        { any: ['not your usage', 'quota exceeded for metric'] },
      ],
    },
    {
      id: 'throttle',
      strength: 'weak',
      says: [
        { any: ['request limit', 'resource'], behind: ['exhaust', 'exceed', 'reach'] },
        {
          any: ['too many'],
          behind: ['connection', 'message', 'request', 'attempt', 'call'],
          without: ['per request'],
        },
        { any: ['too many token'], near: ['wait'] },
        {
          any: [
            'cooling', 'burst', 'per second', 'per minute', 'per hour', 'rate limit', 'too fast', 'per sec',
            'per min', 'qps', 'too often', 'tpm', 'ratelimit', 'too frequent', 'request rate', 'rpm', 'rate exceed',
            'throttl', 'slow down', 'frequency', 'limit exceeded exception',
          ],
          without: ['penalty'],
        },
        { any: ['concurren'], near: [...usedUp, 'max', 'many', 'quota'] },
      ],
    },
    {
      id: 'eastern-throttle',
      eastern: [
        // Frequency, frequent.
        /频[率繁]/,
        // Limited flow, limited speed, rate.
        /限[流速]|速率/,
        // Concurrency.
        /并发/,
        // Requests too many, too fast.
        /求.{0,4}[过過太][多快]/,
        // Japanese: too many.
        /多すぎ/,
      ],
    },
  ],
};
