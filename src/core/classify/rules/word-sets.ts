/** Sets of words that several rules look for: see `createWordingMatcher` for the language. */

/** Of a limit, a balance, a capacity. */
export const used = 'deplet over insufficient no hit limit exceed reach used consumed exhaust out';
/** Of a value. */
export const bad = 'unrecogn expire missing invalid malformed unknown require illegal unsupport bad wrong incorrect';
/** Of a key, an account, an organisation. */
export const closed = 'suspend inactive block locked disable delete deactivat banned';
/** Of access. */
export const denied = 'deny refuse denied reject forbidden block restrict';
export const places = 'country region territory location';
export const plans = 'subscription plan tier';
