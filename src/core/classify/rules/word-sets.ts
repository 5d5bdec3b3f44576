/** Sets of words that several rules look for: see `createWordingMatcher` for the language. */

/** Of a limit, a balance, a capacity. */
export const used = 'exhaust consumed no insufficient out deplet over hit limit exceed reach used';
/** Of a value. */
export const bad = 'unrecogn bad expire missing invalid malformed illegal unsupport unknown require wrong incorrect';
/** Of a key, an account, an organisation. */
export const closed = 'suspend delete banned inactive disable block deactivat locked';
/** Of access. */
export const denied = 'refuse block deny denied reject forbidden restrict';
export const places = 'region country territory location';
export const plans = 'subscription plan tier';
