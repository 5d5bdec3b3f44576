/** What the server said of a request it refused. */
export class Refusal extends Error {
  readonly status: number;
  readonly issues: readonly { path: string; message: string }[];
  /** When to try again, in seconds; 0 where it did not say. */
  readonly retryAfter: number;

  constructor(
    status: number,
    detail: string,
    issues: readonly { path: string; message: string }[],
    retryAfter: number,
  ) {
    super(detail);
    this.status = status;
    this.issues = issues;
    this.retryAfter = retryAfter;
  }
}

/**
 * Status of the refusal of a request that something in front of the server answered, with a page or a redirect: the
 * sign-in of a host whose session has ended.
 */
export const ANSWERED_ELSEWHERE = 302;

interface ProblemBody {
  title?: string;
  detail?: string;
  issues?: { path: string; message: string }[];
}

/** Asks one server, with one token. */
export class Client {
  readonly #baseUrl: string;
  readonly #token: string;

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl.replace(/\/$/u, '');
    this.#token = token;
  }

  /** @throws {Refusal} the server said no; a `TypeError` where there was none */
  async ask<T>(
    path: string,
    options: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<T> {
    return (await (await this.fetch(path, options)).json()) as T;
  }

  async fetch(
    path: string,
    options: { method?: string; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const { method = 'GET', body, headers = {}, signal } = options;
    const response = await fetch(`${this.#baseUrl}${path}`, {
      method,
      headers: {
        'x-tierfall': '1',
        ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
      // The server redirects nowhere; what does may lead to another origin, which a script may not read.
      redirect: 'manual',
    });
    const isPage = response.ok && /^text\/html\b/iu.test(response.headers.get('content-type') ?? '');
    if (isPage || response.type === 'opaqueredirect') {
      throw new Refusal(ANSWERED_ELSEWHERE, 'You are no longer signed in. Reload the page.', [], 0);
    }
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as ProblemBody;
    const detail = problem.detail ?? problem.title ?? `The server answered ${response.status}.`;
    throw new Refusal(response.status, detail, problem.issues ?? [], Number(response.headers.get('retry-after') ?? 0));
  }
}

/** What went wrong, in words: a refusal, or what `fetch` and JSON reject with. */
export function messageOf(error: unknown): string {
  return (error as Error).message;
}

/** The path of an instance. */
export function instancePath(name: string): string {
  return `/instances/${encodeURIComponent(name)}`;
}
