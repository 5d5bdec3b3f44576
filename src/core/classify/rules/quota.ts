import type { KindRules } from './rule.js';
import { closed, plans, usedUp } from './word-sets.js';

/** Money or a hard usage cap is used up: waiting seconds does not help. */
export const quota: KindRules = {
  kind: 'quota',
  statuses: [402],
  rules: [
    {
      // 1113 is Zhipu's empty balance, 3036 the daily allocation of Cloudflare Workers AI, SetLimitExceeded the cap
      // that customers of Volcengine set for themselves.
      id: 'code-quota',
      codes: [
        'insufficient_quota', '1113', '3036', 'SetLimitExceeded', 'billing_error',
      ],
    },
    {
      id: 'quota-none',
      says: [{ any: ['quota exceeded for'], near: ['per day', 'per month'] }, { any: ['limit 0'] }],
    },
    {
      id: 'balance',
      says: [
        {
          any: ['balance$', 'wallet', 'fund'],
          near: ['low', 'add', 'expire', 'enough', 'empty', 'require', ...usedUp],
        },
        {
          any: [
            'out of available', 'invoice', 'arrear', 'overdue', 'past due', 'payment', 'credit', 'afford', 'unpaid',
            'prepaid', 'deduct', 'recharge', 'top up',
          ],
          without: ['card', 'charged', 'refund'],
        },
        { any: ['out of'], near: ['budget', 'usage', 'quota'] },
      ],
    },
    {
      id: 'billing',
      says: [
        {
          any: [...plans, 'trial', 'free'],
          behind: ['exhaust', 'expire', 'ended', 'consumed', 'inactive', 'cancel'],
          without: ['key'],
        },
        {
          any: ['billing'],
          near: [...closed, 'enable', 'not active', 'require', 'not found', 'not been', 'closed'],
        },
      ],
    },
    {
      id: 'spend',
      says: [
        {
          any: ['cost$', 'spend', 'budget'],
          near: [...usedUp, 'max', 'cap', 'quota'],
          without: ['context', 'token', 'thinking'],
        },
        { any: ['extra usage'], near: ['require'] },
        { any: ['usage not included'] },
      ],
    },
    {
      id: 'window',
      says: [
        { any: ['quota will', 'request month', 'call month'] },
        // A session that was used is no session that is used up.
        { any: ['session'], near: ['limit', 'usage', 'quota'] },
        { any: ['per day', 'per month', 'per week'], behind: ['project'] },
        {
          any: [
            'per day', 'billing cycle', 'daily', 'billing period', 'five hour', '5 hour', '5h', '7 day', 'week',
            'today', 'month',
          ],
          near: [
            'limit', 'exceed', 'reach', 'exhaust', 'used', 'cap', 'allowance', 'quota', 'allocation', 'too many',
          ],
          without: ['context'],
        },
      ],
    },
    {
      id: 'usage-limit',
      says: [
        { any: ['limit'], behind: plans, without: ['rate', 'request', 'token'] },
        { any: ['usage'], behind: ['exhaust', 'exceed', 'reach'], without: ['rate', 'memory', 'cpu'] },
        {
          any: ['reached your', 'hit your'],
          behind: ['limit'],
          without: ['concurren', 'tpm', 'rate', 'rpm', 'token'],
        },
        {
          any: [
            'hard limit', 'limit will', 'usage limit', 'usage cap', 'key limit exceed', 'plan limit',
          ],
        },
      ],
    },
    {
      id: 'quota-word',
      strength: 'weak',
      says: [
        {
          any: ['allowance', 'quota', 'allocation'],
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
