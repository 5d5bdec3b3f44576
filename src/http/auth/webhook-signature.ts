import { isEqual } from './bearer-tokens.js';
import { Problem } from '../answers/problem.js';

/** How far the clock of a sender may be off, and how long an id is remembered, in milliseconds. */
export const REPLAY_WINDOW_MS = 300_000;
/** Shortest secret in bytes: less can be guessed. */
const SHORTEST_SECRET = 16;
const LONGEST_ID = 256;
const LONGEST_SIGNATURES = 4096;

/** The keys of Standard Webhooks secrets: `whsec_` and base64, or a plain text. */
export function readSecrets(given: unknown, wrong: (path: string, message: string) => void): Uint8Array<ArrayBuffer>[] {
  const secrets: unknown[] = given === undefined ? [] : [given].flat();
  return secrets.flatMap((secret, index) => {
    const keys = typeof secret === 'string' ? keysOf(secret) : [];
    if (keys.length > 0) return keys;
    const path = Array.isArray(given) ? `alertSecret[${index}]` : 'alertSecret';
    wrong(path, `expected whsec_ and base64 of ${SHORTEST_SECRET} bytes or more, or a text that long`);
    return [];
  });
}

/** A text without the prefix is used as it is, and as base64: senders differ. */
function keysOf(secret: string): Uint8Array<ArrayBuffer>[] {
  const isPrefixed = secret.startsWith('whsec_');
  const keys = [fromBase64(isPrefixed ? secret.slice('whsec_'.length) : secret)];
  if (!isPrefixed) keys.push(new TextEncoder().encode(secret));
  return keys.filter((key) => key !== undefined && key.length >= SHORTEST_SECRET) as Uint8Array<ArrayBuffer>[];
}

/**
 * Checks a signed message and gives its id.
 *
 * @throws {Problem} 401, whatever is wrong with it
 */
export async function verifySignature(
  headers: Headers,
  body: string,
  secrets: readonly Uint8Array<ArrayBuffer>[],
  now: number,
): Promise<string> {
  const id = headers.get('webhook-id') ?? '';
  const timestamp = headers.get('webhook-timestamp') ?? '';
  const signatures = headers.get('webhook-signature') ?? '';
  const refused = new Problem(401, 'The signature is missing, wrong or too old.');
  if (id === '' || id.length > LONGEST_ID || signatures.length > LONGEST_SIGNATURES) throw refused;
  if (!/^\d{1,12}$/u.test(timestamp)) throw refused;
  if (Math.abs(Number(timestamp) * 1000 - now) > REPLAY_WINDOW_MS) throw refused;
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const presented = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => fromBase64(signature.slice('v1,'.length)));
  let isValid = false;
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const expected = new Uint8Array(await crypto.subtle.sign('HMAC', key, content));
    for (const signature of presented) if (signature && isEqual(expected, signature)) isValid = true;
  }
  if (!isValid) throw refused;
  return id;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
