import { describe, expect, it } from 'vitest';
import { classifyError } from '../../src/core/classify/classify-error.js';
import { normaliseCode } from '../../src/core/classify/judge/rule-book.js';
import { createWordingMatcher } from '../../src/core/classify/judge/wording-matcher.js';
import type { Rule, Says } from '../../src/core/classify/rules/rule.js';
import { waitInText } from '../../src/core/classify/waits/message-wait.js';
import { fromHeader, fromReset, until } from '../../src/core/classify/waits/reset-headers.js';

const now = Date.parse('2026-01-01T00:00:00Z');

describe('how a phrase is read', () => {
  const find = (says: Says, text: string): string | undefined =>
    createWordingMatcher([{ id: 'x', says: [says] } as Rule])(text)?.matched;

  it.each<[string, Says, string, string | undefined]>([
    ['words that follow each other', { any: ['rate limit'] }, 'the rate limits', 'rate limits'],
    ['and are joined', { any: ['rate limit'] }, 'rate_limit_error', 'rate_limit'],
    ['and not apart', { any: ['rate limit'] }, 'rate of the limit', undefined],
    ['longer words', { any: ['load'] }, 'loading', 'loading'],
    ['but not where it ends', { any: ['load$'] }, 'loading', undefined],
    ['itself', { any: ['load$'] }, 'a load', 'load'],
    ['no longer words of three letters', { any: ['org'] }, 'organization', undefined],
    ['itself where it is short', { any: ['org'] }, 'the org', 'org'],
    ['the first of two', { any: ['one', 'two'] }, 'two one', 'two'],
    ['but their plural', { any: ['org'] }, 'the orgs', 'orgs'],
    ['no other ending', { any: ['org'] }, 'the orgx', undefined],
    ['a second word by the same rule', { any: ['sign in'] }, 'signs of sign ins', 'sign ins'],
    ['no longer one of two letters', { any: ['sign in'] }, 'sign into', undefined],
    ['nor one that only begins like a plural', { any: ['sign in'] }, 'sign insist', undefined],
    ['no word behind the last', { any: ['limit limit'] }, 'the limit', undefined],
    ['nor the first word in its place', { any: ['limit limit'] }, 'limit', undefined],
    ['nor of three', { any: ['sign off'] }, 'sign office', undefined],
    ['nor with another ending', { any: ['sign in'] }, 'sign inx', undefined],
    ['not in the middle of a word', { any: ['load'] }, 'overload', undefined],
    ['behind it', { any: ['one'], behind: ['two'] }, 'one and two', 'one and two'],
    ['not in front of it', { any: ['one'], behind: ['two'] }, 'two and one', undefined],
    ['near it, behind', { any: ['one'], near: ['two'] }, 'one and two', 'one and two'],
    ['near it, in front', { any: ['one'], near: ['two'] }, 'two and one', 'two and one'],
    ['not behind itself', { any: ['one'], behind: ['one'] }, 'one', undefined],
    ['nor near itself', { any: ['one'], near: ['one'] }, 'one', undefined],
    ['near and also', { any: ['one'], near: ['two'], also: ['six'] }, 'six two and one', 'six two and one'],
    ['one of two is missing', { any: ['one'], near: ['two'], also: ['six'] }, 'two and one', undefined],
    ['not where it is kept from', { any: ['one'], without: ['six'] }, 'one and six', undefined],
    ['nor in front', { any: ['one'], without: ['six'] }, 'six and one', undefined],
    ['eight words away', { any: ['one'], behind: ['two'] }, 'one a b c d e f g two', 'one a b c d e f g two'],
    ['nine words away', { any: ['one'], behind: ['two'] }, 'one a b c d e f g h two', undefined],
    ['eight words in front', { any: ['one'], near: ['two'] }, 'two a b c d e f g one', 'two a b c d e f g one'],
    ['nine words in front', { any: ['one'], near: ['two'] }, 'two a b c d e f g h one', undefined],
    ...['. ', '! ', '? ', '; ', '\n', '.\n'].map((end): [string, Says, string, undefined] => [
      `behind ${JSON.stringify(end)}`,
      { any: ['one'], behind: ['two'] },
      `one${end}two`,
      undefined,
    ]),
    ...['. ', '\n'].map((end): [string, Says, string, undefined] => [
      `in front of ${JSON.stringify(end)}`,
      { any: ['one'], near: ['two'] },
      `two${end}one`,
      undefined,
    ]),
    ['a dot in a name', { any: ['one'], behind: ['two'] }, 'one a.b two', 'one a.b two'],
    ['a comma', { any: ['one'], behind: ['two'] }, 'one, two', 'one, two'],
    ['digits', { any: ['5h'] }, 'in 5h', '5h'],
    ['the first of them and the last', { any: ['09'] }, 'in 09', '09'],
    ['the second phrase of a sentence', { any: ['one two'] }, 'one one two', 'one two'],
  ])('%s', (_, says, text, matched) => {
    expect(find(says, text)).toBe(matched);
  });

  it('the first of several rules is believed, wherever its words stand', () => {
    const rules = [
      { id: 'a', says: [{ any: ['one'] }] },
      { id: 'b', says: [{ any: ['two'] }] },
    ] as Rule[];
    const matcher = createWordingMatcher(rules);
    expect([matcher('two one'), matcher('one two')].map((match) => match?.rule.id)).toEqual(['a', 'a']);
    expect(matcher('six')).toBeUndefined();
  });

  it('a whole message, and Chinese', () => {
    const rules = [
      { id: 'word', says: [{ any: ['one'] }] },
      { id: 'whole', whole: [/^two$/] },
      { id: 'eastern', eastern: [/频率/, /two/] },
    ] as Rule[];
    const matcher = createWordingMatcher(rules);
    expect(matcher('two')).toEqual({ rule: rules[1], matched: 'two' });
    expect(matcher('two 频率')).toEqual({ rule: rules[2], matched: 'two' });
    expect(matcher('two \u2e80')?.rule).toBe(rules[2]);
    expect(matcher('two six')).toBeUndefined();
    expect(matcher('one 频率')?.rule).toBe(rules[0]);
  });

  it('words before a whole message of the same rule', () => {
    const rules = [{ id: 'x', says: [{ any: ['one'] }], whole: [/one two/] }] as Rule[];
    expect(createWordingMatcher(rules)('one two')?.matched).toBe('one');
  });

  it('nothing behind the first 3,080 characters', () => {
    expect(find({ any: ['one'] }, `${'x'.repeat(3076)} one`)).toBe('one');
    expect(find({ any: ['one'] }, `${'x'.repeat(3080)} one`)).toBeUndefined();
  });
});

describe('a code', () => {
  it.each([
    ['RateLimitError', 'ratelimit'],
    ['rate_limit_error', 'ratelimit'],
    ['com.amazon#RateLimitException:http://x.test', 'ratelimit'],
    ['RateLimitErrorException', 'ratelimit'],
    ['ErrorRate', 'errorrate'],
    ['minimax:1002', 'minimax:1002'],
    ['MINIMAX:1002', 'minimax:1002'],
    ['X-429.b', 'x429b'],
    ['com.amazon#Rate#Limit', 'ratelimit'],
  ])('%s is %s', (code, normal) => {
    expect(normaliseCode(code)).toBe(normal);
  });

  it.each([
    ['quota', 'InsufficientQuotaError'],
    ['quota', 'insufficient-quota.x'],
    ['rate_limit', 'TooManyRequestsException'],
    ['unknown', 'SOMETHING'],
  ])('is read as the words it is made of: %s, %s', (kind, code) => {
    expect(classifyError({ code }).kind).toBe(kind);
  });
});

describe('what decides', () => {
  it.each<[string, string, unknown]>([
    ['a specific code before a sentence', 'code-quota', { code: 'insufficient_quota', message: 'Rate limit reached' }],
    ['a sentence before a weak code', 'balance', { code: 'rate_limit_error', message: 'Out of credit' }],
    ['a weak code before a status', 'throttle', { status: 500, type: 'rate_limit_error', message: 'x' }],
    ['a status before a generic code', 'status-429', { status: 429, type: 'api_error', message: 'x' }],
    ['a generic code where there is no status', 'code-server_error-generic', { type: 'api_error', message: 'x' }],
    ['a status before generic words', 'status-401', { status: 401, message: 'An internal error' }],
    ['server words before a 404', 'server', { status: 404, error: { message: 'An internal error' } }],
    ['no other words before a 404', 'status-404', { status: 404, error: { message: 'That is a bad request' } }],
    ['generic words of a provider', 'invalid', { error: { message: 'That is a bad request' } }],
    ['generic words that speak of a request', 'invalid', 'That is a bad request'],
    ['generic words that any program uses', 'none', 'That must not be'],
    ['and those beside an error that is none', 'none', { message: 'That must not be', errors: [null] }],
    ['server words of anybody', 'server', 'An internal error'],
    [
      'a sentence beside the status of what is inside',
      'balance',
      { status: 429, message: 'Out of credit', cause: { status: 429 } },
    ],
    ['what is inside', 'throttle', { message: 'Out of credit', cause: { message: 'Rate limit reached' } }],
    [
      'an abort that a timeout caused',
      'timeout',
      { message: 'Timed out: a timeout', cause: { name: 'AbortError', message: 'x' } },
    ],
    ['an abort', 'aborted', { name: 'AbortError', message: 'The operation was aborted' }],
    ['no word of networks beside a request that is wrong', 'status-400', { status: 400, message: 'network error' }],
    ['nor of timeouts', 'status-404', { status: 404, message: 'no timeout' }],
    ['nor of aborts', 'status-422', { status: 422, message: 'aborted' }],
    ['405', 'status-405', { status: 405, message: 'network error' }],
    ['415', 'status-415', { status: 415, message: 'network error' }],
    ['but beside others', 'network-cut', { status: 500, message: 'network error' }],
    ['no word of permission beside a 402', 'status-402', { status: 402, message: 'Access denied' }],
    ['a page that was no answer', 'status-html', { status: 200, body: '<html><title>Hi</title>' }],
    ['a page of a server that broke', 'status-503', { status: 503, body: '<html><title>Hi</title>' }],
    ['a page that sends elsewhere', 'status-302', { status: 302, body: '<html><title>Moved</title>' }],
    ['300', 'status-300', { status: 300 }],
    ['a timeout around an abort', 'timeout', { message: 'There was a timeout', cause: { message: 'aborted' } }],
    ['a mistake beside a weak code', 'own-mistake', { type: 'rate_limit_error', message: 'x is not a function' }],
    ['a sentence beside a code of the system', 'balance', { code: 'ENOENT', message: 'Out of credit' }],
    ['generic words beside a code', 'invalid', { code: 'XYZ', message: 'That must not be' }],
    ['generic words of an inner error', 'invalid', { error: { message: 'That must not be' } }],
    ['a code as AWS writes it', 'code-overloaded', { code: 'ServiceUnavailableException' }],
    ['a redirect', 'status-302', { status: 302 }],
    ['no good status', 'none', { status: 299 }],
    ['a status of 500 without a kind', 'status-500', { status: 500 }],
    ['a mistake of the caller', 'own-mistake', new TypeError('x is not a function')],
    ['its name', 'none', Object.assign(new TypeError('Out of credit'), {})],
    ['its name where it says nothing', 'none', { name: 'TypeError', type: 'rate_limit_error' }],
    ['not where a status stands beside it', 'balance', Object.assign(new TypeError('Out of credit'), { status: 400 })],
    ['nor for a known fetch failure', 'network-cut', new TypeError('fetch failed')],
    [
      'not for a name in a mistake',
      'none',
      new TypeError('Cannot set property connection of #<X> which has only a getter'),
    ],
    ['nor for one in another', 'none', new TypeError('Cannot add property connected, object is not extensible')],
    ['an error of ours', 'own-error', { code: 'TIERFALL_PAUSED', message: 'Out of credit' }],
    ['what only has its name', 'balance', { code: 'ACME_TIERFALL_X', message: 'Out of credit' }],
  ])('%s: %s', (_, rule, error) => {
    expect(classifyError(error).evidence.rule).toBe(rule);
  });

  it.each<[string, unknown, object]>([
    ['a code', { code: 'insufficient_quota' }, { on: 'code', matched: 'insufficient_quota' }],
    ['a code of a network', { code: 'EPROTO' }, { on: 'network', matched: 'EPROTO' }],
    ['a sentence', { message: 'Out of credit' }, { on: 'message', matched: 'credit' }],
    ['a status', { status: 429 }, { on: 'status', matched: '429' }],
    ['a page', { status: 200, body: '<html>' }, { on: 'status', matched: '200' }],
    ['nothing', {}, { on: 'none' }],
    ['an error of ours', { code: 'TIERFALL_PAUSED' }, { on: 'code' }],
  ])('and on what: %s', (_, error, evidence) => {
    expect(classifyError(error).evidence).toMatchObject(evidence);
  });
});

describe('what a failure covers', () => {
  const limited = (message: string) => classifyError({ status: 429, error: { message } }).scope;
  const refused = (message: string) => classifyError({ status: 403, error: { message } }).scope;

  it.each([
    'Request too large for sonnet: tokens per minute',
    'Limited: requests to chat for sonnet',
    'your gpt5 limit',
    'Too many requests, model:x',
    'Too many requests on the big model',
    'RequestsPerBaseModel',
    'Rate limit reached for gpt-4o',
    'Request too large for gpt-4o: tokens per minute',
    'Limited: requests to chat for claude-3-5',
    'Limit for `gpt-4o` reached',
    'Your Opus weekly limit',
    'Your Sonnet 4.5 limit',
    'the haiku limit',
    'a Fable 5 limit',
    'your GPT limit',
    'your Gemini daily limit',
    'Too many requests, model: x',
    'Too many requests on this model',
    'Too many requests for the selected model',
    'Too many requests for model x',
    'Too many requests of the x model',
    'Too many requests on the model',
    'Too many requests per_model',
    'Requests per_base_model',
    'RequestsPerModel',
    "Too many tokens for team t and model grok-4-0709. Your team's rate limit is: Tokens per Minute: 65605/16000",
  ])('one model: %s', (message) => {
    expect(limited(message)).toBe('model');
  });

  it.each([
    'Rate limit reached',
    'Rate limit reached for org-123',
    'Rate limit for account a1',
    'Rate limit for team t1',
    'Rate limit for key k1',
    'Rate limit for user u1',
    'Rate limit for project p1',
    'Rate limit for api a1',
    'Rate limit for consumer c1',
    'Rate limit for requests',
    'Too many requests, models differ',
    'Rate limit reached. Upgrade for higher limits and models.',
  ])('the key: %s', (message) => {
    expect(limited(message)).toBe('credential');
  });

  it.each([
    'Out of credit for model gpt-4o: make a payment',
    'No balance for model gpt-4o',
    'Not enough credits for gpt-4o',
    'Insufficient credits for gpt-4o',
    'Buy more credits for gpt-4o',
    'Your credits are gone for gpt-4o',
  ])('money is of the key: %s', (message) => {
    expect(limited(message)).toBe('credential');
  });

  it.each([
    'organization',
    'organisation',
    'account',
    'project',
    'workspace',
    'region',
    'country',
    'territory',
    'location',
    'ip',
    'firewall',
    'network',
    'key',
    'oauth',
    'referer',
  ])('a refusal that names the %s covers the key, and only the model where it names that', (word) => {
    expect(refused(`Permission denied for this ${word}`)).toBe('credential');
    expect(refused(`Permission denied for this ${word}, model x`)).toBe('model');
  });

  it.each(['Permission denied', 'Permission denied by a monkey', 'Permission denied to zip'])(
    'the model: %s',
    (said) => {
      expect(refused(said)).toBe('model');
    },
  );

  it('the model where the key is named too far behind the refusal', () => {
    expect(refused(`Permission denied ${'x '.repeat(980)}organization`)).toBe('credential');
    expect(refused(`Permission denied ${'x '.repeat(1000)}organization`)).toBe('model');
  });

  it.each([
    ['credential', { status: 401 }],
    ['credential', { status: 403, code: 'denied', message: 'Key not allowed' }],
    ['credential', { status: 403, code: 'API_KEY_SERVICE_BLOCKED', message: 'Requests to this API are blocked.' }],
    ['credential', { message: 'Insufficient credits for gpt-4o', detail: 'See your plan' }],
    ['model', { status: 500 }],
    ['model', { status: 504 }],
    ['model', { status: 410 }],
    ['model', { status: 529 }],
    ['provider', { code: 'ECONNREFUSED' }],
    ['model', { code: 'UND_ERR_SOCKET' }],
    ['request', { status: 400 }],
    ['request', { status: 413 }],
    ['request', {}],
  ])('%s: %o', (scope, error) => {
    expect(classifyError(error).scope).toBe(scope);
  });
});

describe('the wait that a sentence names', () => {
  it.each<[string, number | undefined]>([
    ['try again in 5s', 5000],
    ['retry in 5s', 5000],
    ['retry after 5s', 5000],
    ['available in 5s', 5000],
    ['use it again: use it in 5s', 5000],
    ['regain access in 5s', 5000],
    ['be back in 5s', 5000],
    ['resets in 5s', 5000],
    ['refreshes in 5s', 5000],
    ['renews in 5s', 5000],
    ['replenishes in 5s', 5000],
    ['refills after 5s', 5000],
    ['recovered in 5s', 5000],
    ['be back, try it in 5s', 5000],
    ['retry your request in 5s', 5000],
    ['try again, in 5s', 5000],
    ['wait 5s', 5000],
    ['wait for 5s', 5000],
    ['wait ~5s', 5000],
    ['wait at least 5s', 5000],
    ['wait approximately 5s', 5000],
    ['retry-after: 5s', 5000],
    ['retry_after=5s', 5000],
    ['"retry_after": "5s"', 5000],
    ['retry delay 5s', 5000],
    ['retryafter: 5s', 5000],
    ['try it in 5s', 5000],
    ['use it in 5s', 5000],
    ['5 秒后重试', 5000],
    ['5 秒 后重试', 5000],
    ['5 分钟之后', 300_000],
    ['5 小时以后', 18_000_000],
    ['5秒內', undefined],
    ['5秒内重试', 5000],
    ['5秒内再试', 5000],
    ['5秒内完成', undefined],
    ['limit reached|1767225660', 60_000],
    ['limit reached|17672256601', undefined],
    ['access again on 2026-01-01 at 00:01 utc', 60_000],
    ['resets 2026-01-01t00:01:00z', 60_000],
    ['reset on 2026-01-01 at 00:01 utc', 60_000],
    ['until 2026-01-01 00:01:00.25 gmt', 60_000],
    ['until 2026-01-01 00:01', undefined],
    ['since 2026-01-01 00:01 utc', undefined],
    ['resets 3pm', undefined],
    ['try again in a while', undefined],
    ['try again in 5', undefined],
    ['it took 5s', undefined],
    ['retrying in 5s', undefined],
    ['reconnecting in 5s', undefined],
    ['waiting 5s', undefined],
    ['sleeping, try in 5s', undefined],
    ['will retry in 5s', undefined],
    ['next retry in 5s', undefined],
    ['auto-retry in 5s', undefined],
    ['automatic retry in 2.5s', undefined],
    ['retrying, wait 5s', undefined],
    ['retrying in 2.5s, wait 5s', undefined],
    ['waiting. retrying, wait 5s', undefined],
    [`wait retrying ${'x'.repeat(39)}5s`, undefined],
    ['retrying soon. try again in 5s', 5000],
    ['retrying soon; try again in 5s', 5000],
    ['retrying soon\ntry again in 5s', 5000],
    ['(retrying soon) try again in 5s', 5000],
    ['try again in x, or wait 5s', 5000],
    ['try again in 3 parts, or wait 5s', 5000],
  ])('%j: %d ms', (text, ms) => {
    expect(waitInText(text, now)).toBe(ms);
  });

  it('as a date needs a clock', () => {
    expect(waitInText('limit reached|1767225660', undefined)).toBeUndefined();
  });
});

describe('the wait that a header names', () => {
  it.each<[string | undefined, number | undefined]>([
    ['5', 5000],
    ['1m30s', 90_000],
    ['Thu, 01 Jan 2026 00:02:00 GMT', 120_000],
    ['Thu, 01 Jan 2025 00:02:00 GMT', undefined],
    [String(now / 1000 + 9), 9000],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s: %d ms', (value, ms) => {
    expect(fromHeader(value, now)).toBe(ms);
  });

  it('is none at its own time, and none without a clock', () => {
    expect([until(now, now), until(now + 1, now), until(now, undefined), until(undefined, now)]).toEqual([
      undefined,
      1,
      undefined,
      undefined,
    ]);
    expect(until(5, 0)).toBe(5);
  });

  it.each<[string, Record<string, string>, number | undefined]>([
    ['a bucket', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '5' }, 5000],
    ['a bucket with some left', { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '5' }, undefined],
    ['a bucket without a reset', { 'x-ratelimit-remaining': '0' }, undefined],
    ['no bucket', { remaining: '0', reset: '5' }, undefined],
    [
      'a window',
      { 'anthropic-ratelimit-unified-5h-status': 'rejected', 'anthropic-ratelimit-unified-5h-reset': '5' },
      5000,
    ],
    [
      'a window that let it pass',
      { 'anthropic-ratelimit-unified-5h-status': 'allowed', 'anthropic-ratelimit-unified-5h-reset': '5' },
      undefined,
    ],
    [
      'a window without a reset',
      { 'anthropic-ratelimit-unified-5h-status': 'rejected', 'anthropic-ratelimit-unified-reset': '5' },
      undefined,
    ],
    [
      'a header that only begins like a status',
      { 'anthropic-ratelimit-unified-5h-status-note': 'rejected', 'anthropic-ratelimit-unified-5h-reset': '5' },
      undefined,
    ],
    [
      'a window before all of them',
      {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': '9',
        'anthropic-ratelimit-unified-5h-status': 'rejected',
        'anthropic-ratelimit-unified-5h-reset': '5',
      },
      5000,
    ],
    [
      'all windows',
      { 'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': '5' },
      5000,
    ],
    [
      'the overage',
      { 'anthropic-ratelimit-unified-overage-status': 'rejected', 'anthropic-ratelimit-unified-overage-reset': '5' },
      undefined,
    ],
    [
      'another name',
      { 'x-anthropic-ratelimit-unified-5h-status': 'rejected', 'anthropic-ratelimit-unified-5h-reset': '5' },
      undefined,
    ],
    ['a policy', { ratelimit: '"a";r=0;t=5' }, 5000],
    ['a policy with spaces', { ratelimit: '"a"; r=0; t=5' }, 5000],
    ['a policy with some left', { ratelimit: '"a";r=05;t=5, "b";r=10;t=9' }, undefined],
    ['a policy without a time', { ratelimit: '"a";r=0' }, undefined],
    [
      'the longest',
      { ratelimit: '"a";r=0;t=5, "b";r=0;t=9', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '7' },
      9000,
    ],
  ])('%s: %o', (_, headers, ms) => {
    expect(fromReset(new Map(Object.entries(headers)), now)).toBe(ms);
  });
});

describe('the first that names a wait is believed', () => {
  const limited = 'Too many requests. Try again in 20s';
  it.each<[string, unknown, number | undefined, string | undefined]>([
    ['milliseconds', { headers: { 'retry-after-ms': '5', 'retry-after': '7' } }, 5, 'retry-after-ms'],
    ['a header', { headers: { 'retry-after': '7' }, retry_after: 9 }, 7000, 'retry-after'],
    ['a body', { retry_after: 9, message: limited }, 9000, 'body'],
    ['a time in a body', { resets_at: now / 1000 + 9, message: limited }, 9000, 'body'],
    [
      'a time in a body against the only date there is',
      { headers: {}, cause: { headers: { date: 'Thu, 01 Jan 2026 00:00:05 GMT' }, resets_at: now / 1000 + 9 } },
      4000,
      'body',
    ],
    ['a message', { status: 429, message: limited, headers: { ratelimit: '"a";r=0;t=5' } }, 20_000, 'message'],
    ['a bucket', { status: 429, headers: { ratelimit: '"a";r=0;t=5' } }, 5000, 'reset-header'],
    ['a bucket beside a quota', { status: 402, headers: { ratelimit: '"a";r=0;t=5' } }, 5000, 'reset-header'],
    ['a bucket beside an overload', { status: 529, headers: { ratelimit: '"a";r=0;t=5' } }, 5000, 'reset-header'],
    ['no bucket beside a fault', { status: 500, headers: { ratelimit: '"a";r=0;t=5' } }, undefined, undefined],
    ['the text of a page', { status: 429, body: '<html><p>Try again in 20s</p>' }, 20_000, 'message'],
    ['nothing of an error of ours', { code: 'TIERFALL_PAUSED', headers: { 'retry-after': '7' } }, undefined, undefined],
    ['no wait at all', { status: 429, headers: { 'retry-after': '0' } }, 0, 'retry-after'],
  ])('%s', (_, error, ms, from) => {
    const { retryAfterMs, evidence } = classifyError(error, { now });
    expect([retryAfterMs, evidence.retryAfterFrom]).toEqual([ms, from]);
  });
});

describe('a rule of the host', () => {
  const error = { status: 502, cause: { status: 418, code: 'TEAPOT', message: 'the kettle is dry' }, provider: 'acme' };
  const judge = (...rules: object[]) => classifyError(error, { rules: rules as never }).evidence;
  const own = { id: 'own', kind: 'quota' };

  it.each<[object, string | undefined]>([
    [{ status: 502 }, '502'],
    [{ status: 418 }, '418'],
    [{ status: 500 }, undefined],
    [{ code: 'teapot' }, 'TEAPOT'],
    [{ code: 'tea' }, undefined],
    [{ provider: 'ACME' }, 'ACME'],
    [{ provider: 'x' }, undefined],
    [{ message: 'KETTLE' }, 'kettle is dry'],
    [{ message: /is .*/ }, 'is dry'],
    [{ message: 'wet' }, undefined],
    [{ message: '' }, undefined],
    [{ status: 502, code: 'tea' }, undefined],
    [{ status: 500, code: 'teapot' }, undefined],
    [{}, undefined],
  ])('%o matches on %s', (conditions, matched) => {
    const evidence = judge({ ...own, ...conditions });
    expect(evidence.rule === 'own' ? evidence.matched : undefined).toBe(matched);
  });

  it('the first that matches, of at most 1,000', () => {
    expect(judge({ ...own, status: 1 }, { id: 'b', kind: 'quota', status: 418 }, { ...own, status: 418 }).rule).toBe(
      'b',
    );
    const none = Array.from({ length: 1000 }, () => ({ ...own, status: 1 }));
    expect(judge(...none.slice(1), { ...own, status: 418 }).rule).toBe('own');
    expect(judge(...none, { ...own, status: 418 }).rule).not.toBe('own');
  });

  it('no rules are no matter', () => {
    expect(classifyError(error, { rules: undefined }).kind).toBe(classifyError(error).kind);
    expect(classifyError(error, { rules: 'x' as never }).kind).toBe(classifyError(error).kind);
  });
});

// biome-ignore format: tables
describe('what a verdict shows', () => {
  it.each<[unknown, string]>([
    [{ message: '  outer  ', cause: { message: 'inner' } }, 'outer'],
    [{ message: ' ', cause: { message: 'inner' } }, 'inner'],
    [{}, ''],
  ])('%o says %j', (error, message) => {
    expect(classifyError(error).message).toBe(message);
  });

  it('only what was found', () => {
    expect(Object.keys(classifyError({}))).toEqual(['kind', 'scope', 'message', 'evidence']);
    expect(classifyError({ status: 200, body: '<html><title>Hi</title>' }).kind).toBe('invalid_request');
  });

  it('the deciding code, else the innermost', () => {
    expect(classifyError({ type: 'outer', error: { message: 'x' } }).code).toBe('outer');
    expect(classifyError({ type: 'outer', error: { type: 'inner' } }).code).toBe('inner');
    expect(classifyError({ code: 'insufficient_quota', error: { type: 'inner' } }).code).toBe('insufficient_quota');
    expect(classifyError({}).code).toBeUndefined();
  });

  it('no more than there is room for', () => {
    const long = 'x '.repeat(600);
    const shown = classifyError({ message: long, provider: 'y'.repeat(80), code: 'Z'.repeat(100) });
    expect(shown.message).toBe(`${long.slice(0, 499)}…`);
    expect(shown.provider).toBe('y'.repeat(60));
    expect(shown.code).toBe('Z'.repeat(100));
    expect(classifyError({ message: long.repeat(3) }).message).toBe(`${long.slice(0, 499)}…`);
    expect(classifyError({ message: 'x '.repeat(250).trim() }).message).toHaveLength(499);
    const rules = [{ id: 'own', kind: 'quota', message: /x/ }] as const;
    expect(classifyError({ message: long }, { rules }).evidence.matched).toBe(`${long.slice(0, 119)}…`);
  });
});
