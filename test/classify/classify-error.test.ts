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

it('does not look through bytes, whose every index would be listed as a property', () => {
  const body = Object.assign(new Uint8Array(8), { message: 'insufficient balance' });
  expect(classifyError(Object.assign(new Error('HTTP 500'), { status: 500, body })).kind).toBe('server_error');
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

  it('tells the sentence of the provider where the SDK prints the status and the body', () => {
    const body = { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } };
    const error = Object.assign(new Error(`401 ${JSON.stringify(body)}`), { status: 401, error: body });
    expect(classifyError(error).message).toBe('invalid x-api-key');
    expect(classifyError(new Error('401')).message).toBe('401');
  });

  it.each([
    ['credential', { status: 401, body: '' }],
    ['credential', { status: 403, body: { error: { message: 'This organization has been disabled.' } } }],
    ['credential', { status: 400, body: { error: { message: 'This credential is only authorized for a CLI' } } }],
    ['model', { status: 403, body: { error: { message: 'You do not have access to this model.' } } }],
    ['credential', { status: 429, body: { error: { message: 'Rate limit exceeded' } } }],
    [
      'model',
      {
        status: 429,
        body: { error: { message: 'Rate limit reached for gpt-4o in organization org-x on tokens per min' } },
      },
    ],
    ['credential', { status: 429, body: quotaBody }],
    ['model', { status: 429, body: { error: { message: "You've reached your Opus weekly limit." } } }],
    ['model', { status: 429, body: { error: { message: 'You used up the daily quota for this model.' } } }],
    [
      'model',
      { status: 429, body: { error: { message: 'Quota exceeded', quotaId: 'RequestsPerDayPerProjectPerModel' } } },
    ],
    ['credential', { status: 402, body: { error: { message: 'Insufficient credit for model gpt-5.2: top up' } } }],
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

it('shows of a long message nothing that stands so near to where reading stops that it may be half a secret', () => {
  const keys = `sk-proj-${'Ab3dEf6h'.repeat(50)} `.repeat(4);
  const read = keys + 'word '.repeat(60).slice(0, 1900 - keys.length);
  expect(classifyError(new Error(read)).message).toMatch(/^(?:\[redacted\] ){4}(?:word ?)+$/);
  expect(classifyError(new Error(`${read}s ${'and more '.repeat(300)}`)).message).toBe('…');
});
