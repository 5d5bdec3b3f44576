import { describe, expect, it } from 'vitest';
import { classifyError } from '../../src/core/classify/classify-error.js';

describe('who passes on what another said has no say of its own', () => {
  it.each([
    ['overloaded', 'Failed after 3 attempts. Last error: Overloaded'],
    ['quota', 'Rate limited by the gateway. Upstream error: You exceeded your current quota'],
    ['auth', 'RateLimitError: too many retries. Underlying cause: invalid API key'],
    ['rate_limit', 'litellm.APIConnectionError: OpenAIException - Rate limit reached for gpt-5.2'],
    ['overloaded', 'litellm.InternalServerError: AnthropicException - Overloaded'],
    ['model_unavailable', 'stream disconnected before completion: The model gpt-9 does not exist'],
    ['quota', '429 "Your team has used all available credits"'],
  ])('%s: %s', (kind, text) => {
    expect(classifyError(text).kind).toBe(kind);
    expect(classifyError(new Error(text)).kind).toBe(kind);
  });

  it('but a sentence with an object behind it speaks for itself', () => {
    expect(classifyError(new Error('Rate limit exceeded {"type":"invalid_request_error"}')).kind).toBe('rate_limit');
    expect(classifyError(new Error('Last error: {"type":"invalid_request_error"}')).kind).toBe('invalid_request');
  });

  it('but the status in front of a quoted body is its own, as the OpenAI SDK prints what holds a string', () => {
    const error = (status: number, body: string) =>
      Object.assign(new Error(`${status} ${JSON.stringify(body)}`), { status, error: body });
    expect(classifyError(error(401, 'Invalid username or password.')).kind).toBe('auth');
    expect(classifyError(error(503, 'Unsupported state, bad request')).kind).toBe('server_error');
    // Where the text is all there is.
    expect(classifyError(new Error('503 "Unsupported state, bad request"')).kind).toBe('server_error');
  });

  it('nor has a gateway that gave the answer another status', () => {
    const inner = { status: 400, error: { message: 'Something about the request is off' } };
    const outer = { status: 503, message: 'Too many requests to the upstream', cause: inner };
    expect(classifyError(outer).kind).toBe('invalid_request');
  });

  it('but it is believed where nothing further inside says anything', () => {
    expect(classifyError('Rate limit exceeded. Last error: none').kind).toBe('rate_limit');
  });
});

describe('statuses and classes that stand only in a sentence', () => {
  it.each([
    ['auth', 'openai.AuthenticationError: Error code: 401'],
    ['rate_limit', 'HTTP 429'],
    ['overloaded', '(529) Overloaded'],
    ['permission', 'POST /v1/messages returned 403: no'],
    ['quota', "Error code: 402 - {'error': {'message': 'none left', 'type': 'x'}}"],
    ['rate_limit', 'rpc error: code = ResourceExhausted desc = slow'],
    ['server_error', 'rpc error: code = Unavailable desc = x'],
    ['rate_limit', 'map[error:map[code:429 message:slow status:RESOURCE_EXHAUSTED]]'],
    ['rate_limit', "{ status: 429, error: { message: 'slow', type: 'x' } }"],
  ])('%s: %s', (kind, text) => {
    expect(classifyError(text).kind).toBe(kind);
  });

  it.each([
    'The list holds 429 items',
    'took 503 ms',
    'answered after 500 tokens',
    'line 401, column 404',
    'v4.29.500 of the tool',
  ])('a number is none: %s', (text) => {
    expect(classifyError(text)).toMatchObject({ kind: 'unknown' });
  });
});

describe('an event that ends a stream is judged by the error it holds', () => {
  const limited = { code: 'rate_limit_exceeded', message: 'Rate limit reached' };
  it.each<[string, object]>([
    ['rate_limit', { type: 'response.failed', response: { status: 'failed', error: limited } }],
    ['quota', { type: 'response.failed', response: { error: { code: 'insufficient_quota', message: 'none left' } } }],
    ['content_policy', { type: 'response.incomplete', response: { incomplete_details: { reason: 'content_filter' } } }],
    ['overloaded', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
    ['server_error', { type: 'error', sequence_number: 3, code: 'server_error', message: 'It broke' }],
  ])('%s: %o', (kind, event) => {
    expect(classifyError(event).kind).toBe(kind);
    expect(classifyError(new Error(JSON.stringify(event))).kind).toBe(kind);
    expect(classifyError(`event: x\ndata: ${JSON.stringify(event)}\n\n`).kind).toBe(kind);
  });
});

describe('an answer that could not be read is nobody’s failure', () => {
  it.each([
    'Failed to parse the model output as JSON: rate limit exceeded',
    'Could not parse LLM output: `I have no quota left`',
    'OutputParserException: Failed to parse. Text: "401 Unauthorized"',
    'No object generated: response did not match schema.',
  ])('%s', (text) => {
    expect(classifyError(text)).toMatchObject({ kind: 'unknown', evidence: { rule: 'unreadable-answer' } });
  });

  it('unless a status stands beside it', () => {
    const error = Object.assign(new Error('Failed to parse the model output as JSON'), { status: 500 });
    expect(classifyError(error).kind).toBe('server_error');
  });
});
