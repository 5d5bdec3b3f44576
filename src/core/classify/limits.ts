/*
 * What bounds the classifier, so that its time does not grow with the error.
 */

/** Levels of nesting that are followed. */
export const MAX_DEPTH = 8;
/** Objects and strings looked at in one error. */
export const MAX_NODES = 40;
/** Properties of one object that are listed. */
export const MAX_KEYS = 64;
/** Members of `errors`, `details` and other lists that are looked at. */
export const MAX_ITEMS = 4;
/** Characters of a text that are looked at: its head and its tail. */
export const MAX_HEAD = 2048;
export const MAX_TAIL = 1024;
/** Longest text that is parsed as JSON as a whole. */
export const MAX_JSON = 16_384;
/** Headers of one response that are looked at. */
export const MAX_HEADERS = 128;
/** Host rules that are looked at. */
export const MAX_RULES = 1000;
/** Characters of a text that are looked at for what a verdict carries. */
export const MAX_SHOWN = 800;
/** Longer than any secret that `redact` could not tell by its beginning. */
export const MAX_SECRET = 1100;
/** Characters of what a verdict carries. */
export const MAX_MESSAGE = 500;
export const MAX_MATCHED = 120;
export const MAX_CODE = 100;
/** Words looked at on each side of the first one for those that must stand near it. */
export const REACH = 8;
/** First character beyond the scripts whose words are read letter by letter. */
export const EASTERN_FROM = 0x2e80;
