/** What is signed: the message's id, the time of this attempt in Unix seconds, and the body as it is sent. */
export interface SignedContent {
  readonly id: string;
  readonly timestamp: number;
  readonly body: string;
}

/** The value of `webhook-signature`: `v1,` and the HMAC-SHA256 of `id.timestamp.body`, base64 (Standard Webhooks). */
export async function signWebhook(key: CryptoKey, { id, timestamp, body }: SignedContent): Promise<string> {
  const content = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const signature = await crypto.subtle.sign('HMAC', key, content);
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signature)))}`;
}

/** The key in a Standard Webhooks secret (`whsec_` and base64 of 24 to 64 bytes); undefined for anything else. */
export function parseWebhookSecret(secret: unknown): Uint8Array<ArrayBuffer> | undefined {
  const encoded = typeof secret === 'string' ? /^whsec_([A-Za-z0-9+/]{1,200}={0,2})$/.exec(secret)?.[1] : undefined;
  if (encoded === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
  } catch {
    // Not base64 after all.
    return undefined;
  }
}

export function importWebhookKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}
