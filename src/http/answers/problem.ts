import { isTierfallError, type ConfigIssue } from '../../core/errors.js';
import { shownText } from '../../core/view/shown-text.js';

/** What went wrong, as RFC 9457 has it. Thrown by whatever answers a request. */
export class Problem extends Error {
  readonly status: number;
  readonly issues: readonly ConfigIssue[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    detail: string,
    more: { issues?: readonly ConfigIssue[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.issues = more.issues;
    this.headers = more.headers ?? {};
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request is wrong',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Wrong method',
  408: 'The request took too long',
  409: 'Already done',
  412: 'Changed meanwhile',
  413: 'Too large',
  414: 'The name is too long',
  415: 'Not JSON',
  428: 'If-Match is missing',
  429: 'Too many tries',
  500: 'Something went wrong',
  503: 'Not available now',
};

const MOST_ISSUES = 50;

/** Any error as an answer. Nothing of an error that is not ours gets out. */
export function problemOf(error: unknown): Response {
  const { status, message, issues, headers } = error instanceof Problem ? error : toProblem(error);
  const body = {
    type: 'about:blank',
    title: titles[status] ?? 'Something went wrong',
    status,
    detail: shownText(message),
    ...(issues ? { issues: issues.slice(0, MOST_ISSUES).map(cleanIssue) } : {}),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

function toProblem(error: unknown): Problem {
  if (isTierfallError(error, 'TIERFALL_CONFIG')) return new Problem(400, error.message, { issues: error.issues });
  if (isTierfallError(error, 'TIERFALL_STORE')) {
    return error.operation === 'commit'
      ? new Problem(503, 'Not saved to the store; it holds in this process.')
      : new Problem(503, 'The store cannot be read now.');
  }
  if (isTierfallError(error, 'TIERFALL_CLOSED')) return new Problem(503, 'This failover was closed.');
  return new Problem(500, 'The server could not answer. Its log may say why.');
}

function cleanIssue({ path, message }: ConfigIssue): ConfigIssue {
  return { path: path.slice(0, 200), message: shownText(message) };
}
