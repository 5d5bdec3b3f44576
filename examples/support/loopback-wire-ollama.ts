import type { Failure } from './loopback-reply.ts';
import type { Format, Wire } from './loopback-wire.ts';
import { byStatus, text, waitHeaders } from './loopback-wire.ts';

/** Ollama: chat, streamed as one JSON value a line. */
export const ollamaWire: Wire = {
  basePath: '',
  match(path, body) {
    if (path !== '/api/chat') return undefined;
    // Ollama streams unless told otherwise.
    return { model: text(body['model']), streaming: body['stream'] !== false, format: chatFormat };
  },
  failure: (failure) => ({ headers: waitHeaders(failure), body: errorBody(failure) }),
};

const failures: Readonly<Record<number, string>> = {
  400: 'invalid request',
  401: 'unauthorized',
  404: "model 'loopback' not found",
  429: 'too many requests, please slow down',
  500: 'model runner has unexpectedly stopped, this may be due to resource limitations or an internal error',
  503: 'server busy, please try again.  maximum pending requests exceeded',
  529: 'server busy, please try again.  maximum pending requests exceeded',
};

function errorBody(failure: Failure): { error: string } {
  return { error: failure.message ?? byStatus(failures, failure.status) };
}

const chatFormat: Format = {
  contentType: 'application/x-ndjson',
  whole: (model, content) => last(model, content),
  stream: (model, pieces) => ({
    opening: [],
    content: pieces.map((piece) => line(part(model, piece))),
    ending: [line(last(model, ''))],
  }),
  streamFailure: (failure) => [line(errorBody(failure))],
  brokenFrame: () => '{"model":"loopback","messa\n',
};

function part(model: string, content: string): object {
  return { model, created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content }, done: false };
}

function last(model: string, content: string): object {
  return { ...part(model, content), done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 2 };
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
