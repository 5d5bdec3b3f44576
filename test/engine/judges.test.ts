import { describe, expect, test } from 'vitest';
import { judges } from '../../src/index.js';

const chat = (message: object, finish_reason = 'stop') => ({ id: 'c', choices: [{ message, finish_reason }] });
const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'c',
  choices: [{ delta, finish_reason }],
});
const response = (output: object[], rest: object = {}) => ({
  object: 'response',
  status: 'completed',
  output,
  ...rest,
});
const said = (...content: object[]) => [{ type: 'message', content }];
const anthropic = (content: object[], stop_reason = 'end_turn') => ({ type: 'message', content, stop_reason });
const gemini = (parts: object[] | undefined, finishReason = 'STOP') => ({
  candidates: [{ finishReason, ...(parts && { content: { parts } }) }],
  usageMetadata: {},
});
const generated = (content: object[], finishReason: unknown = 'stop') => ({ content, finishReason, usage: {} });
const text = { type: 'text', text: 'Bern' };

const end = { end: true, hadContent: false };
const amid = { end: false, hadContent: false };

describe('judges.refusal', () => {
  test.each<[string, unknown]>([
    ['OpenAI chat: a refusal', chat({ content: null, refusal: 'I can’t.' })],
    ['OpenAI chat: a filter', chat({ content: '' }, 'content_filter')],
    ['OpenAI chat: a chunk of a refusal', chunk({ refusal: 'I' })],
    ['OpenAI chat: the end of a filtered stream', chunk({}, 'content_filter')],
    ['OpenAI responses', response(said({ type: 'refusal', refusal: 'I can’t.' }))],
    ['OpenAI responses: a filter', response([], { incomplete_details: { reason: 'content_filter' } })],
    ['OpenAI responses: an event', { type: 'response.refusal.delta', delta: 'I', item_id: 'i' }],
    ['OpenAI responses: the start of a part', { type: 'response.content_part.added', part: { type: 'refusal' } }],
    ['Anthropic', anthropic([], 'refusal')],
    ['Anthropic, with half an answer', anthropic([text], 'refusal')],
    ['Anthropic: an event', { type: 'message_delta', delta: { stop_reason: 'refusal' } }],
    ['Gemini: SAFETY', gemini(undefined, 'SAFETY')],
    ['Gemini: another filter', gemini([], 'PROHIBITED_CONTENT')],
    ['Gemini: a blocked prompt', { promptFeedback: { blockReason: 'SAFETY' } }],
    ['AI SDK 5', generated([], 'content-filter')],
    ['AI SDK 6 and 7', generated([], { unified: 'content-filter', raw: 'refusal' })],
    ['generateText', { steps: [generated([], 'content-filter')] }],
    ['AI SDK: a part', { type: 'finish', usage: {}, finishReason: 'content-filter' }],
  ])('%s', (_, answer) => {
    expect(judges.refusal(answer, end)).toBe('content_policy');
    expect(judges.all(answer, end)).toBe('content_policy');
    expect(judges.all(answer, amid)).toBe('content_policy');
    // A refusal is no empty answer.
    expect(judges.empty(answer, end)).toBeUndefined();
  });
});

describe('judges.empty', () => {
  test.each<[string, unknown]>([
    ['an empty text', ''],
    ['OpenAI chat', chat({ content: '' })],
    ['OpenAI chat, reasoning alone', chat({ content: null, reasoning_content: 'hm' })],
    ['OpenAI chat, no choice', { object: 'chat.completion', choices: [] }],
    ['completions', { choices: [{ text: '', finish_reason: 'stop' }] }],
    ['OpenAI responses', response([{ type: 'reasoning', summary: [] }])],
    ['OpenAI responses, an empty message', response(said({ type: 'output_text', text: '' }))],
    ['Anthropic', anthropic([])],
    ['Anthropic, thinking alone', anthropic([{ type: 'thinking', thinking: 'hm' }])],
    ['Gemini', gemini(undefined)],
    ['Gemini, thoughts alone', gemini([{ text: 'hm', thought: true }])],
    ['an AI SDK model', generated([{ type: 'reasoning', text: 'hm' }])],
    ['generateText', { steps: [generated([text]), generated([])] }],
  ])('%s', (_, answer) => {
    expect(judges.empty(answer, end)).toBe('server_error');
    expect(judges.all(answer)).toBe('server_error');
    expect(judges.empty(answer, { end: true, hadContent: true })).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['OpenAI chat', chunk({}, 'stop')],
    ['OpenAI responses', { type: 'response.completed', response: response([]) }],
    ['Anthropic', { type: 'message_delta', delta: { stop_reason: 'end_turn' } }],
    ['AI SDK', { type: 'finish', usage: {}, finishReason: { unified: 'stop', raw: 'stop' } }],
  ])('the end of a stream without content: %s', (_, last) => {
    expect(judges.empty(last, end)).toBe('server_error');
    expect(judges.empty(last, amid)).toBeUndefined();
  });
});

describe('judges.failed', () => {
  test('the kind of the error inside, else server_error', () => {
    const error = { code: 'insufficient_quota', message: 'You exceeded your current quota.' };
    expect(judges.failed(response([], { status: 'failed', error }))).toMatchObject({ kind: 'quota' });
    expect(judges.failed(gemini([], 'MALFORMED_FUNCTION_CALL'))).toMatchObject({ kind: 'server_error' });
    expect(judges.all(generated([], 'error'))).toMatchObject({ kind: 'server_error' });
    expect(judges.failed(chat({ content: 'Bern' }))).toBeUndefined();
  });
});

describe('an answer', () => {
  test.each<[string, unknown]>([
    ['OpenAI chat', chat({ content: 'Bern', refusal: null })],
    ['a call of a tool, OpenAI chat', chat({ content: null, tool_calls: [{ id: 't' }] }, 'tool_calls')],
    ['OpenAI responses', response(said({ type: 'output_text', text: 'Bern' }))],
    ['a call of a tool, OpenAI responses', response([{ type: 'function_call', call_id: 'c' }])],
    ['a response at work in the background', response([], { status: 'queued' })],
    ['Anthropic', anthropic([{ type: 'thinking', thinking: 'hm' }, text])],
    ['a call of a tool, Anthropic', anthropic([{ type: 'tool_use', id: 't' }], 'tool_use')],
    ['Gemini', gemini([{ text: 'Bern' }])],
    ['a call of a tool, Gemini', gemini([{ functionCall: { name: 'f' } }])],
    ['an AI SDK model', generated([text])],
    ['a call of a tool, AI SDK', generated([{ type: 'tool-call', toolCallId: 't' }], 'tool-calls')],
    ['generateText', { steps: [generated([]), generated([text])] }],
    ['a text', 'Bern'],
    ['nothing', undefined],
    ['null', null],
    ['a number', 0],
    ['an object of a host', { error: null, rows: [1] }],
    ['another one', { choices: ['a', 'b'] }],
    ['and another', { steps: ['a'], candidates: ['b'], type: 'message' }],
    [
      'an object whose fields throw',
      Object.defineProperty({}, 'choices', { get: () => expect.fail(), enumerable: true }),
    ],
  ])('%s stays one', (_, answer) => {
    expect(judges.all(answer, end)).toBeUndefined();
    expect(judges.all(answer, amid)).toBeUndefined();
  });
});
