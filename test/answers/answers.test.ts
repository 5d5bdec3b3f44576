import { describe, expect, it } from 'vitest';
import { aiSdk, aiSdkMarks } from '../../src/core/answers/ai-sdk.js';
import type { AnswerFormat } from '../../src/core/answers/answer-format.js';
import { anthropic, anthropicMarks } from '../../src/core/answers/anthropic.js';
import { failureOfAnswer, formatOf, formatOfMark, formatOfValue } from '../../src/core/answers/formats.js';
import { gemini, geminiMarks } from '../../src/core/answers/gemini.js';
import { judges } from '../../src/core/answers/judges.js';
import { openaiChat, openaiChatMarks } from '../../src/core/answers/openai-chat.js';
import { openaiResponses, openaiResponsesMarks } from '../../src/core/answers/openai-responses.js';

const formats = { openaiChat, openaiResponses, anthropic, gemini, aiSdk };
type Name = keyof typeof formats;

function nameOf(format: AnswerFormat | 'undecided' | undefined): string | undefined {
  if (format === undefined || format === 'undecided') return format;
  return Object.entries(formats).find(([, each]) => each === format)?.[0] ?? 'a failure';
}

const error = { type: 'x', message: 'broken' };
/** What MiniMax answers, with status 200. */
const dry = { status_code: 1008, status_msg: 'insufficient balance' };

describe('the format of a stream, by its first chunk', () => {
  it.each<[string | undefined, object[]]>([
    [
      'openaiChat',
      [
        { choices: [], id: 'c' },
        { choices: [], object: 'chat.completion.chunk' },
        { choices: [], usage: {} },
        { choices: [{ delta: {} }] },
        { choices: [{ finish_reason: null }] },
        { choices: [{ text: '' }] },
        { choices: null, base_resp: { status_code: 1008 } },
      ],
    ],
    ['openaiResponses', [{ type: 'response.created' }]],
    [
      'anthropic',
      [
        'message_start',
        'content_block_start',
        'content_block_delta',
        'content_block_stop',
        'message_delta',
        'message_stop',
      ].map((type) => ({ type })),
    ],
    ['gemini', [{ candidates: [] }, { promptFeedback: {} }, { usageMetadata: {} }]],
    [
      'aiSdk',
      [
        { type: 'stream-start', warnings: [] },
        { type: 'start-step' },
        { type: 'response-metadata' },
        { type: 'text-start', id: '0' },
        { type: 'reasoning-start', id: '0' },
        { type: 'text-delta', id: '0', delta: 'x' },
        { type: 'text-delta', id: '0', text: 'x' },
        { type: 'reasoning-delta', id: '0', delta: 'x' },
        { type: 'tool-input-start', id: '0' },
        { type: 'tool-input-start', toolCallId: '0' },
        { type: 'tool-call', toolCallId: '0' },
        { type: 'finish', finishReason: 'stop', usage: {} },
        { type: 'finish', finishReason: 'stop', totalUsage: {} },
      ],
    ],
    ['undecided', [{ type: 'start' }, { type: 'ping' }]],
    [
      'a failure',
      [
        { type: 'error', error },
        { type: 'error', error: 'broken' },
        { type: 'error', errorText: 'broken' },
        { type: 'error', message: 'broken' },
        { object: 'error', message: 'broken' },
        { error: { message: 'broken', code: 1 } },
        { error: { message: 'broken', type: 'x' } },
        { error: { message: 'broken', status: 'x' } },
        ...['type', 'object', 'id', 'created', 'model', 'provider', 'request_id', 'requestId', 'user_id'].map(
          (beside) => ({ error, [beside]: 'x' }),
        ),
      ],
    ],
    [
      undefined,
      [
        { choices: [] },
        { choices: ['yes'] },
        { choices: [{ text: 7 }] },
        { choices: [{ delta: 'x' }] },
        { choices: 'x', id: 'c' },
        { type: 'response.created', event_id: 'e' },
        { type: 'responses' },
        { candidates: 'x' },
        { promptFeedback: 'x' },
        { usageMetadata: 1 },
        { type: 'stream-start' },
        { type: 'start-step', payload: {} },
        { type: 'start', payload: {} },
        { type: 'text-start' },
        { type: 'reasoning-start' },
        { type: 'text-delta', id: '0' },
        { type: 'text-delta', delta: 'x' },
        { type: 'reasoning-delta', delta: 'x' },
        { type: 'tool-input-start' },
        { type: 'tool-call' },
        { type: 'finish', finishReason: 'stop' },
        { type: 'finish', usage: {} },
        { type: 'error' },
        { type: 'error', error: null },
        { type: 'error', error: undefined, message: '' },
        { type: 'error', errorText: '' },
        { object: 'error' },
        { message: 'broken' },
        { error: 'broken' },
        { error: { message: '', code: 1 } },
        { error: { message: 'broken' } },
        { error: Object.assign(new Error('broken'), { code: 1 }) },
        { error, rows: [] },
        {},
      ],
    ],
  ])('%s', (name, chunks) => {
    expect(chunks.map((chunk) => nameOf(formatOf(chunk as Record<string, unknown>)))).toEqual(chunks.map(() => name));
  });

  it('a stream that begins with its failure has content, no end, and no other word', () => {
    const chunk = { type: 'error', errorText: 'broken' };
    const format = formatOf(chunk) as AnswerFormat;
    expect(format.isChunk(chunk)).toBe(true);
    expect(format.isChunk({})).toBe(false);
    expect([format.marks.isContent({}), format.marks.isComplete({})]).toEqual([true, false]);
    expect(format.failureOfChunk(chunk, false)).toEqual({ inside: 'broken', reason: 'an error' });
    expect([format.isRefusal(chunk), format.holdsAnswer(chunk), format.isFinish(chunk)]).toEqual([false, true, false]);
    expect(format.failureOfAnswer(chunk)).toBeUndefined();
    expect(format.answerFields).toEqual([]);
  });

  it.each<[object, unknown]>([
    [{ type: 'error', error }, error],
    [
      { type: 'error', message: 'broken' },
      { type: 'error', message: 'broken' },
    ],
    [
      { object: 'error', message: 'broken' },
      { object: 'error', message: 'broken' },
    ],
    [{ error }, error],
  ])('the failure in %o', (chunk, inside) => {
    const format = formatOf(chunk as Record<string, unknown>) as AnswerFormat;
    expect(format.failureOfChunk(chunk as Record<string, unknown>, false)).toEqual({ inside, reason: 'an error' });
  });

  it('is named by its marks, too', () => {
    for (const format of Object.values(formats)) {
      expect(formatOfMark(format.marks.isContent)).toBe(format);
      expect(formatOfMark(format.marks.isComplete)).toBe(format);
    }
    expect(formatOfMark(undefined)).toBeUndefined();
    expect(formatOfMark(() => true)).toBeUndefined();
  });
});

describe('a chunk', () => {
  const marks = { openaiChatMarks, openaiResponsesMarks, anthropicMarks, geminiMarks, aiSdkMarks };
  const choice = (fields: object) => ({ choices: [fields] });
  const candidate = (...parts: object[]) => ({ candidates: [{ content: { parts } }] });

  it.each<[keyof typeof marks, unknown[], unknown[]]>([
    [
      'openaiChatMarks',
      [
        choice({ delta: { content: 'x' } }),
        choice({ delta: { tool_calls: [{}] } }),
        choice({ delta: { function_call: { name: 'f' } } }),
        choice({ delta: { reasoning: 'x' } }),
        choice({ text: 'x' }),
        { choices: [{ delta: {} }, { delta: { content: 'x' } }] },
      ],
      [
        choice({ delta: { role: 'assistant' } }),
        choice({ delta: { content: '', tool_calls: [], function_call: {}, audio: null } }),
        choice({ text: '' }),
        choice({ text: 7 }),
        { choices: [] },
        { choices: 'x' },
        'x',
        null,
      ],
    ],
    [
      'openaiResponsesMarks',
      [
        { type: 'response.output_text.delta', delta: 'x' },
        { type: 'response.output_text.done', text: 'x' },
        { type: 'response.refusal.done', refusal: 'x' },
        { type: 'response.function_call_arguments.done', arguments: '{}' },
        { type: 'response.image_generation_call.partial_image', partial_image_b64: 'x' },
        { type: 'response.x.delta', delta: {} },
      ],
      [
        { type: 'response.output_text.delta', delta: '' },
        { type: 'response.output_text.done' },
        { type: 'response.output_item.added', delta: 'x' },
        { type: 'x.delta', delta: 'x' },
        { type: 'responses.delta', delta: 'x' },
        { delta: 'x' },
      ],
    ],
    [
      'anthropicMarks',
      [
        { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x' } },
        { type: 'content_block_start', content_block: { type: 'tool_use' } },
      ],
      [
        { type: 'content_block_delta', delta: { type: 'text_delta', text: '' } },
        { type: 'content_block_start', content_block: { type: 'text' } },
        { type: 'content_block_start', content_block: { type: 'thinking' } },
        { type: 'content_block_start', content_block: {} },
        { type: 'message_start', content_block: { type: 'tool_use' } },
        { type: 'message_start', delta: { text: 'x' } },
      ],
    ],
    [
      'geminiMarks',
      [candidate({ text: 'x' }), candidate({}, { functionCall: { name: 'f' } })],
      [candidate({ text: '' }), candidate({ thoughtSignature: 'x' }), candidate(), { candidates: [7] }, {}],
    ],
    [
      'aiSdkMarks',
      [
        { type: 'text-delta', delta: 'x' },
        { type: 'text-delta', text: 'x' },
        { type: 'reasoning-delta', delta: 'x' },
        { type: 'tool-input-delta', inputTextDelta: 'x' },
        { type: 'tool-call' },
        { type: 'what comes later' },
      ],
      [
        ...['text-delta', 'reasoning-delta', 'tool-input-delta'].map((type) => ({ type, delta: '' })),
        // biome-ignore format: a list of words
        ...[
          'stream-start', 'start', 'start-step', 'response-metadata', 'message-metadata', 'text-start', 'text-end',
          'reasoning-start', 'reasoning-end', 'tool-input-start', 'tool-input-end', 'finish-step', 'finish', 'abort',
          'ping', 'raw', 'custom', 'error',
        ].map((type) => ({ type })),
        { type: '' },
        { type: 7 },
        {},
      ],
    ],
  ])('%s: is content or none', (name, contents, others) => {
    expect(contents.filter((chunk) => !marks[name].isContent(chunk))).toEqual([]);
    expect(others.filter((chunk) => marks[name].isContent(chunk))).toEqual([]);
  });

  it.each<[keyof typeof marks, unknown[], unknown[]]>([
    [
      'openaiChatMarks',
      [choice({ finish_reason: 'stop' }), { choices: [{}, { finish_reason: 'length' }] }],
      [
        choice({ finish_reason: null }),
        choice({ finish_reason: '' }),
        ...['error', 'insufficient_system_resource', 'network_error'].map((reason) =>
          choice({ finish_reason: reason }),
        ),
        {},
      ],
    ],
    [
      'openaiResponsesMarks',
      [{ type: 'response.completed' }, { type: 'response.incomplete' }],
      [{ type: 'response.failed' }, { type: 'response.created' }, {}],
    ],
    ['anthropicMarks', [{ type: 'message_stop' }], [{ type: 'message_delta' }, {}]],
    [
      'geminiMarks',
      [
        { candidates: [{ finishReason: 'STOP' }] },
        { candidates: [{}, { finishReason: 'STOP' }] },
        { promptFeedback: { blockReason: 'SAFETY' } },
      ],
      [{ candidates: [{}] }, { promptFeedback: {} }, {}],
    ],
    [
      'aiSdkMarks',
      [
        { type: 'finish' },
        { type: 'finish', finishReason: 'stop' },
        { type: 'finish', finishReason: { unified: 'other', raw: 'x' } },
        { type: 'finish', finishReason: 'other', rawFinishReason: 'x' },
        { type: 'finish', finishReason: 'other' },
        { type: 'finish', finishReason: 'unknown', rawFinishReason: undefined },
      ],
      [
        { type: 'finish-step' },
        { type: 'finish', finishReason: { unified: 'interrupted', raw: 'x' } },
        { type: 'finish', finishReason: { unified: 'other', raw: undefined } },
        { type: 'finish', finishReason: 'other', rawFinishReason: undefined },
        {},
      ],
    ],
  ])('%s: is a good end or none', (name, ends, others) => {
    expect(ends.filter((chunk) => !marks[name].isComplete(chunk))).toEqual([]);
    expect(others.filter((chunk) => marks[name].isComplete(chunk))).toEqual([]);
  });

  it.each<[Name, object[], object[]]>([
    ['openaiChat', [choice({ finish_reason: 'stop' }), { choices: [{}, { finish_reason: 'stop' }] }], [choice({}), {}]],
    [
      'openaiResponses',
      [{ response: { status: 'completed' } }],
      [{ response: { status: 'in_progress' } }, { response: 'x' }, { status: 'completed' }],
    ],
    ['anthropic', [{ delta: { stop_reason: 'end_turn' } }], [{ delta: { stop_reason: null } }, {}]],
    ['gemini', [{ candidates: [{ finishReason: 'STOP' }] }], [{ candidates: [{}] }]],
    ['aiSdk', [{ type: 'finish' }], [{ type: 'finish-step' }, {}]],
  ])('%s: says why the answer ended, or does not', (name, finishes, others) => {
    const { isFinish } = formats[name];
    expect(finishes.filter((chunk) => !isFinish(chunk as Record<string, unknown>))).toEqual([]);
    expect(others.filter((chunk) => isFinish(chunk as Record<string, unknown>))).toEqual([]);
  });

  it.each<[Name, object, boolean, object | undefined]>([
    ['openaiChat', { error }, true, { inside: error, reason: 'an error' }],
    ['openaiChat', { error: 'x' }, false, undefined],
    [
      'openaiChat',
      { object: 'error', message: 'x' },
      true,
      { inside: { object: 'error', message: 'x' }, reason: 'an error' },
    ],
    ['openaiChat', choice({ error, finish_reason: 'error' }), true, { inside: error, reason: 'an error' }],
    ['openaiChat', choice({ finish_reason: 'error' }), true, { inside: undefined, reason: 'finish reason error' }],
    [
      'openaiChat',
      { choices: [{ finish_reason: 'stop' }, { finish_reason: 'network_error' }] },
      true,
      { inside: { code: 'network_error' }, reason: 'finish reason network_error' },
    ],
    ['openaiChat', choice({ finish_reason: 7 }), false, undefined],
    ['openaiChat', { choices: [], base_resp: dry }, true, { inside: dry, reason: 'an error' }],
    ['openaiChat', { ...choice({ delta: {} }), base_resp: { status_code: 0, status_msg: '' } }, true, undefined],
    [
      'openaiResponses',
      { type: 'response.failed', response: { error } },
      true,
      { inside: error, reason: 'status failed' },
    ],
    ['openaiResponses', { type: 'response.failed' }, true, { inside: undefined, reason: 'status failed' }],
    ['openaiResponses', { type: 'error', error }, true, { inside: error, reason: 'error' }],
    ['openaiResponses', { type: 'error', code: 'x' }, true, { inside: { type: 'error', code: 'x' }, reason: 'error' }],
    ['openaiResponses', { type: 'response.completed', error }, true, undefined],
    ['anthropic', { type: 'error', error }, true, { inside: error, reason: 'an error' }],
    ['anthropic', { type: 'error', error: 'x' }, false, undefined],
    ['anthropic', { type: 'message_stop', error }, false, undefined],
    ['gemini', { error }, true, { inside: error, reason: 'an error' }],
    ...['MALFORMED_FUNCTION_CALL', 'MALFORMED_RESPONSE', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'OTHER'].map(
      (finishReason): [Name, object, boolean, object] => [
        'gemini',
        { candidates: [{}, { finishReason }] },
        false,
        { inside: undefined, reason: `finish reason ${finishReason} without content` },
      ],
    ),
    ['gemini', { candidates: [{ finishReason: 'OTHER' }] }, true, undefined],
    ['gemini', { candidates: [{ finishReason: 'STOP' }] }, false, undefined],
    ['aiSdk', { type: 'error', error }, true, { inside: error, reason: 'an error part' }],
    ['aiSdk', { type: 'error', errorText: 'x' }, true, { inside: 'x', reason: 'an error part' }],
    ...['error', 'other', 'unknown'].map((finishReason): [Name, object, boolean, object] => [
      'aiSdk',
      { type: 'finish', finishReason },
      false,
      { inside: undefined, reason: `finish reason ${finishReason} without content` },
    ]),
    [
      'aiSdk',
      { type: 'finish', finishReason: { unified: 'error', raw: 'overloaded' } },
      false,
      { inside: undefined, reason: 'finish reason error (overloaded) without content' },
    ],
    ['aiSdk', { type: 'finish', finishReason: 'error' }, true, undefined],
    ['aiSdk', { type: 'finish', finishReason: 'stop' }, false, undefined],
    ['aiSdk', { type: 'finish-step', finishReason: 'error' }, false, undefined],
    ['aiSdk', { type: 'finish', finishReason: { unified: 'other', raw: undefined } }, false, undefined],
  ])('%s: reports a failure or none: %o, content before: %s', (name, chunk, hadContent, failure) => {
    expect(formats[name].failureOfChunk(chunk as Record<string, unknown>, hadContent)).toEqual(failure);
  });
});

describe('a whole answer', () => {
  it('of the AI SDK without a list of content reports nothing', () => {
    expect(aiSdk.failureOfAnswer({ finishReason: 'error' })).toBeUndefined();
  });

  const goodChat = { choices: [{ finish_reason: 'stop', message: { content: 'x' } }] };
  const chatError = { choices: [{ finish_reason: 'error', error }] };

  it.each<[string, object, object | undefined]>([
    ['openaiChat', chatError, { inside: error, reason: 'an error' }],
    ['openaiChat', { choices: 'x', error }, undefined],
    ['MiniMax', { choices: null, base_resp: dry }, { inside: dry, reason: 'an error' }],
    ['MiniMax, nothing but that', { base_resp: dry }, { inside: dry, reason: 'an error' }],
    ['MiniMax, a good one', { ...goodChat, base_resp: { status_code: 0, status_msg: '' } }, undefined],
    ['MiniMax, a good one of another service', { data: {}, base_resp: { status_code: 0 } }, undefined],
    ['MiniMax, nothing said', { base_resp: null }, undefined],
    ['openaiResponses', { object: 'response', status: 'failed', error }, { inside: error, reason: 'status failed' }],
    ['openaiResponses, a good one', { object: 'response', status: 'completed' }, undefined],
    ['another with a status', { object: 'job', status: 'failed', error }, undefined],
    ['anthropic', { type: 'error', error }, { inside: error, reason: 'an error' }],
    [
      'anthropic, with a field of a gateway',
      { type: 'error', error, note: 'x' },
      { inside: error, reason: 'an error' },
    ],
    ['anthropic, without a message', { type: 'error', error: { type: 'x' } }, undefined],
    ['anthropic, without a type', { type: 'error', error: { message: 'x' } }, undefined],
    [
      'an error and nothing else',
      { error: { message: 'x', code: 1 } },
      { inside: { message: 'x', code: 1 }, reason: 'an error' },
    ],
    ['an error of a tool', { type: 'tool', error, rows: [] }, undefined],
    ['an error beside rows', { rows: [], error }, undefined],
    [
      'gemini',
      { candidates: [{ finishReason: 'OTHER' }] },
      { inside: undefined, reason: 'finish reason OTHER without content' },
    ],
    [
      'gemini with content',
      { candidates: [{ finishReason: 'OTHER', content: { parts: [{ text: 'x' }] } }] },
      undefined,
    ],
    ['others with candidates', { candidates: 'x', error }, undefined],
    [
      'aiSdk',
      { content: [], finishReason: 'error' },
      { inside: undefined, reason: 'finish reason error without content' },
    ],
    ['aiSdk with content', { content: [{ type: 'text', text: 'x' }], finishReason: 'error' }, undefined],
    ['aiSdk without a reason', { content: [], finishReason: undefined }, undefined],
    ['aiSdk without content', { finishReason: 'error' }, undefined],
    [
      'steps',
      { steps: [{ content: [], finishReason: 'error' }] },
      { inside: undefined, reason: 'finish reason error without content' },
    ],
    ['an inherited error', Object.create({ error: { message: 'x', code: 1 } }) as object, undefined],
    ['a hostile one', new Proxy({ error }, { get: () => expect.fail() }), undefined],
    ['nothing', {}, undefined],
  ])('%s: reports a failure or none', (_, answer, failure) => {
    expect(failureOfAnswer(answer)).toEqual(failure);
  });

  it.each<[Name | undefined, object]>([
    ['openaiChat', { choices: [] }],
    ['gemini', { candidates: [] }],
    ['gemini', { promptFeedback: {} }],
    ['gemini', { usageMetadata: {} }],
    ['aiSdk', { finishReason: 'stop' }],
    ['aiSdk', { steps: [] }],
    ['openaiResponses', { object: 'response', status: 'completed' }],
    ['openaiResponses', { type: 'response.completed', response: {} }],
    ['anthropic', { type: 'message', stop_reason: 'end_turn' }],
    ['anthropic', { type: 'message_delta' }],
    [undefined, { status: 'completed' }],
    [undefined, { type: 'message' }],
    [undefined, { type: 'note', stop_reason: 'x' }],
    [undefined, { stop_reason: 'x' }],
    [undefined, { error }],
    [undefined, Object.create({ choices: [] }) as object],
    [undefined, {}],
  ])('%s is the format of %o', (name, value) => {
    expect(nameOf(formatOfValue(value as Record<string, unknown>))).toBe(name);
  });

  const chat = (message: object, finish_reason = 'stop') => ({ choices: [{ message, finish_reason }] });
  const response = (...output: object[]) => ({ object: 'response', status: 'completed', output });
  const end = { end: true, hadContent: false };

  it.each<[string, object]>([
    ['role', chat({ role: 'assistant' })],
    ...['reasoning', 'reasoning_content', 'reasoning_details', 'thinking', 'annotations'].map(
      (name): [string, object] => [name, chat({ [name]: 'x' })],
    ),
    ['a choice that has only ended', { choices: [{ finish_reason: 'stop' }] }],
    ['an empty message', response({ type: 'message', content: [{ type: 'output_text', text: '' }] })],
    ['redacted thinking', { type: 'message', stop_reason: 'end_turn', content: [{ type: 'redacted_thinking' }] }],
    ['an empty block', { type: 'message', stop_reason: 'end_turn', content: [{ type: 'text', text: '' }] }],
    ['sources', { finishReason: 'stop', content: [{ type: 'source' }, { type: 'text', text: '' }] }],
    ['a signature', { candidates: [{ content: { parts: [{ thoughtSignature: 'x' }] } }] }],
  ])('is empty: %s', (_, answer) => {
    expect(judges.empty(answer, end)).toBe('server_error');
  });

  it.each<[string, object]>([
    ['a text', { choices: [{ text: 'x', finish_reason: 'stop' }] }],
    ['a message in the making', { choices: [{}] }],
    ['the second of two choices', { choices: [{ message: {} }, { message: { content: 'x' } }] }],
    ['one at work', { object: 'response', status: 'in_progress', output: [] }],
    ['a refusal beside an empty text', response({ type: 'message', content: [{ text: '' }, { refusal: 'x' }] })],
    ['a file', { finishReason: 'stop', content: [{ type: 'file' }] }],
    ['speech of MiniMax', { data: { audio: 'x' }, base_resp: { status_code: 0 } }],
    ['an item of the AI SDK', { type: 'text-delta', id: '0', delta: 'x' }],
    ['a chunk that ends', { id: 'c', choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }] }],
    ['a text without a list of content', { finishReason: 'stop', text: 'x' }],
    ['a candidate of a host beside an empty one', { candidates: [{}, 'x'] }],
    ['a candidate of a host', { candidates: ['x'] }],
    [
      'an image',
      { candidates: [{ content: { parts: [{ thought: true, text: 'x' }, { inlineData: { data: 'x' } }] } }] },
    ],
  ])('is not empty: %s', (_, answer) => {
    expect(judges.empty(answer, end)).toBeUndefined();
  });

  // biome-ignore format: a list of words
  it.each([
    'SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT',
    'IMAGE_RECITATION',
  ])('of Gemini that ended with %s was blocked', (finishReason) => {
    expect(judges.refusal({ candidates: [{}, { finishReason }] })).toBe('content_policy');
  });

  it.each<[boolean, object]>([
    [true, { choices: [{}, { finish_reason: 'sensitive' }] }],
    [false, { choices: [{ finish_reason: 'stop' }] }],
    [true, response({ content: [{ type: 'text' }, { type: 'refusal' }] }, { type: 'reasoning' })],
    [true, { type: 'response.incomplete', response: { incomplete_details: { reason: 'content_filter' } } }],
    [false, { type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' } } }],
    [true, { type: 'response.refusal.done' }],
    [false, { type: 'response.output_text.done' }],
    [false, { promptFeedback: { blockReason: 'BLOCK_REASON_UNSPECIFIED' } }],
    [false, { promptFeedback: { blockReason: 'BLOCKED_REASON_UNSPECIFIED' } }],
    [false, { promptFeedback: { blockReason: '' } }],
    [false, { candidates: [{ finishReason: 'STOP' }] }],
  ])('is a refusal: %s, %o', (is, answer) => {
    expect(judges.refusal(answer)).toBe(is ? 'content_policy' : undefined);
  });

  it.each<[object, object | undefined]>([
    [
      { candidates: [{ finishReason: 'OTHER' }] },
      { kind: 'server_error', message: 'finish reason OTHER without content' },
    ],
    [{ choices: [{ error: { message: '', code: 'x' } }] }, { kind: 'server_error', message: 'an error' }],
    [
      { error: { message: 'Rate limit reached, try again in 5s', code: 'x' } },
      { kind: 'rate_limit', message: 'Rate limit reached, try again in 5s', retryAfterMs: 5000 },
    ],
    [
      { choices: null, base_resp: dry },
      { kind: 'quota', message: 'insufficient balance' },
    ],
    [{ choices: [] }, undefined],
  ])('that failed is judged by what is in it: %o', (answer, verdict) => {
    expect(judges.failed(answer)).toStrictEqual(verdict);
    expect(judges.failed(answer, { end: false, hadContent: false })).toBeUndefined();
    expect(judges.failed('x')).toBeUndefined();
  });
});
