import type { KindRules } from './rule.js';
import { closed, exceeded, plans, usedUp } from './word-sets.js';

/** Money or a hard usage cap is used up: waiting seconds does not help. */
export const quota: KindRules = {
  kind: 'quota',
  statuses: [402],
  rules: [
    {
      // 1113 is Zhipu's empty balance, 3036 the daily allocation of Cloudflare Workers AI, SetLimitExceeded the cap
      // that customers of Volcengine set for themselves.
      id: 'code-quota',
      codes: ['1113', '3036', 'billing_error', 'insufficient_quota', 'SetLimitExceeded'],
    },
    {
      id: 'quota-none',
      says: [{ any: ['quota exceeded for'], near: ['per day', 'per month'] }, { any: ['limit 0'] }],
    },
    {
      id: 'balance',
      says: [
        {
          any: ['balance$', 'fund', 'wallet'],
          near: [...usedUp, 'add', 'empty', 'enough', 'expire', 'low', 'require'],
        },
        {
          any: [
            'afford', 'arrear', 'credit', 'deduct', 'out of available', 'overdue', 'past due', 'payment', 'recharge',
            'top up', 'unpaid',
          ],
          // A throttle that a low balance brings on is a throttle.
          without: ['card', 'charged', 'refund', 'throttl'],
        },
        { any: ['out of'], near: ['budget', 'quota', 'usage'] },
      ],
    },
    {
      id: 'billing',
      says: [
        {
          any: [...plans, 'free', 'trial'],
          behind: ['cancel', 'ended', 'exhaust', 'expire', 'inactive'],
          without: ['key'],
        },
        {
          any: ['billing'],
          near: [...closed, 'closed', 'enable', 'not active', 'not found', 'require'],
        },
      ],
    },
    {
      id: 'spend',
      says: [
        {
          any: ['budget', 'cost$', 'spend'],
          near: [...usedUp, 'cap', 'max', 'quota'],
          without: ['context', 'thinking', 'token'],
        },
        { any: ['extra usage'], near: ['require'] },
        { any: ['usage not included'] },
      ],
    },
    {
      id: 'window',
      says: [
        { any: ['quota will', 'request month'] },
        // A session that was used is no session that is used up.
        { any: ['session'], near: ['limit', 'quota', 'usage'] },
        { any: ['per day', 'per month', 'per week'], behind: ['project'] },
        {
          any: [
            '5 hour', '5h', '7 day', 'billing cycle', 'billing period', 'daily', 'five hour', 'month', 'per day',
            'today', 'week',
          ],
          near: [
            'allocation', 'allowance', 'cap', 'exceed', 'exhaust', 'limit', 'quota', 'reach', 'too many', 'used',
          ],
          without: ['context'],
        },
      ],
    },
    {
      id: 'usage-limit',
      says: [
        { any: ['limit'], behind: plans, without: ['rate', 'request', 'token'] },
        { any: ['usage'], behind: exceeded, without: ['cpu', 'memory', 'rate'] },
        {
          any: ['reached your', 'hit your'],
          behind: ['limit'],
          without: ['concurren', 'rate', 'rpm', 'token', 'tpm'],
        },
        {
          any: ['hard limit', 'key limit exceed', 'limit will', 'plan limit', 'usage cap', 'usage limit'],
        },
      ],
    },
    {
      id: 'quota-word',
      strength: 'weak',
      says: [
        {
          any: ['allocation', 'allowance', 'quota'],
          near: ['error', ...usedUp],
          without: ['disk'],
        },
      ],
    },
    {
      id: 'eastern-quota',
      eastern: [
        // Balance, credit, amount: but not "quota per minute" and not "beyond".
        /[额額](?!外|.{0,8}[分秒])/,
        // In arrears; top up; resource package.
        /欠费|充值|资源包/,
        // The package has come to its end.
        /套餐.{0,12}[到过上]/,
        // Used up.
        /用[完尽]/,
        // The limit of use, or of a day, a week, a month, an hour.
        /(?:使用|用量|[每当今本][日天周月]|小时).{0,12}上限/,
        // Japanese: remaining balance.
        /残高/,
      ],
    },
  ],
};
