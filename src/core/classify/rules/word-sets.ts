/** Sets of words that several rules look for: see `createWordingMatcher` for the language. */

/** Of a limit, a balance, a capacity. */
export const used = 'insufficient deplet over out hit limit exceed reach exhaust used consumed no';
/** Of a value. */
export const bad = 'wrong invalid expire unrecogn bad illegal malformed missing incorrect unknown require unsupport';
/** Of a key, an account, an organisation. */
export const closed = 'block suspend inactive banned disable delete deactivat locked';
/** Of access. */
export const denied = 'block deny restrict forbidden reject refuse denied';
export const places = 'country location territory region';
export const plans = 'tier plan subscription';
