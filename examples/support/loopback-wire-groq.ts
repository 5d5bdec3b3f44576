import type { Failure } from './loopback-reply.ts';
import type { Format, Wire } from './loopback-wire.ts';
import { byStatus, sse, text, waitHeaders } from './loopback-wire.ts';
import { chatFormat } from './loopback-wire-openai.ts';

/** Groq: OpenAI's chat completions in Groq's words. Its SDK adds `/openai/v1` to the base URL. */
export const groqWire: Wire = {
  basePath: '',
  match(path, body) {
    if (path !== '/openai/v1/chat/completions') return undefined;
    return { model: text(body['model']), streaming: body['stream'] === true, format: groqFormat };
  },
  failure: (failure) => ({ headers: waitHeaders(failure), body: errorBody(failure) }),
};

const failures: Readonly<Record<number, { type: string; code: string | null; message: string }>> = {
  400: { type: 'invalid_request_error', code: null, message: "'messages' : minimum number of items is 1" },
  401: { type: 'invalid_request_error', code: 'invalid_api_key', message: 'Invalid API Key' },
  404: {
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: 'The model does not exist or you do not have access to it.',
  },
  429: {
    type: 'requests',
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached for requests per minute (RPM): Limit 30, Used 30.',
  },
  498: {
    type: 'capacity_exceeded',
    code: 'capacity_exceeded',
    message: 'Flex tier capacity exceeded. Please try again later.',
  },
  500: { type: 'internal_server_error', code: null, message: 'Internal Server Error' },
  503: {
    type: 'internal_server_error',
    code: null,
    message: 'This model is currently over capacity. Please try again and back off exponentially.',
  },
  529: {
    type: 'internal_server_error',
    code: null,
    message: 'This model is currently over capacity. Please try again and back off exponentially.',
  },
};

function errorBody(failure: Failure): { error: object } {
  const known = byStatus(failures, failure.status);
  return { error: { message: failure.message ?? known.message, type: known.type, code: failure.code ?? known.code } };
}

const groqFormat: Format = { ...chatFormat, streamFailure: (failure) => [sse(errorBody(failure), 'error')] };
