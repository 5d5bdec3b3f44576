import { httpError, type Reply } from '../../examples/support/loopback-provider.js';

/** A stream of server-sent events with exactly these data; events that have a type are named for it. */
export function eventStream(events: readonly object[], { done = false } = {}): Reply {
  const frames = events.map((data) => {
    const name = 'type' in data ? `event: ${String(data.type)}\n` : '';
    return `${name}data: ${JSON.stringify(data)}\n\n`;
  });
  return httpError(200, {
    headers: { 'content-type': 'text/event-stream' },
    body: `${frames.join('')}${done ? 'data: [DONE]\n\n' : ''}`,
  });
}

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [],
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
};
const chat = { id: 'c', created: 1, model: 'm', usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 } };
const chunk = (delta: object, finish_reason: string | null = null) => ({
  ...chat,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason }],
});
const completion = (answer: object, finish_reason: string) => ({
  ...chat,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', ...answer }, finish_reason }],
});
const blocked = {
  candidates: [{ index: 0, finishReason: 'SAFETY' }],
  usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
  modelVersion: 'm',
};
const item = {
  id: 'i',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'refusal', refusal: 'I can’t help with that.' }],
};
const response = {
  id: 'r',
  object: 'response',
  created_at: 1,
  model: 'm',
  status: 'completed',
  error: null,
  incomplete_details: null,
  output: [item],
  usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
};
const part = { item_id: 'i', output_index: 0, content_index: 0 };

/** How providers refuse with status 200, whole and streamed. */
export const refusals = {
  anthropic: {
    whole: { ...message, stop_reason: 'refusal' },
    events: [
      { type: 'message_start', message: { ...message, stop_reason: null } },
      { type: 'message_delta', delta: { stop_reason: 'refusal', stop_sequence: null }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ],
  },
  openai: {
    whole: completion({ content: null, refusal: 'I can’t help with that.' }, 'stop'),
    events: [chunk({ role: 'assistant', content: '' }), chunk({ refusal: 'I can’t' }), chunk({}, 'stop')],
  },
  openaiFilter: {
    whole: completion({ content: '' }, 'content_filter'),
    events: [chunk({ role: 'assistant', content: '' }), chunk({}, 'content_filter')],
  },
  openaiResponses: {
    whole: response,
    events: [
      { type: 'response.created', sequence_number: 0, response: { ...response, status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: { ...item, content: [] } },
      { type: 'response.content_part.added', sequence_number: 2, ...part, part: { type: 'refusal', refusal: '' } },
      { type: 'response.refusal.delta', sequence_number: 3, ...part, delta: 'I can’t help with that.' },
      { type: 'response.completed', sequence_number: 4, response },
    ],
  },
  gemini: { whole: blocked, events: [blocked] },
  geminiPrompt: {
    whole: { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, modelVersion: 'm' },
    events: [{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, modelVersion: 'm' }],
  },
} as const;
