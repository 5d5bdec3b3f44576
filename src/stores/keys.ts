/** What encoding must not leave in a key: our escape sign, Redis' hash tag, what Postgres or UTF-8 cannot hold. */
const UNSAFE = /[%{}\0]|\p{Surrogate}/gu;

/** Longest key in characters that a store uses as it is where its index has a limit. */
const LONGEST = 400;

/** A key as text that every backend can hold; two keys never become one. */
export function encodeKey(key: string): string {
  return key.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase();
    return code.length > 2 ? `%u${code.padStart(4, '0')}` : `%${code.padStart(2, '0')}`;
  });
}

export function decodeKey(encoded: string): string {
  return encoded.replace(/%(?:u[0-9A-F]{4}|[0-9A-F]{2})/g, (code) =>
    String.fromCharCode(Number.parseInt(code.replace(/^%u?/, ''), 16)),
  );
}

/**
 * An encoded key short enough for an index: itself, or its namespace with a SHA-256. `%#` occurs in no encoded key.
 */
export async function shortKey(encoded: string): Promise<string> {
  if (encoded.length <= LONGEST) return encoded;
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(encoded));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const namespace = encoded.slice(0, 32).split(':', 2);
  return `${namespace.length === 2 ? `${namespace[0]}:` : ''}%#${hex}`;
}

/** `%=` occurs in no encoded key. */
const VERSION_MARK = '%=';

/** What a store sends to its watchers: the id of a key, and the version that a commit has made of it. */
export function notificationText(id: string, version: number): string {
  return `${id}${VERSION_MARK}${version}`;
}

export function readNotification(text: string): { id: string; version: number | undefined } {
  const mark = text.lastIndexOf(VERSION_MARK);
  if (mark < 0) return { id: text, version: undefined };
  const version = Number(text.slice(mark + VERSION_MARK.length));
  return { id: text.slice(0, mark), version: Number.isSafeInteger(version) ? version : undefined };
}
