import { aText, checkOptions, durationMs, type OptionRule } from './check-options.js';

/** Which SDK's errors to throw. The same failure has another shape in each. */
export type SdkShape = 'openai' | 'anthropic';

/** What `rateLimit`, `overloaded` and the others take. */
export interface ProviderErrorOptions {
  /** Default `'openai'`. */
  sdk?: SdkShape;
  /** The error's text. Default: one that the provider really sent. */
  message?: string;
  /** The wait the provider names, in milliseconds; sent as `retry-after` (seconds) and `retry-after-ms`. */
  retryAfterMs?: number;
}

/** Makes a fresh error for each failing call, as an SDK would. */
export type MakeError = () => unknown;

interface Answer {
  status: number;
  type: string;
  code?: string;
  message: string;
}

/** An HTTP error as the OpenAI and Anthropic SDKs throw it, after their `APIError`. */
class ScriptedApiError extends Error {
  readonly status: number;
  readonly headers: Headers;
  readonly error: unknown;
  readonly type: string;
  readonly code: string | null | undefined;
  readonly requestID = 'req_scripted';

  constructor(answer: Answer, sdk: SdkShape, headers: Headers) {
    const { status, type, code = null, message } = answer;
    const inner = sdk === 'openai' ? { message, type, param: null, code } : { type, message };
    const body = sdk === 'openai' ? inner : { type: 'error', error: inner };
    super(sdk === 'openai' ? `${status} ${message}` : `${status} ${JSON.stringify(body)}`);
    this.status = status;
    this.headers = headers;
    this.error = body;
    this.type = type;
    this.code = sdk === 'openai' ? code : undefined;
  }
}

type Answers = Record<SdkShape, Answer>;

const shapes: readonly unknown[] = ['openai', 'anthropic'] satisfies SdkShape[];
const rules: Readonly<Record<keyof ProviderErrorOptions, OptionRule>> = {
  sdk: [(value) => shapes.includes(value), `one of ${shapes.join(', ')}`],
  message: aText,
  retryAfterMs: durationMs,
};
const messageOnly = { message: aText };

function httpError(answers: Answers): (options?: ProviderErrorOptions) => MakeError {
  return (options = {}) => {
    checkOptions(options, rules);
    const { sdk = 'openai', message, retryAfterMs } = options;
    return () => {
      const headers = new Headers({ 'content-type': 'application/json', 'request-id': 'req_scripted' });
      if (retryAfterMs !== undefined) {
        headers.set('retry-after', String(Math.ceil(retryAfterMs / 1000)));
        headers.set('retry-after-ms', String(retryAfterMs));
      }
      const answer = answers[sdk];
      return new ScriptedApiError(message === undefined ? answer : { ...answer, message }, sdk, headers);
    };
  };
}

/** 429: too many requests. */
export const rateLimit = httpError({
  openai: {
    status: 429,
    type: 'requests',
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached for requests per min (RPM): Limit 300, Used 300, Requested 1.',
  },
  anthropic: {
    status: 429,
    type: 'rate_limit_error',
    message: 'Number of requests has exceeded your per-minute rate limit.',
  },
});

/** 503 or 529: the provider has no capacity left. */
export const overloaded = httpError({
  openai: {
    status: 503,
    type: 'server_error',
    code: 'server_is_overloaded',
    message: 'Our servers are currently overloaded. Please try again later.',
  },
  anthropic: { status: 529, type: 'overloaded_error', message: 'Overloaded' },
});

/** 500: an internal error of the provider. */
export const serverError = httpError({
  openai: { status: 500, type: 'server_error', message: 'The server had an error while processing your request.' },
  anthropic: { status: 500, type: 'api_error', message: 'Internal server error' },
});

/** 401: the key is wrong or revoked. */
export const auth = httpError({
  openai: {
    status: 401,
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    message: 'Incorrect API key provided.',
  },
  anthropic: { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
});

/** 403: the key may not do this. */
export const permission = httpError({
  openai: {
    status: 403,
    type: 'invalid_request_error',
    code: 'insufficient_permissions',
    message: 'You have insufficient permissions for this operation.',
  },
  anthropic: {
    status: 403,
    type: 'permission_error',
    message: 'Your API key does not have permission to use the specified resource.',
  },
});

/** 429 or 400: the credit or the plan's quota is used up. */
export const quota = httpError({
  openai: {
    status: 429,
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    message: 'You exceeded your current quota, please check your plan and billing details.',
  },
  anthropic: {
    status: 400,
    type: 'invalid_request_error',
    message: 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.',
  },
});

/** 404: the model does not exist, or no longer. */
export const modelUnavailable = httpError({
  openai: {
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: 'The model `scripted` does not exist or you do not have access to it.',
  },
  anthropic: { status: 404, type: 'not_found_error', message: 'model: scripted' },
});

/** 400: the prompt is longer than the model's context window. */
export const contextOverflow = httpError({
  openai: {
    status: 400,
    type: 'invalid_request_error',
    code: 'context_length_exceeded',
    message: "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
  },
  anthropic: {
    status: 400,
    type: 'invalid_request_error',
    message: 'prompt is too long: 210000 tokens > 200000 maximum',
  },
});

/** 400: refused because of its content. */
export const contentPolicy = httpError({
  openai: {
    status: 400,
    type: 'invalid_request_error',
    code: 'content_policy_violation',
    message: 'Your request was rejected as a result of our safety system.',
  },
  anthropic: { status: 400, type: 'invalid_request_error', message: 'Output blocked by content filtering policy' },
});

/** 400: the request is malformed. */
export const invalidRequest = httpError({
  openai: {
    status: 400,
    type: 'invalid_request_error',
    message: "Missing required parameter: 'messages'.",
  },
  anthropic: { status: 400, type: 'invalid_request_error', message: 'messages: Field required' },
});

/** A refused connection, as both SDKs report it. */
export function network(options: Pick<ProviderErrorOptions, 'message'> = {}): MakeError {
  checkOptions(options, messageOnly);
  return () => {
    const socket = Object.assign(new Error('connect ECONNREFUSED 192.0.2.1:443'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    const cause = new TypeError('fetch failed', { cause: socket });
    return Object.assign(new Error(options.message ?? 'Connection error.', { cause }), { status: undefined });
  };
}

/** The SDK's own timeout. */
export function timeout(options: Pick<ProviderErrorOptions, 'message'> = {}): MakeError {
  checkOptions(options, messageOnly);
  return () => {
    const error = new Error(options.message ?? 'Request timed out.');
    error.name = 'APIConnectionTimeoutError';
    return Object.assign(error, { status: undefined });
  };
}
