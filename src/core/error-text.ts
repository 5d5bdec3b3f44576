/** More of them would only hide the rest of a log line. */
const MAX_LISTED = 10;

/** `a/x (timeout), b/y (overloaded)`: the last attempts of a call. */
export function listAttempts(attempts: readonly { readonly tier: string; readonly kind?: string }[]): string {
  const listed = attempts.slice(-MAX_LISTED).map(({ tier, kind }) => `${tier} (${kind ?? 'ok'})`);
  return `${attempts.length > MAX_LISTED ? '…, ' : ''}${listed.join(', ')}`;
}

/** How a stream ended. Where the marks do not fit its chunks, this tells the host. */
export function describeCut(chunks: number): string {
  if (chunks === 0) return 'without any content';
  return `before its end mark: none of its chunks was one (${chunks})`;
}

/**
 * `b/y until 2026-01-01T00:00:00.000Z (cooldown, auth)`: the tiers that a call left out.
 *
 * @param kinds what a tier that rests has failed with, by its id
 */
export function listNotAsked(
  notAsked: readonly { readonly tier: string; readonly reason: string; readonly until: number | null }[],
  kinds: ReadonlyMap<string, string> = new Map(),
): string {
  const listed = notAsked.slice(0, MAX_LISTED).map(({ tier, reason, until }) => {
    const kind = reason === 'cooldown' || reason === 'retry-after' ? kinds.get(tier) : undefined;
    const why = kind === undefined ? reason : `${reason}, ${kind}`;
    return until === null ? `${tier} (${why})` : `${tier} until ${isoTime(until)} (${why})`;
  });
  return `${listed.join(', ')}${notAsked.length > MAX_LISTED ? ', …' : ''}`;
}

/** A time as people write it, or the number where it is none. */
export function isoTime(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}
