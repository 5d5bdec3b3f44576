/*
 * Patterns made of parts, so that each part stands on a line of its own where it is written.
 */

/** Matches any of the parts, with what all of them have in common in front of and behind them. */
export function anyOf(parts: readonly RegExp[], flags = '', before = '', after = ''): RegExp {
  return new RegExp(`${before}(?:${sources(parts, '|')})${after}`, flags);
}

/** Matches the parts one after the other. */
export function inTurn(parts: readonly RegExp[], flags = ''): RegExp {
  return new RegExp(sources(parts, ''), flags);
}

function sources(parts: readonly RegExp[], between: string): string {
  return parts.map(({ source }) => source).join(between);
}
