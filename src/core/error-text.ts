/** Attempts a message lists: more would hide the rest of a log line. */
const MAX_ATTEMPTS = 10;

/** `a/x (timeout), b/y (overloaded)`: the last attempts of a call. */
export function tellAttempts(attempts: readonly { readonly tier: string; readonly kind?: string }[]): string {
  const shown = attempts.slice(-MAX_ATTEMPTS).map(({ tier, kind }) => `${tier} (${kind ?? 'ok'})`);
  return `${attempts.length > MAX_ATTEMPTS ? '…, ' : ''}${shown.join(', ')}`;
}

/** How a stream was cut. Names `isComplete`, so that a host whose end mark fits no chunk learns of it. */
export function tellCut(chunks: number): string {
  if (chunks === 0) return 'without any content';
  return `before its end mark: isComplete said yes to none of its chunks (${chunks})`;
}

/** A time as people write it, or the number where it is none. */
export function isoTime(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}
