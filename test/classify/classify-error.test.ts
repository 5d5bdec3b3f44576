import { describe, expect, it } from 'vitest';
import { classifyError } from '../../src/core/classify/classify-error.js';

const quotaBody = {
  error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' },
};

describe('classifyError takes anything', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 429],
    ['a bigint', 429n],
    ['a symbol', Symbol('quota exceeded')],
    ['a function', () => 'quota'],
    ['an empty list', []],
  ])('%s is unknown', (_name, value) => {
    expect(classifyError(value).kind).toBe('unknown');
  });

  it('reads a response, an error, a wrapped error and a string alike', () => {
    const inner = Object.assign(new Error('429'), { status: 429, error: quotaBody.error });
    const values = [
      { status: 429, headers: new Headers(), body: quotaBody },
      { status: 429, headers: {}, body: JSON.stringify(quotaBody) },
      inner,
      new Error('failed', { cause: inner }),
      new AggregateError([inner]),
      JSON.stringify(quotaBody),
    ];
    expect(values.map((value) => classifyError(value).kind)).toEqual(values.map(() => 'quota'));
  });

  it('works by shape: an error of another realm or a plain object is judged as an error is', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED ::1:80'), { code: 'ECONNREFUSED' });
    const plain = { name: 'Error', message: error.message, code: error.code };
    expect(classifyError(plain)).toEqual(classifyError(error));
  });
});

describe('the verdict', () => {
  it('names status, code, scope, and the rule that decided', () => {
    expect(classifyError({ status: 429, headers: { 'Retry-After': '3' }, body: quotaBody })).toEqual({
      kind: 'quota',
      retryAfterMs: 3000,
      status: 429,
      code: 'insufficient_quota',
      scope: 'credential',
      message: 'You exceeded your current quota',
      evidence: { rule: 'code-quota', on: 'code', matched: 'insufficient_quota', retryAfterFrom: 'retry-after' },
    });
  });

  it.each([
    ['credential', { status: 401, body: '' }],
    ['credential', { status: 403, body: { error: { message: 'This organization has been disabled.' } } }],
    ['model', { status: 403, body: { error: { message: 'You do not have access to this model.' } } }],
    ['credential', { status: 429, body: { error: { message: 'Rate limit exceeded' } } }],
    [
      'model',
      {
        status: 429,
        body: { error: { message: 'Rate limit reached for gpt-4o in organization org-x on tokens per min' } },
      },
    ],
    ['model', { status: 529, body: '' }],
    ['credential', { status: 403, body: { error: { message: 'Your organization must be verified to do this' } } }],
    ['model', { status: 403, body: { error: { message: 'Project p-1 does not have access to model gpt-5' } } }],
    ['provider', { code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND api.test' }],
    ['model', { code: 'ECONNRESET', message: 'read ECONNRESET' }],
    ['request', { status: 400, body: { error: { message: 'messages: field required' } } }],
  ])('covers the %s of %j', (scope, error) => {
    expect(classifyError(error).scope).toBe(scope);
  });

  it.each([
    ['1113', { error: { code: '1113', message: '余额不足' } }],
    ['1008', { base_resp: { status_code: 1008, status_msg: 'insufficient balance' } }],
    ['3036', { success: false, errors: [{ code: 3036, message: 'used up' }] }],
  ])('names the code %s as the provider wrote it', (code, body) => {
    expect(classifyError({ status: 429, body })).toMatchObject({ kind: 'quota', code });
  });

  it.each(['', 'a'])(
    'carries a message of at most 500 characters that breaks no surrogate pair, behind "%s"',
    (start) => {
      const { message } = classifyError(new Error(`${start}${'😀'.repeat(600)}`));
      expect(message.length).toBeLessThanOrEqual(500);
      expect(message.isWellFormed()).toBe(true);
    },
  );
});

describe('a request found wrong', () => {
  it.each([
    ['Timeout while downloading the image', 400],
    ['timeout must be less than or equal to 600', 422],
    ['abort_on_disconnect is not a boolean', 400],
    ['The name ssl_mode is not a valid property', 400],
    ['Bad value for top_k. See https://docs.example.test/rate-limits', 400],
    ['Bad value for top_k. See https://docs.example.test/authentication#invalid-api-key.', 400],
    ['#/tools/0: extraneous key [strict] is not permitted', 400],
    ['Code execution is not enabled for models/gemini-3-pro', 400],
    ['System messages are not allowed after the first message', 400],
    ['Missing thought_signature in function call parts', 400],
    ['thinking blocks: signature: Field required', 400],
    ['"thinking.type.enabled" is not supported for this model.', 400],
  ])('is no failure of key, plan, model or connection: %s', (message, status) => {
    const body = { error: { message, type: 'invalid_request_error' } };
    expect(classifyError({ status, headers: {}, body }).kind).toBe('invalid_request');
  });

  it('is told apart from a refusal by whom it names', () => {
    const kindOf = (message: string) => classifyError({ status: 400, body: { error: { message } } }).kind;
    expect(kindOf('Image input is not enabled')).toBe('invalid_request');
    expect(kindOf('Image input is not enabled for your organization')).toBe('permission');
  });
});

describe('an answer that holds its reason outside of an error', () => {
  it.each([
    ['content_policy', { choices: [{ finish_reason: 'content_filter', message: { content: null } }] }],
    ['content_policy', { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }],
    ['context_overflow', { choices: [{ finish_reason: 'error', error: { code: 'context_length_exceeded' } }] }],
    ['overloaded', { choices: [{ finish_reason: 'insufficient_system_resource' }] }],
    ['unknown', { choices: [{ finish_reason: 'tool_calls', message: { content: 'quota exceeded' } }] }],
    ['unknown', { choices: [{ finish_reason: 'stop', message: { content: 'rate limit exceeded' } }] }],
  ])('is %s: %o', (kind, body) => {
    expect(classifyError({ status: 200, body }).kind).toBe(kind);
  });
});

describe('waits', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const limited = { error: { message: 'Too many requests. Please try again in 20s.' } };

  it.each([
    ['retry-after-ms before all others', { 'retry-after-ms': '338', 'retry-after': '1' }, 338],
    ['retry-after before the message', { 'retry-after': '7' }, 7000],
    ['an HTTP date against now', { 'retry-after': 'Thu, 01 Jan 2026 00:02:00 GMT' }, 120_000],
    ['the message when the header is garbage', { 'retry-after': 'soon' }, 20_000],
    ['the message when the header is negative', { 'retry-after': '-5' }, 20_000],
    ['the message when the date is past', { 'retry-after': 'Thu, 01 Jan 2025 00:02:00 GMT' }, 20_000],
  ])('reads %s', (_name, headers, expected) => {
    expect(classifyError({ status: 429, headers, body: limited }, { now }).retryAfterMs).toBe(expected);
  });

  it.each([
    ['try again in 6m0s', 360_000],
    ['try again in 338ms', 338],
    ['try again in 1h2m', 3_720_000],
    ['resets in 2 days', 172_800_000],
    ['Please retry in 34.07s.', 34_070],
    ['retry after 20 seconds', 20_000],
    ['Try again in 3 days 4 hours 5 minutes', 273_900_000],
    ['请在 30 秒后重试', 30_000],
  ])('reads "%s" from a message', (text, expected) => {
    expect(classifyError(`rate limit exceeded, ${text}`).retryAfterMs).toBeCloseTo(expected, 3);
  });

  it('reads the reset of a used-up bucket, and of no other', () => {
    const headers = {
      'x-ratelimit-remaining-requests': '5',
      'x-ratelimit-reset-requests': '9m',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m30s',
    };
    expect(classifyError({ status: 429, headers, body: '' }).retryAfterMs).toBe(90_000);
    expect(
      classifyError({ status: 429, headers: { ...headers, 'x-ratelimit-remaining-tokens': '1' } }).retryAfterMs,
    ).toBeUndefined();
  });

  it('waits for the last of several used-up buckets', () => {
    const headers = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '2s',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '1m30s',
    };
    expect(classifyError({ status: 429, headers }).retryAfterMs).toBe(90_000);
    // What broke, or whose key is wrong, is not mended by a fresh bucket.
    expect([401, 500].map((status) => classifyError({ status, headers }).retryAfterMs)).toEqual([undefined, undefined]);
  });

  it.each([
    ['a list of values', { 'Retry-After': ['7', '9'] }],
    ['a list of pairs', [['Retry-After', '7']]],
    ['a Headers object', new Headers({ 'Retry-After': '7' })],
    ['a map', new Map([['Retry-After', 7]])],
    [
      'an object that can only be asked',
      { get: (name: string) => (name.toLowerCase() === 'retry-after' ? '7' : null) },
    ],
    ['an object that gives one answer to all', { get: () => '7' }],
    [
      'an object that keeps them to itself',
      new (class {
        readonly #held = new Map([['retry-after', '7']]);
        get(name: string) {
          return this.#held.get(name);
        }
      })(),
    ],
    [
      'a plain object whose `get` throws',
      {
        'Retry-After': '7',
        get() {
          throw new Error('no');
        },
      },
    ],
    ['a plain object with a header named get', { 'Retry-After': '7', get: 'x' }],
  ])('reads a header from %s', (_name, headers) => {
    expect(classifyError({ status: 429, headers }).retryAfterMs).toBe(7000);
  });

  it('never caps a wait and reads no clock', () => {
    expect(classifyError({ status: 429, headers: { 'retry-after': '2592000' } }).retryAfterMs).toBe(2_592_000_000);
    expect(
      classifyError({ status: 429, headers: { 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' } }).retryAfterMs,
    ).toBeUndefined();
  });

  it('takes time the AWS client has already spent for no wait', () => {
    const error = {
      name: 'ThrottlingException',
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 429, totalRetryDelay: 5000 },
    };
    expect(classifyError(error).retryAfterMs).toBeUndefined();
  });
});

describe('host rules', () => {
  const error = { status: 418, code: 'TEAPOT', provider: 'Acme', message: 'the kettle is dry' };

  it.each([
    ['a status', { status: 418 }],
    ['a code in any case', { code: 'teapot' }],
    ['a provider', { provider: 'acme' }],
    ['a part of the message in any case', { message: 'Kettle' }],
    ['a pattern', { message: /kettle is \w+/ }],
    ['all of them', { status: 418, code: 'teapot', provider: 'acme', message: 'dry' }],
  ])('are tried first and match on %s', (_name, conditions) => {
    const verdict = classifyError(error, { rules: [{ id: 'acme-dry', kind: 'overloaded', ...conditions }] });
    expect(verdict).toMatchObject({ kind: 'overloaded', evidence: { rule: 'acme-dry', on: 'host-rule' } });
  });

  it.each<[string, unknown, object]>([
    ['the status of the one who refused, below a wrapper', { status: 502, cause: { status: 418 } }, { status: 418 }],
    ['a number MiniMax puts in the place of a status', { base_resp: { status_code: 1999 } }, { code: '1999' }],
  ])('match on %s', (_name, given, conditions) => {
    const rules = [{ id: 'own', kind: 'quota' as const, ...conditions }];
    expect(classifyError(given, { rules })).toMatchObject({ kind: 'quota', evidence: { rule: 'own' } });
  });

  it('of no kind there is are passed over', () => {
    const rules = [{ id: 'mistyped', kind: 'quotas' as 'quota', status: 418 }];
    expect(classifyError(error, { rules }).evidence.rule).not.toBe('mistyped');
  });

  it('match only when every condition does, and never without one', () => {
    const rules = [
      { id: 'half', kind: 'quota' as const, status: 418, message: 'wet' },
      { id: 'empty', kind: 'quota' as const },
    ];
    expect(classifyError(error, { rules }).kind).not.toBe('quota');
  });

  it('give the same verdict every time with a global or sticky pattern', () => {
    const rules = [
      { id: 'stateful', kind: 'quota' as const, message: /kettle/gy },
      { id: 'global', kind: 'quota' as const, message: /kettle/g },
    ];
    const kinds = [1, 2, 3].map(() => classifyError(error, { rules }).evidence.rule);
    expect(new Set(kinds).size).toBe(1);
    expect(rules.map((rule) => rule.message.lastIndex)).toEqual([0, 0]);
  });

  it('are skipped when they throw', () => {
    const broken = {
      id: 'broken',
      kind: 'quota' as const,
      get message(): string {
        throw new Error('no');
      },
    };
    expect(classifyError(error, { rules: [broken, { id: 'next', kind: 'timeout', status: 418 }] }).evidence.rule).toBe(
      'next',
    );
  });
});

it('shows no half of a secret, wherever a long message is cut', () => {
  const key = `sk-proj-${'Ab3dEf6h'.repeat(50)} `;
  // Four keys leave so little that what stands where reading stops is shown.
  for (let length = 0; length < 2000; length++) {
    const said = `${key.repeat(1 + (length % 4))}${'word '.repeat(400).slice(0, length)}`;
    const { message } = classifyError(
      new Error(`${said} https://user:Zk3vT9qLw2Xb7@db.example/x ${'tail '.repeat(500)}`),
    );
    expect(message).not.toContain('Zk3vT9q');
  }
});
