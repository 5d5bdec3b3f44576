import type { Clock } from '../../ports/clock.js';
import { Problem } from '../answers/problem.js';

/** Largest body in bytes. */
export const MAX_BODY = 65_536;
/** How long a body may take to arrive, in milliseconds. */
const BODY_TIMEOUT_MS = 10_000;

/** The body as text. Bytes are counted as they come: `Content-Length` may say anything. */
export async function readText(request: Request, clock: Clock): Promise<string> {
  if (request.bodyUsed) throw new Problem(400, 'The body was read before it came here.');
  if (!request.body) return '';
  const reader = request.body.getReader();
  let timer: unknown;
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new Problem(408, 'The body took too long to arrive.')), BODY_TIMEOUT_MS);
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) break;
      size += value.byteLength;
      if (size > MAX_BODY) throw new Problem(413, `A body is at most ${MAX_BODY} bytes.`);
      chunks.push(value);
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    if (error instanceof Problem) throw error;
    throw new Problem(400, 'The body could not be read.');
  } finally {
    clock.clearTimeout(timer);
  }
  return decode(chunks, size);
}

/** The body as JSON; an empty one is `{}`. */
export async function readJson(request: Request, clock: Clock): Promise<unknown> {
  const type = request.headers.get('content-type') ?? '';
  // `text/plain` is what `fetch` says of a text by itself. No form: those a browser sends across sites by itself.
  if (type !== '' && !/^(?:application\/(?:[\w.+-]+\+)?json|text\/plain)\s*(?:;|$)/iu.test(type)) {
    throw new Problem(415, 'Send JSON, with the content type application/json.');
  }
  return parseJson(await readText(request, clock));
}

export function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    throw new Problem(400, 'The body is not JSON.');
  }
}

function decode(chunks: readonly Uint8Array[], size: number): string {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem(400, 'The body is not UTF-8.');
  }
}
