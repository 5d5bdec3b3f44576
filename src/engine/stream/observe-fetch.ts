import { watchBody, type BodyOptions, type BodyWatch } from './watch-body.js';

/** One request an SDK made through the `fetch` it was handed. */
export interface SeenRequest {
  /** How long its response took, in milliseconds. */
  durationMs: number;
  /** Absent when no response came. */
  status?: number;
  headers?: Headers;
  /** What the request failed with, when no response came. */
  error?: unknown;
}

/** What the `fetch` of one attempt saw. */
export interface FetchLog {
  readonly fetch: typeof globalThis.fetch;
  readonly requests: readonly SeenRequest[];
  /** The error in an event of a stream of status 200, as the provider put it. */
  readonly streamError: unknown;
}

export interface FetchOptions extends BodyOptions {
  /** Aborts when the attempt is abandoned. */
  signal: AbortSignal;
  /** Called with the headers of a response that is none of a failure. */
  onAnswer?: ((headers: Headers) => void) | undefined;
  /** Reads the wait a failed response asked for, in milliseconds. */
  waitOf: (status: number, headers: Headers) => number | undefined;
}

/**
 * A `fetch` for one attempt that sees what SDKs hide: the status and headers that their errors leave out, their own
 * retries, an error inside a stream of status 200, a body that stalls. A failed response gets the header
 * `x-should-retry: false`, which stops the retries of the SDKs that respect it. The retries of the others are counted;
 * inside a wait that the provider asked for they are answered here and never reach it.
 */
export function observeFetch(options: FetchOptions): FetchLog {
  const { clock } = options;
  const requests: SeenRequest[] = [];
  const body: BodyWatch = { streamError: undefined };
  /** The waits that providers asked for, by origin; `until` is on the clock's `elapsed`. */
  const refusals = new Map<string, { until: number; status: number; headers: Headers }>();

  const observed = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const startedAt = clock.elapsed();
    const refusal = refusals.size > 0 ? refusals.get(originOf(input)) : undefined;
    if (refusal && startedAt < refusal.until) {
      return new Response(null, { status: refusal.status, headers: refusal.headers });
    }
    const request: SeenRequest = { durationMs: 0 };
    requests.push(request);
    const noteEnd = () => (request.durationMs = Math.round(clock.elapsed() - startedAt));
    try {
      const response = await globalThis.fetch(input, { ...init, signal: joined(options.signal, input, init) });
      noteEnd();
      request.status = response.status;
      request.headers = response.headers;
      if (response.ok) {
        options.onAnswer?.(response.headers);
        return watchBody(response, body, options);
      }
      const headers = withoutRetry(response.headers);
      const waitMs = options.waitOf(response.status, response.headers);
      if (waitMs !== undefined) {
        refusals.set(originOf(input), { until: clock.elapsed() + waitMs, status: response.status, headers });
      }
      // The same response, with its body unread and its URL; only a header is added.
      return Object.defineProperty(response, 'headers', { value: headers });
    } catch (error) {
      noteEnd();
      request.error = error;
      throw error;
    }
  };
  return {
    fetch: observed,
    requests,
    get streamError() {
      return body.streamError;
    },
  };
}

function withoutRetry(headers: Headers): Headers {
  const copy = new Headers(headers);
  copy.set('x-should-retry', 'false');
  return copy;
}

/** The origin that a request goes to; empty for an address that is relative to a page. */
function originOf(input: string | URL | Request): string {
  const address = input instanceof Request ? input.url : input;
  return URL.canParse(address) ? new URL(address).origin : '';
}

/** The SDK's own signal and the attempt's: the first to abort ends the request. */
function joined(own: AbortSignal, input: string | URL | Request, init: RequestInit | undefined): AbortSignal {
  const theirs = init?.signal ?? (input instanceof Request ? input.signal : undefined);
  return theirs ? AbortSignal.any([theirs, own]) : own;
}
