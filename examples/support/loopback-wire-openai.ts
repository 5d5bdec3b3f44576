import type { Failure } from './loopback-reply.ts';
import type { Format, Frame, StreamScript, Wire } from './loopback-wire.ts';
import { EVENT_STREAM, byStatus, sse, text, waitHeaders } from './loopback-wire.ts';

/** OpenAI: chat completions and responses. */
export const openaiWire: Wire = {
  basePath: '/v1',
  match(path, body) {
    const asked = { model: text(body['model']), streaming: body['stream'] === true };
    if (path === '/v1/chat/completions') return { ...asked, format: chatFormat };
    if (path === '/v1/responses') return { ...asked, format: responsesFormat };
    return undefined;
  },
  failure: (failure) => ({ headers: waitHeaders(failure), body: openaiErrorBody(failure) }),
};

const failures: Readonly<Record<number, { type: string; code: string | null; message: string }>> = {
  400: { type: 'invalid_request_error', code: null, message: 'Invalid value in the request body.' },
  401: { type: 'invalid_request_error', code: 'invalid_api_key', message: 'Incorrect API key provided: sk-****.' },
  404: {
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: 'The model does not exist or you do not have access to it.',
  },
  429: { type: 'requests', code: 'rate_limit_exceeded', message: 'Rate limit reached for requests.' },
  500: {
    type: 'server_error',
    code: null,
    message: 'The server had an error while processing your request. Sorry about that!',
  },
  503: { type: 'server_error', code: null, message: 'That model is currently overloaded with other requests.' },
  529: { type: 'server_error', code: null, message: 'The engine is currently overloaded, please try again later.' },
};

/** `{ error: { message, type, param, code } }`, which Groq and many gateways use as well. */
export function openaiErrorBody(failure: Failure): { error: Record<string, unknown> } {
  const known = byStatus(failures, failure.status);
  const code = failure.code ?? known.code;
  return { error: { message: failure.message ?? known.message, type: known.type, param: null, code } };
}

/** Chat completions of OpenAI, Groq and Mistral. */
export const chatFormat: Format = {
  contentType: EVENT_STREAM,
  whole: (model, content) => ({
    id: 'chatcmpl-loopback',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop', logprobs: null },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  }),
  stream(model, pieces) {
    const chunk = (delta: object, finish: string | null): string =>
      sse({
        id: 'chatcmpl-loopback',
        object: 'chat.completion.chunk',
        created: 1,
        model,
        choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
      });
    return {
      opening: [chunk({ role: 'assistant', content: '' }, null)],
      content: pieces.map((content) => chunk({ content }, null)),
      ending: [chunk({}, 'stop'), sse('[DONE]')],
    };
  },
  streamFailure: (failure) => [sse(openaiErrorBody(failure))],
  brokenFrame: () => sse('{"id":"chatcmpl-loopback","object":"chat.completion.chunk","choi'),
};

const responsesFormat: Format = {
  contentType: EVENT_STREAM,
  whole: (model, content) => response(model, 'completed', [outputMessage('completed', content)]),
  stream: responsesStream,
  streamFailure(failure): readonly Frame[] {
    const { error } = openaiErrorBody(failure);
    return [named({ type: 'error', code: error['code'], message: error['message'], param: null, sequence_number: 99 })];
  },
  brokenFrame: () => sse('{"type":"response.output_text.delta","delt', 'response.output_text.delta'),
};

function responsesStream(model: string, pieces: readonly string[]): StreamScript {
  const whole = pieces.join('');
  const place = { item_id: 'msg_loopback', output_index: 0, content_index: 0 };
  const part = { type: 'output_text', text: '', annotations: [] };
  const opening: object[] = [
    { type: 'response.created', response: response(model, 'in_progress', []) },
    { type: 'response.output_item.added', output_index: 0, item: outputMessage('in_progress') },
    { type: 'response.content_part.added', ...place, part },
  ];
  const content = pieces.map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] }));
  const ending: object[] = [
    { type: 'response.output_text.done', ...place, text: whole, logprobs: [] },
    { type: 'response.content_part.done', ...place, part: { ...part, text: whole } },
    { type: 'response.output_item.done', output_index: 0, item: outputMessage('completed', whole) },
    { type: 'response.completed', response: response(model, 'completed', [outputMessage('completed', whole)]) },
  ];
  let sequence = 0;
  const numbered = (event: object): string => named({ ...event, sequence_number: sequence++ });
  return { opening: opening.map(numbered), content: content.map(numbered), ending: ending.map(numbered) };
}

function named(event: object): string {
  return sse(event, 'type' in event ? text(event.type) : undefined);
}

function outputMessage(status: string, content?: string): object {
  const parts = content === undefined ? [] : [{ type: 'output_text', text: content, annotations: [], logprobs: [] }];
  return { id: 'msg_loopback', type: 'message', role: 'assistant', status, content: parts };
}

function response(model: string, status: string, output: object[]): object {
  return {
    id: 'resp_loopback',
    object: 'response',
    created_at: 1,
    status,
    model,
    output,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: {
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 5,
    },
  };
}
