import type { Failure } from './loopback-reply.ts';
import { eventStreamMessage } from './loopback-event-stream.ts';
import type { Format, Frame, Wire } from './loopback-wire.ts';
import { byStatus, waitHeaders } from './loopback-wire.ts';

const operation = /^\/model\/(?<model>[^/]+)\/(?<method>converse|converse-stream|invoke|invoke-with-response-stream)$/u;

/** Amazon Bedrock: converse and invoke, streamed as binary event stream messages. */
export const bedrockWire: Wire = {
  basePath: '',
  match(path) {
    const { model, method } = operation.exec(path)?.groups ?? {};
    if (model === undefined || method === undefined) return undefined;
    const format = method.startsWith('converse') ? converseFormat : invokeFormat;
    return { model: decodeURIComponent(model), streaming: method.endsWith('stream'), format };
  },
  failure(failure) {
    const { exception, message } = facts(failure);
    return { headers: { 'x-amzn-errortype': exception, ...waitHeaders(failure) }, body: { message } };
  },
};

const failures: Readonly<Record<number, { exception: string; message: string }>> = {
  400: { exception: 'ValidationException', message: 'The provided request is not valid.' },
  401: { exception: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' },
  403: {
    exception: 'AccessDeniedException',
    message: "You don't have access to the model with the specified model ID.",
  },
  404: {
    exception: 'ResourceNotFoundException',
    message: 'Could not resolve the foundation model from the provided model identifier.',
  },
  429: { exception: 'ThrottlingException', message: 'Too many requests, please wait before trying again.' },
  500: {
    exception: 'InternalServerException',
    message: 'The system encountered an unexpected error during processing. Try your request again.',
  },
  503: {
    exception: 'ServiceUnavailableException',
    message: 'Bedrock is unable to process your request. Please try again.',
  },
  529: {
    exception: 'ModelNotReadyException',
    message: 'Model is not ready for inference. Wait and try your request again.',
  },
};

function facts(failure: Failure): { exception: string; message: string } {
  const known = byStatus(failures, failure.status);
  return { exception: failure.code ?? known.exception, message: failure.message ?? known.message };
}

/**
 * In a stream an exception is a message of its own, named like its class with a lower-case first letter. There is none
 * for a model that is not ready yet, so that becomes a lack of capacity.
 */
function exceptionFrame(failure: Failure): Frame {
  const { exception, message } = facts(failure.status > 503 ? { ...failure, status: 503 } : failure);
  const type = exception.charAt(0).toLowerCase() + exception.slice(1);
  return frame({ ':message-type': 'exception', ':exception-type': type }, { message });
}

function eventFrame(type: string, payload: object): Frame {
  return frame({ ':message-type': 'event', ':event-type': type }, payload);
}

function frame(headers: Readonly<Record<string, string>>, payload: object | string): Frame {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return eventStreamMessage({ ...headers, ':content-type': 'application/json' }, body);
}

const CONTENT_TYPE = 'application/vnd.amazon.eventstream';

const converseFormat: Format = {
  contentType: CONTENT_TYPE,
  whole: (_model, content) => ({
    output: { message: { role: 'assistant', content: [{ text: content }] } },
    stopReason: 'end_turn',
    usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
    metrics: { latencyMs: 1 },
  }),
  stream: (_model, pieces) => ({
    opening: [eventFrame('messageStart', { role: 'assistant' })],
    content: pieces.map((text) => eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text } })),
    ending: [
      eventFrame('contentBlockStop', { contentBlockIndex: 0 }),
      eventFrame('messageStop', { stopReason: 'end_turn' }),
      eventFrame('metadata', {
        usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
        metrics: { latencyMs: 1 },
      }),
    ],
  }),
  streamFailure: (failure) => [exceptionFrame(failure)],
  brokenFrame: () => frame({ ':message-type': 'event', ':event-type': 'contentBlockDelta' }, '{"contentBlockInd'),
};

/** `invoke` passes the model's own format through; here a plain completion. */
const invokeFormat: Format = {
  ...converseFormat,
  whole: (_model, completion) => ({ completion, stop_reason: 'stop' }),
  stream: (_model, pieces) => ({
    opening: [],
    content: pieces.map((completion) => chunk({ completion })),
    ending: [chunk({ completion: '', stop_reason: 'stop' })],
  }),
  brokenFrame: () => frame({ ':message-type': 'event', ':event-type': 'chunk' }, '{"byt'),
};

function chunk(value: object): Frame {
  return eventFrame('chunk', { bytes: Buffer.from(JSON.stringify(value)).toString('base64') });
}
