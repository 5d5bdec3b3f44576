import type { Failure } from './loopback-reply.ts';
import type { Format, Wire } from './loopback-wire.ts';
import { EVENT_STREAM, byStatus, sse, text, waitHeaders } from './loopback-wire.ts';

/** Anthropic: messages. */
export const anthropicWire: Wire = {
  basePath: '',
  match(path, body) {
    if (path !== '/v1/messages') return undefined;
    return { model: text(body['model']), streaming: body['stream'] === true, format: messagesFormat };
  },
  failure: (failure) => ({
    headers: { 'request-id': 'req_loopback', ...waitHeaders(failure) },
    body: { ...errorBody(failure), request_id: 'req_loopback' },
  }),
};

const failures: Readonly<Record<number, { type: string; message: string }>> = {
  400: { type: 'invalid_request_error', message: 'messages: at least one message is required' },
  401: { type: 'authentication_error', message: 'invalid x-api-key' },
  403: { type: 'permission_error', message: 'Your API key does not have permission to use the specified resource.' },
  404: { type: 'not_found_error', message: 'model: claude-loopback' },
  429: { type: 'rate_limit_error', message: "This request would exceed your organization's rate limit." },
  500: { type: 'api_error', message: 'Internal server error' },
  529: { type: 'overloaded_error', message: 'Overloaded' },
};

function errorBody(failure: Failure): { type: 'error'; error: { type: string; message: string } } {
  const known = byStatus(failures, failure.status);
  return { type: 'error', error: { type: failure.code ?? known.type, message: failure.message ?? known.message } };
}

const messagesFormat: Format = {
  contentType: EVENT_STREAM,
  whole: (model, content) => message(model, [{ type: 'text', text: content }], 'end_turn'),
  stream(model, pieces) {
    return {
      opening: [
        named({ type: 'message_start', message: message(model, [], null) }),
        named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
        named({ type: 'ping' }),
      ],
      content: pieces.map((piece) =>
        named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } }),
      ),
      ending: [
        named({ type: 'content_block_stop', index: 0 }),
        named({
          type: 'message_delta',
          delta: { stop_reason: 'end_turn', stop_sequence: null },
          usage: { output_tokens: 2 },
        }),
        named({ type: 'message_stop' }),
      ],
    };
  },
  streamFailure: (failure) => [named(errorBody(failure))],
  brokenFrame: () => sse('{"type":"content_block_delta","index":0,"del', 'content_block_delta'),
};

function message(model: string, content: object[], stopReason: string | null): object {
  return {
    id: 'msg_loopback',
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 2 },
  };
}

function named(event: { type: string; [field: string]: unknown }): string {
  return sse(event, event.type);
}
