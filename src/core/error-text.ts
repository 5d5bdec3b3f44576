/** More than these would only hide the rest of a log line. */
const MAX_TOLD = 10;

/** `a/x (timeout), b/y (overloaded)`: the last attempts of a call. */
export function tellAttempts(attempts: readonly { readonly tier: string; readonly kind?: string }[]): string {
  const told = attempts.slice(-MAX_TOLD).map(({ tier, kind }) => `${tier} (${kind ?? 'ok'})`);
  return `${attempts.length > MAX_TOLD ? '…, ' : ''}${told.join(', ')}`;
}

/** A time as people write it, or the number where it is none. */
export function isoTime(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}
