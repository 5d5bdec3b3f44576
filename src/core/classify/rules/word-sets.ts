/** Sets of words that several rules look for: see `createWordingMatcher` for the language. */

/** Of a limit, a balance, a capacity. */
export const used = 'reach exceed consumed exhaust limit used no insufficient deplet hit over out';
/** Of a value. */
export const bad = 'unknown unrecogn expire malformed unsupport require missing invalid wrong illegal incorrect bad';
/** Of a key, an account, an organisation. */
export const closed = 'suspend deactivat banned delete block disable inactive locked';
/** Of access. */
export const denied = 'reject deny forbidden refuse block restrict denied';
export const places = 'region country territory location';
export const plans = 'subscription plan tier';
