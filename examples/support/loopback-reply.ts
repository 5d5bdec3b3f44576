/** What a scripted provider does with one request. Build it with the functions below. */
export type Reply =
  | { readonly type: 'text'; readonly pieces: readonly string[]; readonly headers?: Headers }
  | { readonly type: 'http'; readonly failure: Failure; readonly headers: Headers; readonly body: unknown }
  | { readonly type: 'stream-error'; readonly failure: Failure; readonly pieces: readonly string[] }
  | { readonly type: 'stall'; readonly at: StallPoint }
  | { readonly type: 'drop'; readonly at: DropPoint; readonly how: 'reset' | 'close' }
  | { readonly type: 'early-end'; readonly pieces: readonly string[] }
  | { readonly type: 'broken-json' };

/** A failure, in terms that every wire format can put into its own envelope. */
export interface Failure {
  readonly status: number;
  /** The provider's words; each wire has its own for the statuses it knows. */
  readonly message?: string;
  /** The provider's specific code or type, e.g. `insufficient_quota`. */
  readonly code?: string;
  /** Sent as a `retry-after` header, and in the body of the wires that put it there. */
  readonly retryAfterSeconds?: number;
}

/** Nothing sent, only the status and headers sent, or some content sent. */
export type StallPoint = 'silent' | 'headers' | 'mid-stream';
/** Before anything was sent, or after some content. */
export type DropPoint = 'before-response' | 'mid-stream';

type Headers = Readonly<Record<string, string>>;

/** A good answer. Streamed word by word, unless the pieces are given. */
export function answers(text: string | readonly string[], { headers = {} }: { headers?: Headers } = {}): Reply {
  return { type: 'text', pieces: piecesOf(text), headers };
}

/** An HTTP error in the wire's own envelope, or with exactly the `body` given (a string goes out as it is). */
export function httpError(
  status: number,
  options: Omit<Failure, 'status'> & { headers?: Headers; body?: unknown } = {},
): Reply {
  const { headers = {}, body, ...failure } = options;
  return { type: 'http', failure: { status, ...failure }, headers, body };
}

/** The page of a proxy in front of the provider: HTML instead of JSON. */
export function htmlError(status = 502): Reply {
  const title = `${status} Bad Gateway`;
  const head = `<head><title>${title}</title></head>`;
  const heading = `<center><h1>${title}</h1></center>`;
  const body = ['<html>', head, '<body>', heading, '</body>', '</html>', ''].join('\r\n');
  return httpError(status, { headers: { 'content-type': 'text/html' }, body });
}

/**
 * Status 200, then an error event in the stream: at once, or after the content in `after`.
 * A request that asked for no stream gets the same as an HTTP error.
 */
export function streamError(options: Partial<Failure> & { after?: string | readonly string[] } = {}): Reply {
  const { after = [], status = 529, ...failure } = options;
  return { type: 'stream-error', failure: { status, ...failure }, pieces: piecesOf(after) };
}

/** Stops answering at this point and keeps the connection open. */
export function stalls(at: StallPoint = 'silent'): Reply {
  return { type: 'stall', at };
}

/** Drops the connection: `reset` sends a TCP reset, `close` an orderly end of the connection. */
export function drops(at: DropPoint = 'before-response', how: 'reset' | 'close' = 'reset'): Reply {
  return { type: 'drop', at, how };
}

/** A stream that ends normally after the content, but without its end mark. */
export function endsEarly(text: string | readonly string[] = 'half an'): Reply {
  return { type: 'early-end', pieces: piecesOf(text) };
}

/** Status 200 and JSON that stops in the middle; in a stream, an event like that. */
export function brokenJson(): Reply {
  return { type: 'broken-json' };
}

function piecesOf(text: string | readonly string[]): readonly string[] {
  return typeof text === 'string' ? (text.match(/\S+\s*/gu) ?? []) : text;
}
