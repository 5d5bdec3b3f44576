/** More than these would only hide the rest of a log line. */
const MAX_TOLD = 10;

/** `a/x (timeout), b/y (overloaded)`: the last attempts of a call. */
export function tellAttempts(attempts: readonly { readonly tier: string; readonly kind?: string }[]): string {
  const told = attempts.slice(-MAX_TOLD).map(({ tier, kind }) => `${tier} (${kind ?? 'ok'})`);
  return `${attempts.length > MAX_TOLD ? '…, ' : ''}${told.join(', ')}`;
}

/** How a stream ended. A host whose marks do not fit its chunks learns it from this. */
export function tellCut(chunks: number): string {
  if (chunks === 0) return 'without any content';
  return `before its end mark: none of its chunks was one (${chunks})`;
}

/** A time as people write it, or the number where it is none. */
export function isoTime(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}
