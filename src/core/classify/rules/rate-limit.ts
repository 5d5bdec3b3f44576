import type { KindRules } from './rule.js';
import { exceeded, usedUp } from './word-sets.js';

/** A short throttle: waiting seconds to minutes helps. */
export const rateLimit: KindRules = {
  kind: 'rate_limit',
  statuses: [429],
  rules: [
    // MiniMax: 1002 requests a minute, 1039 tokens a minute, 1041 connections, 2045 a sudden rise.
    {
      id: 'code-rate_limit',
      codes: ['minimax:1002', 'minimax:1039', 'minimax:1041', 'minimax:2045', 'ramp_limit_exceeded'],
    },
    {
      // Google calls a throttle a quota: the period of its metric tells them apart.
      id: 'throttle-metric',
      says: [
        { any: ['quota'], near: ['second', 'minute'] },
        { any: ['per hour', 'per minute', 'per second'], behind: ['project', 'tier'] },
        { any: ['not your usage', 'quota exceeded for metric'] },
      ],
    },
    {
      id: 'throttle',
      strength: 'weak',
      says: [
        { any: ['request limit', 'resource'], behind: exceeded },
        {
          any: ['too many'],
          behind: ['attempt', 'call', 'connection', 'message', 'request'],
          without: ['per request'],
        },
        { any: ['too many token'], near: ['wait'] },
        {
          any: [
            'burst', 'cooling', 'frequency', 'limit exceeded exception', 'per hour', 'per min', 'per minute',
            'per sec', 'per second', 'qps', 'rate exceed', 'rate limit', 'ratelimit', 'request rate', 'rpm',
            'slow down', 'throttl', 'too fast', 'too frequent', 'tpm',
          ],
          without: ['penalty'],
        },
        { any: ['concurren'], near: [...usedUp, 'many', 'max', 'quota'] },
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
