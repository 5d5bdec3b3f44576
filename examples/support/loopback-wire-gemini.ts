import type { Failure } from './loopback-reply.ts';
import type { Format, Wire } from './loopback-wire.ts';
import { EVENT_STREAM, byStatus, sse } from './loopback-wire.ts';

const operation = /^\/v1(?:beta)?\/models\/(?<model>[^/:]+):(?<method>generateContent|streamGenerateContent)$/u;

/** Google Gemini: generateContent and streamGenerateContent with `alt=sse`. */
export const geminiWire: Wire = {
  basePath: '',
  match(path) {
    const { model, method } = operation.exec(path)?.groups ?? {};
    if (model === undefined) return undefined;
    return { model, streaming: method === 'streamGenerateContent', format: generateFormat };
  },
  // Gemini names the wait in the body only and sends no retry-after header.
  failure: (failure) => ({ headers: {}, body: errorBody(failure) }),
};

const failures: Readonly<Record<number, { status: string; message: string }>> = {
  400: { status: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' },
  401: { status: 'UNAUTHENTICATED', message: 'Request had invalid authentication credentials.' },
  404: { status: 'NOT_FOUND', message: 'models/gemini-loopback is not found for API version v1beta.' },
  429: { status: 'RESOURCE_EXHAUSTED', message: 'Resource has been exhausted (e.g. check quota).' },
  500: { status: 'INTERNAL', message: 'An internal error has occurred.' },
  503: { status: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' },
  529: { status: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' },
};

function errorBody(failure: Failure): { error: object } {
  const known = byStatus(failures, failure.status);
  const error = {
    code: failure.status,
    message: failure.message ?? known.message,
    status: failure.code ?? known.status,
  };
  if (failure.retryAfterSeconds === undefined) return { error };
  const retryInfo = {
    '@type': 'type.googleapis.com/google.rpc.RetryInfo',
    retryDelay: `${failure.retryAfterSeconds}s`,
  };
  return { error: { ...error, details: [retryInfo] } };
}

const generateFormat: Format = {
  contentType: EVENT_STREAM,
  whole: (model, content) => candidate(model, content, 'STOP'),
  stream: (model, pieces) => ({
    opening: [],
    content: pieces.map((piece) => sse(candidate(model, piece))),
    ending: [sse(candidate(model, '', 'STOP'))],
  }),
  streamFailure: (failure) => [sse(errorBody(failure))],
  brokenFrame: () => sse('{"candidates":[{"content":{"parts":[{"te'),
};

function candidate(model: string, content: string, finishReason?: string): object {
  const reason = finishReason === undefined ? {} : { finishReason };
  return {
    candidates: [{ content: { parts: [{ text: content }], role: 'model' }, index: 0, ...reason }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
    modelVersion: model,
  };
}
