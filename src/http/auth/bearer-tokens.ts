import { ConfigError, type ConfigIssue } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import { permissions, readGrant, type Authorize, type Grant, type Permission } from './grant.js';

/** Whom a token belongs to; a plain name may do everything. */
export type TokenOwner = string | { readonly actor: string; readonly can: readonly Permission[] };

const LONGEST_TOKEN = 4096;

/**
 * Reads `Authorization: Bearer <token>` and compares it with every token in constant time. Tokens are kept as digests
 * under a key of this process only.
 *
 * @param tokens the actor of each token, or `{ actor, can }`
 * @throws {ConfigError} it is a list, there is no token, or one is empty, has white space, is the word `undefined`, or
 * has an owner that is not valid or has a field that nobody knows
 */
export function bearerTokens(tokens: Readonly<Record<string, TokenOwner>>): Authorize {
  const grants = readTokens(tokens);
  let keyed: Promise<{ key: CryptoKey; digests: Uint8Array[] }> | undefined;

  async function prepare(): Promise<{ key: CryptoKey; digests: Uint8Array[] }> {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    return { key, digests: await Promise.all(grants.map(([token]) => digest(key, token))) };
  }

  return async (request) => {
    const token = presentedToken(request);
    if (token === undefined || token.length > LONGEST_TOKEN) return null;
    keyed ??= prepare();
    const { key, digests } = await keyed;
    const presented = await digest(key, token);
    let found: Grant | null = null;
    // Every one is looked at, and as long: how far a guess came cannot be measured.
    digests.forEach((known, at) => {
      if (isEqual(known, presented)) found = grants[at]![1];
    });
    return found;
  };
}

/** The token of a request, where it brings one. */
export function presentedToken(request: Request): string | undefined {
  return /^bearer +([^\s]+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
}

/** True when two digests are the same; takes the same time wherever they differ. */
export function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let index = 0; index < one.length; index++) difference |= one[index]! ^ (other[index] ?? 0);
  return difference === 0;
}

async function digest(key: CryptoKey, token: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(token)));
}

function readTokens(tokens: unknown): [token: string, grant: Grant][] {
  if (Array.isArray(tokens)) {
    // Its keys are `0`, `1`, …: anybody could sign in with them, and the tokens would be written down as names.
    throw wrong([{ path: 'tokens', message: "expected an object { token: actor }, not a list: { [token]: 'ann' }" }]);
  }
  const entries = typeof tokens === 'object' && tokens !== null ? Object.entries(tokens) : [];
  if (entries.length === 0) throw wrong([{ path: 'tokens', message: 'expected at least one token: { token: actor }' }]);
  const issues: ConfigIssue[] = [];
  const grants = entries.flatMap(([token, owner], index): [string, Grant][] => {
    // By its place: a token must not stand in an error.
    const path = `tokens[${index}]`;
    if (token === '' || /\s/u.test(token) || token.length > LONGEST_TOKEN) {
      issues.push({ path, message: `a token is 1 to ${LONGEST_TOKEN} characters without white space` });
    }
    // `{ [process.env.TOKEN]: 'ann' }` without that variable.
    if (token === 'undefined' || token === 'null')
      issues.push({ path, message: `is the word ${token}: is its variable set?` });
    const given: unknown = typeof owner === 'string' ? { actor: owner, can: permissions } : owner;
    if (typeof owner === 'object' && owner !== null) {
      const unknown = unknownOptions(owner, ['actor', 'can']);
      issues.push(...unknown.map((issue) => ({ ...issue, path: `${path}.${issue.path}` })));
    }
    const grant = readGrant(given);
    if (!grant) issues.push({ path, message: 'expected the name of an actor, or { actor, can }' });
    else if (!Array.isArray((given as { can?: unknown }).can)) {
      issues.push({ path: `${path}.can`, message: `expected a list of ${permissions.join(', ')}` });
    } else if (!(given as { can: unknown[] }).can.every((word) => (permissions as unknown[]).includes(word))) {
      issues.push({ path: `${path}.can`, message: `knows no other word than ${permissions.join(', ')}` });
    } else return [[token, grant]];
    return [];
  });
  if (issues.length > 0) throw wrong(issues);
  return grants;
}

function wrong(issues: readonly ConfigIssue[]): ConfigError {
  return new ConfigError(issues);
}
