/** Words that several rules look for: see `Says` in `rule.ts` for how they are read. */

/** Of a limit, a balance, a capacity: it is used up. */
export const usedUp = [
  'insufficient', 'out', 'no', 'deplet', 'hit', 'limit', 'exceed', 'reach', 'exhaust', 'used', 'consumed', 'over',
];

/** Of a value: it is wrong. */
export const wrong = [
  'wrong', 'invalid', 'expire', 'unrecogn', 'malformed', 'missing', 'incorrect', 'illegal', 'unknown', 'require',
  'unsupport', 'bad',
];

/** Of a key, an account, an organisation: it was closed. */
export const closed = ['block', 'disable', 'suspend', 'deactivat', 'banned', 'delete', 'inactive', 'locked'];

/** Of access: it was refused. */
export const denied = ['block', 'deny', 'restrict', 'forbidden', 'refuse', 'denied', 'reject'];

export const places = ['territory', 'region', 'country', 'location'];

export const plans = ['plan', 'tier', 'subscription'];
