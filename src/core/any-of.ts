/**
 * One pattern for several, so that each may stand on a line of its own where it is written; `before` and `after` are what
 * all of them have in common.
 */
export function anyOf(patterns: readonly RegExp[], flags = '', before = '', after = ''): RegExp {
  const sources = patterns.map(({ source }) => source).join('|');
  return new RegExp(`${before}(?:${sources})${after}`, flags);
}
