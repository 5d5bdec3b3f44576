import type { Failure } from './loopback-reply.ts';
import type { Format, Wire } from './loopback-wire.ts';
import { byStatus, sse, text, waitHeaders } from './loopback-wire.ts';
import { chatFormat } from './loopback-wire-openai.ts';

/** Mistral: chat completions with its own error envelope. */
export const mistralWire: Wire = {
  basePath: '',
  match(path, body) {
    if (path !== '/v1/chat/completions') return undefined;
    return { model: text(body['model']), streaming: body['stream'] === true, format: mistralFormat };
  },
  failure: (failure) => ({ headers: waitHeaders(failure), body: errorBody(failure) }),
};

const failures: Readonly<Record<number, { type: string; code: string; message: string }>> = {
  400: { type: 'invalid_request_error', code: '3000', message: 'Invalid request.' },
  404: { type: 'invalid_model', code: '1500', message: 'Invalid model: mistral-loopback' },
  429: { type: 'rate_limited', code: '1300', message: 'Rate limit exceeded' },
  500: { type: 'internal_server_error', code: '1000', message: 'Internal server error' },
  529: { type: 'internal_server_error', code: '1000', message: 'Service overloaded, please try again later.' },
};

function errorBody(failure: Failure): object {
  // The gateway in front of Mistral answers an unknown key, in an envelope of its own.
  if (failure.status === 401) return { message: failure.message ?? 'Unauthorized', request_id: 'loopback' };
  const known = byStatus(failures, failure.status);
  const code = failure.code ?? known.code;
  return { object: 'error', message: failure.message ?? known.message, type: known.type, param: null, code };
}

const mistralFormat: Format = { ...chatFormat, streamFailure: (failure) => [sse(errorBody(failure))] };
