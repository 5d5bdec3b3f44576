import type { Failure } from './loopback-reply.ts';
import type { Format, Wire } from './loopback-wire.ts';
import { EVENT_STREAM, byStatus, sse, text, waitHeaders } from './loopback-wire.ts';

/** Cohere: chat, second version. */
export const cohereWire: Wire = {
  basePath: '',
  match(path, body) {
    if (path !== '/v2/chat') return undefined;
    return { model: text(body['model']), streaming: body['stream'] === true, format: chatFormat };
  },
  failure: (failure) => ({ headers: waitHeaders(failure), body: { id: 'loopback', message: messageOf(failure) } }),
};

const failures: Readonly<Record<number, string>> = {
  400: 'invalid request: message must be at least 1 token long or tool results must be specified.',
  401: 'invalid api token',
  404: "model 'command-loopback' not found, make sure the correct model ID was used",
  429: 'You are past the per minute request limit, please wait and try again later.',
  500: 'internal server error, this has been reported to our developers',
  503: 'the service is currently overloaded, please try again later',
  529: 'the service is currently overloaded, please try again later',
};

function messageOf(failure: Failure): string {
  return failure.message ?? byStatus(failures, failure.status);
}

const usage = { billed_units: { input_tokens: 3, output_tokens: 2 }, tokens: { input_tokens: 3, output_tokens: 2 } };

const chatFormat: Format = {
  contentType: EVENT_STREAM,
  whole: (_model, content) => ({
    id: 'loopback',
    finish_reason: 'COMPLETE',
    message: { role: 'assistant', content: [{ type: 'text', text: content }] },
    usage,
  }),
  stream: (_model, pieces) => ({
    opening: [
      named({
        type: 'message-start',
        id: 'loopback',
        delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
      }),
      named({ type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } }),
    ],
    content: pieces.map((piece) =>
      named({ type: 'content-delta', index: 0, delta: { message: { content: { text: piece } } } }),
    ),
    ending: [
      named({ type: 'content-end', index: 0 }),
      named({ type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } }),
    ],
  }),
  // There is no error event: a failed generation is an ordinary end whose finish reason is ERROR.
  streamFailure: (failure) => [
    named({ type: 'message-end', delta: { finish_reason: 'ERROR', error: messageOf(failure), usage } }),
  ],
  brokenFrame: () => sse('{"type":"content-delta","index":0,"del', 'content-delta'),
};

function named(event: { type: string; [field: string]: unknown }): string {
  return sse(event, event.type);
}
