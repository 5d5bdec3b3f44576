/** What is said of a tier that failed with a kind, after its name: `Tier 1 rate limited`. */
const afterTier: Readonly<Record<string, string>> = {
  auth: 'key refused',
  permission: 'not permitted',
  quota: 'out of quota',
  rate_limit: 'rate limited',
  overloaded: 'overloaded',
  server_error: 'server error',
  timeout: 'timed out',
  network: 'unreachable',
  model_unavailable: 'model unavailable',
  context_overflow: 'context too long',
  content_policy: 'refused by policy',
  invalid_request: 'request invalid',
  unknown: 'failed, unknown why',
  token_budget: 'is out of budget',
  headroom: 'is near its limit',
  unreadable: 'unknown: its record cannot be read',
};

/** `Tier 1 rate limited`; a host's own trigger by its name: `Tier 1: drained`. @param index from 0 */
export function tierFailed(index: number, kind: string | null): string {
  const tier = `Tier ${index + 1}`;
  if (kind === null) return `${tier} is at rest`;
  const words = Object.hasOwn(afterTier, kind) ? afterTier[kind] : undefined;
  return words === undefined ? `${tier}: ${kind}` : `${tier} ${words}`;
}

/** The kind alone, as in a list of them: `rate limited`. */
export function kindWords(kind: string): string {
  const words = Object.hasOwn(afterTier, kind) ? afterTier[kind] : undefined;
  return words?.replace(/^is /u, '') ?? kind;
}
