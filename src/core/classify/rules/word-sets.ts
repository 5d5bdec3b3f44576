/** Words that several rules look for: see `Says` in `rule.ts` for how they are read. */

/** Of a limit: it was gone beyond. */
export const exceeded = ['exceed', 'exhaust', 'reach'];

/** Of a limit, a balance, a capacity: it is used up. */
export const usedUp = [
  ...exceeded, 'consumed', 'deplet', 'hit', 'insufficient', 'limit', 'no', 'out', 'over', 'used',
];

/** Of a value: it is wrong. */
export const wrong = [
  'bad', 'expire', 'illegal', 'incorrect', 'invalid', 'malformed', 'missing', 'require', 'unknown', 'unrecogn',
  'unsupport', 'wrong',
];

/** Of anything somebody tried: it did not come about. */
export const failed = ['cannot', 'could', 'error', 'fail', 'unable'];

/** Of a key, an account, an organisation: it was closed. */
export const closed = ['banned', 'block', 'deactivat', 'delete', 'disable', 'inactive', 'locked', 'suspend'];

/** Of access: it was refused. */
export const denied = ['block', 'denied', 'deny', 'forbidden', 'refuse', 'reject', 'restrict'];

export const places = ['country', 'location', 'region', 'territory'];

export const plans = ['plan', 'subscription', 'tier'];
