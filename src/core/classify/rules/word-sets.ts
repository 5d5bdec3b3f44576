/** Sets of words that several rules look for: see `createWordingMatcher` for the language. */

/** Of a limit, a balance, a capacity. */
export const used = 'insufficient out no deplet hit limit exceed reach exhaust used consumed over';
/** Of a value. */
export const bad = 'wrong invalid expire unrecogn malformed missing incorrect illegal unknown require unsupport bad';
/** Of a key, an account, an organisation. */
export const closed = 'block disable suspend deactivat banned delete inactive locked';
/** Of access. */
export const denied = 'block deny restrict forbidden refuse denied reject';
export const places = 'territory region country location';
export const plans = 'plan tier subscription';
