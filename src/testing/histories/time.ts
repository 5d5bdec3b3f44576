export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** How much longer than asked for a history may get, until a fault has shown often enough. */
export const LONGER_MS = 60 * DAY_MS;
