import { describe, expect, it } from 'vitest';
import { listLength, readProperty } from '../../src/core/classify/read-property.js';
import { parseDuration } from '../../src/core/classify/signal/duration.js';
import { readHeaders } from '../../src/core/classify/signal/read-headers.js';
import { readSignal } from '../../src/core/classify/signal/read-signal.js';
import { splitText } from '../../src/core/classify/signal/read-text.js';
import { roleOf } from '../../src/core/classify/signal/roles.js';
import { statusInText } from '../../src/core/classify/signal/status-in-text.js';
import { clip, htmlHeadings, htmlText, isHtml, toPlain } from '../../src/core/classify/signal/text.js';
import { asNumber, asTime, asWait } from '../../src/core/classify/signal/wait-value.js';

// biome-ignore format: lists of names
describe('the role of a property', () => {
  it.each<[ReturnType<typeof roleOf>, string[]]>([
    ['status', ['status', 'statusCode', 'status_code', 'httpStatus', 'http_status_code', 'httpStatusCode']],
    [
      'code',
      [
        'quotaId', 'blockReason', 'type', 'finish_reason', 'finishReason', 'stop_reason', 'reason', 'lc_error_code', 'name',
        'code', 'error_code', 'errorCode', 'httpCode', 'ErrorType',
      ],
    ],
    [
      'text',
      [
        'title', 'msg', 'details', 'raw', 'message', 'status_msg', 'detail', 'faultstring', 'description', 'errorMessage',
        'error_description',
      ],
    ],
    [
      'nested',
      [
        'promptFeedback', 'fault', 'response', 'candidates', 'rawResponse', 'choices', 'error', '$response', 'cause',
        'base_resp', 'data', 'lastError', 'metadata', 'value', 'innerError', 'originalError', '$metadata',
        'incomplete_details', 'status_details',
      ],
    ],
    ['body', ['body', 'responseBody', 'rawBody', 'responseText']],
    ['later', ['violations', 'errors']],
    ['headers', ['headers', 'responseHeaders']],
    [
      'wait',
      [
        'resets_in_seconds', 'reset_seconds', 'reset_in_seconds', 'retry_after_seconds', 'retry_after', 'retryAfterMs',
        'retryDelay', 'resetsInSeconds', 'resetSeconds',
      ],
    ],
    ['time', ['resets_at', 'resetAt', 'reset_at']],
    ['provider', ['llm_provider', 'provider', 'provider_name']],
    ['limited', ['quotaDimensions']],
    ['event', ['throttlingException', 'modelStreamErrorException']],
    [undefined, ['usage', 'http', 'messages', 'Exceptions', '', `error_${'_'.repeat(40)}`]],
    // No name of ours is as long as that, whatever is left of it.
    ['status', [`status${'_'.repeat(33)}`]],
    [undefined, [`status${'_'.repeat(34)}`]],
  ])('%s: %j', (role, keys) => {
    expect(keys.map((key) => roleOf(key))).toEqual(keys.map(() => role));
  });
});

describe('a number, a wait, a time', () => {
  it.each([
    [7, 7],
    ['7', 7],
    ['7.5', 7.5],
    ['0', 0],
    [0, 0],
    [-1, undefined],
    ['-1', undefined],
    ['1.2.3', undefined],
    ['7s', undefined],
    ['s7', undefined],
    ['', undefined],
    ['9'.repeat(26), undefined],
    [Infinity, undefined],
    [NaN, undefined],
    [null, undefined],
    [true, undefined],
    [[7], undefined],
  ])('%o is the number %d', (value, number) => {
    expect(asNumber(value)).toBe(number);
  });

  it.each<[unknown, string, number | undefined]>([
    [7, 'retry_after', 7000],
    ['7', 'retry_after', 7000],
    [7, 'retryAfterMs', 7],
    [7, 'RETRY_AFTER_MS', 7],
    [7, 'msRetry', 7000],
    ['34.5s', 'retryDelay', 34_500],
    [{ seconds: 5 }, 'retryDelay', 5000],
    [{ seconds: '5' }, 'retryDelay', 5000],
    [{}, 'retryDelay', undefined],
    [`7s${' '.repeat(58)}`, 'retryDelay', 7000],
    [`7s${' '.repeat(59)}`, 'retryDelay', undefined],
    [['7s'], 'retryDelay', undefined],
    ['soon', 'retryDelay', undefined],
    [null, 'retryDelay', undefined],
  ])('%o of %s is a wait of %d ms', (value, key, ms) => {
    expect(asWait(value, key)).toBe(ms);
  });

  it.each<[unknown, number | undefined]>([
    [1_767_225_600, 1_767_225_600_000],
    ['1767225600', 1_767_225_600_000],
    [1_767_225_600_123, 1_767_225_600_123],
    [1e9, 1e12],
    [1e12, 1e12],
    [999_999_999, undefined],
    ['2026-01-01T00:00:00Z', 1_767_225_600_000],
    ['2026-01-01 00:00:00Z', 1_767_225_600_000],
    ['Thu, 01 Jan 2026 00:00:00 GMT', 1_767_225_600_000],
    ['Thu 1 Jan 2026 00:00:00 GMT', 1_767_225_600_000],
    ['Thursday, 01 Jan 2026 00:00:00 GMT', 1_767_225_600_000],
    ['2026-01-01T00:00:00.250+00:00', 1_767_225_600_250],
    ['2026-01-01 00:00:00 UTC', 1_767_225_600_000],
    // Without a zone: what these mean would depend on where this process runs.
    ['2026-01-01T00:00:00', undefined],
    ['2026-01-01 00:00:00.250', undefined],
    ['Thu, 01 Jan 2026 00:00:00', undefined],
    ['Jan 1, 2026 5:00 PM', undefined],
    ['2026-01-01', undefined],
    ['on 2026-01-01T00:00:00Z', undefined],
    ['- Thu, 01 Jan 2026 00:00:00 GMT', undefined],
    ['2026-13-45T00:00:00Z', undefined],
    ['Th, 01 Jan 2026', undefined],
    [`Thu, 01 Jan 2026 00:00:00 GMT (${'x'.repeat(28)})`, 1_767_225_600_000],
    [`Thu, 01 Jan 2026 00:00:00 GMT (${'x'.repeat(29)})`, undefined],
    ['+002026-01-01T00:00:00Z', undefined],
    [['2026-01-01T00:00:00Z'], undefined],
    [null, undefined],
    [{}, undefined],
  ])('%o is the time %d', (value, time) => {
    expect(asTime(value)).toBe(time);
  });

  it.each<[string, number | undefined]>([
    ['6m0s', 360_000],
    ['338ms', 338],
    ['338 milliseconds', 338],
    ['34.07s', 34_070],
    ['2 days', 172_800_000],
    ['1 week', 604_800_000],
    ['2w', 1_209_600_000],
    ['1d', 86_400_000],
    ['1h, 2 min', 3_720_000],
    ['1 hour and 2 minutes', 3_720_000],
    ['3 hrs', 10_800_000],
    ['1h 2m 3s', 3_723_000],
    ['90 seconds', 90_000],
    ['5 sec', 5000],
    ['5 Min', 300_000],
    ['5 分钟', 300_000],
    ['5分', 300_000],
    ['500毫秒', 500],
    ['3秒', 3000],
    ['2小时', 7_200_000],
    ['2小时30分钟', 9_000_000],
    ['2天', 172_800_000],
    ['1s2s3s4s5s6s7s', 21_000],
    ['5 sx', undefined],
    ['5', undefined],
    ['5     s', undefined],
    ['s', undefined],
    [' 5s', undefined],
    ['1.s', undefined],
  ])('"%s" lasts %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it('a duration is read from where it begins', () => {
    expect(parseDuration('in 5s', 3)).toBe(5000);
    expect(parseDuration('in 5s')).toBeUndefined();
  });
});

describe('the status that a sentence names', () => {
  it.each([
    [429, '429 You exceeded'],
    [429, '429'],
    [529, '(529) Overloaded'],
    [400, 'openai.BadRequestError: 400'],
    [400, 'Error: 400 no'],
    [403, 'Error: [provider.x] 403 no'],
    [403, '[my provider] 403'],
    [403, '[my provider]403'],
    [429, 'acme.RateLimited: 429 slow'],
    [402, '✗ (402) You'],
    [402, 'the httpStatus: 402'],
    [500, 'an error code was: 500 here'],
    [500, 'it returned a  500.'],
    [402, '✗ 402 You'],
    [503, '<<503>>'],
    [402, 'got HTTP 402'],
    [402, 'the HTTP/1.1 402'],
    [401, 'a status code 401 came'],
    [503, 'a status_code=503 came'],
    [404, "a 'status': 404 came"],
    [429, 'the API error 429 came'],
    [400, 'An error code: 400 came'],
    [500, 'an error code of 500 came'],
    [500, 'an error code was http 500 here'],
    [502, 'an exception (502) came'],
    [504, 'a response 504 came'],
    [403, 'it returned 403: no'],
    [403, 'it returned an HTTP 403, no'],
    [500, 'it failed with status 500.'],
    [500, 'it failed with a 500; so'],
    [429, 'Request rejected (429)'],
    [401, 'we got 401'],
    [403, 'it returned 403'],
    [403, 'it said [403 Forbidden]'],
    [503, 'it said <503>'],
    [503, 'it said [503]'],
    [504, 'x | 504: Gateway time-out'],
    [429, 'in x: 429: slow'],
    [403, 'Access forbidden (403): no'],
    [429, 'Too many requests (429)'],
    [401, 'Unauthorized (401)'],
    [404, 'Not found (404)'],
    [503, 'Service unavailable (503)'],
    [429, 'Quota exceeded (429)'],
    [401, 'Access denied (401)'],
  ])('%d: %s', (status, text) => {
    expect(statusInText(text)).toBe(status);
  });

  it.each([
    'The list holds 429 items',
    'error 200',
    'error 4290',
    'error 503 ms',
    'error 503ms',
    'error 503 s',
    'error 503 tokens',
    'error 503 token',
    'error 503 min',
    'error 503%',
    'error 503 px',
    'error 503 kb',
    'error 503 mb',
    'error 503 bytes',
    'error 503 sec',
    'error 403.5',
    'error 403,5',
    'it returned 403 rows',
    'so many of 500 (500)',
  ])('none: %s', (text) => {
    expect(statusInText(text)).toBeUndefined();
  });

  it('is not looked for far into a text', () => {
    expect(statusInText(`${'x '.repeat(200)} error 403`)).toBeUndefined();
    expect(statusInText(`${'x '.repeat(190)} error 403`)).toBe(403);
  });
});

describe('a message as the rules read it', () => {
  it.each([
    ['Rate LIMIT', 'rate limit'],
    ['See https://x.test/rate-limits. No', 'see . no'],
    ['See http://x.test/a', 'see '],
    ["I don't and can’t", 'i do not and ca not'],
    ["The 'rate limit' here", 'the   here'],
    ['The "rate limit" here', 'the   here'],
    ['The `rate limit` here', 'the   here'],
    ['The “rate limit” here', 'the   here'],
    ['The «rate limit» here', 'the   here'],
    ["a 'user's rate limit' here", 'a   here'],
    ["'Requests per day per x'", ' per day'],
    ["ConnectError('no')", "connecterror('no')"],
    ["the users' plan and the teams' plan", "the users' plan and the teams' plan"],
    ["it's a user's", "it's a user's"],
    ["'rate\nlimit'", ' '],
    ["'rate\nLimit'", "'rate\nlimit'"],
    ['rate\nlimit', 'rate limit'],
    ['rate,\n   limit', 'rate, limit'],
    ['rate.\nlimit', 'rate.\nlimit'],
    ['rate\nLimit', 'rate\nlimit'],
  ])('%j is %j', (text, plain) => {
    expect(toPlain(text)).toBe(plain);
  });

  it.each([
    ['tools.10.properties.credit and tools.0.input.credit are wrong', 'x and x are wrong'],
    ['tools[daily].parameters.credit is wrong', 'x is wrong'],
    ['Model=credit-bot, Model Group=payment-bot', 'model=x, model group=x'],
    ['accounts/credit-risk of project credit-risk', 'accounts/x of project x'],
    ['account payment_ops and model: credit-2', 'account x and model: x'],
    ['The project quota for gpt-5 is used up', 'the project quota for gpt-5 is used up'],
    ['no route to credit.internal or billing.internal', 'no route to x.internal or x.internal'],
  ])('without the names that people gave: %s', (text, plain) => {
    expect(toPlain(text)).toBe(plain);
  });

  it('a long one is its head and its tail', () => {
    const whole = 'x'.repeat(3072);
    expect(clip(whole)).toBe(whole);
    const long = `${'a'.repeat(2048)}${'b'.repeat(500)}${'c'.repeat(1024)}`;
    expect(clip(long)).toBe(`${'a'.repeat(2048)} … ${'c'.repeat(1024)}`);
  });
});

describe('a page', () => {
  it.each(['<!DOCTYPE html>', '  <html lang="en">', '<HTML>', '<?xml version="1.0"?>', '<head>', '<body>'])(
    'is one: %s',
    (text) => {
      expect(isHtml(text)).toBe(true);
    },
  );

  it.each(['text <html>', '<503>', '<div>', `${' '.repeat(41)}<html>`])('is none: %s', (text) => {
    expect(isHtml(text)).toBe(false);
  });

  it('is its headings, each once, and its text', () => {
    const page =
      '<html><title>502 Bad</title><h1 class="x">\n502 Bad</h1><h2 class="y">Try it</h2><pre>none</pre><p>again in 5s</p>';
    expect(htmlHeadings(page)).toBe('502 Bad. Try it. none');
    expect(htmlText(page)).toBe(' 502 Bad 502 Bad Try it none again in 5s ');
    expect(htmlHeadings(`<html>${' '.repeat(2048)}<title>late</title>`)).toBe('');
    expect(htmlText(`<html>${'x'.repeat(3000)}`)).toHaveLength(2048 - '<html>'.length + 1);
  });
});

// biome-ignore format: a table
describe('headers of any make', () => {
  it.each<[string, object, [string, string][]]>([
    ['a plain object', { 'Retry-After': ' 7 ', x: 5 }, [['retry-after', '7'], ['x', '5']]],
    ['a list of values', { 'Retry-After': ['7', '9'] }, [['retry-after', '7']]],
    ['pairs', [['Retry-After', '7']], [['retry-after', '7']]],
    ['a map', new Map<unknown, unknown>([[7, 'y'], ['A', 'x'], ['b', {}]]), [['a', 'x']]],
    ['one that can only be asked', { get: (name: string) => `${name}!` }, [['retry-after', 'retry-after!']]],
    ['one that throws', { entries: () => { throw new Error('no'); } }, []],
    ['a long one', { ['x'.repeat(120)]: 'y'.repeat(320) }, [['x'.repeat(99), 'y'.repeat(299)]]],
  ])('%s', (_, headers, found) => {
    expect([...readHeaders(headers)]).toEqual(found);
  });

  it('no more than 128', () => {
    const many = Array.from({ length: 200 }, (_, index): [string, string] => [`h${index}`, 'x']);
    expect(readHeaders(Object.fromEntries(many)).size).toBe(128);
    expect(readHeaders(new Map(many)).size).toBe(128);
  });
});

// biome-ignore format: lists of sentences
describe('what stands inside a text', () => {
  it.each<[string, ReturnType<typeof splitText>]>([
    ['plain', { prose: 'plain', values: [] }],
    ['{"a":1}', { prose: '', values: [{ a: 1 }] }],
    ['  [1]', { prose: '', values: [[1]] }],
    ['"quoted"', { prose: '', values: ['quoted'] }],
    ['Failed {"a":1} so', { prose: 'Failed   so', values: [{ a: 1 }] }],
    ['Failed {"a":"}"} so', { prose: 'Failed   so', values: [{ a: '}' }] }],
    ['Failed {"a":"\\"}"} so', { prose: 'Failed   so', values: [{ a: '"}' }] }],
    ['Failed {"a":{"b":1}} and {"c":2}', { prose: 'Failed  ', values: [{ a: { b: 1 } }, { c: 2 }] }],
    [
      'x {"a":1} {"a":2} {"a":3} {"a":4} {"a":5}',
      { prose: 'x  ', values: [{ a: 2 }, { a: 3 }, { a: 4 }, { a: 5 }] },
    ],
    ['event: error\ndata: {"a":1}\n\n', { prose: '', values: [{ a: 1 }] }],
    ['data: {"a":1}', { prose: '', values: [{ a: 1 }] }],
    ['id: 7\ndata: {"a":1}', { prose: '', values: [{ a: 1 }] }],
    ['retry: 5\ndata: {"a":1}', { prose: '', values: [{ a: 1 }] }],
    ['  data: {"a":1}', { prose: '', values: [{ a: 1 }] }],
    ['id: {7}\ndata: {"a":1}', { prose: '', values: [{ a: 1 }] }],
    [`${' '.repeat(41)}[1]`, { prose: `${' '.repeat(41)}[1]`, values: [] }],
    ['Failed {"a":1}{"b":2}', { prose: 'Failed  ', values: [{ a: 1 }, { b: 2 }] }],
    ['Failed {"a":1} code: 7', { prose: 'Failed   code: 7', values: [{ a: 1 }] }],
    [
      `x {"a":1} {"a":2} {"a":3} {"a":4} {'type': 'y'`,
      {
        prose: 'x  ',
        values: [{ a: 2 }, { a: 3 }, { a: 4 }, { message: undefined, details: [{ code: 'y' }], retryDelay: undefined }],
      },
    ],
    ['Last error: it broke', { prose: 'Last error: ', passedOn: 'it broke', values: [] }],
    ['429 "Your team has used all credits"', { prose: '429 ', passedOn: 'Your team has used all credits', values: [] }],
    ['429 "all credits"', { prose: '429 "all credits"', values: [] }],
    ['error:  "Your team has no credits".', { prose: 'error:  ', passedOn: 'Your team has no credits', values: [] }],
    ['error: "Your team has no credits" it said', { prose: 'error: "Your team has no credits" it said', values: [] }],
    ['Could not parse the model answer', { prose: 'Could not parse the model answer', values: [] }],
    ['Could not parse the model answer: {"a":1}', { prose: 'Could not parse the model answer: ', values: [] }],
  ])('%j', (text, parts) => {
    expect(splitText(text)).toEqual(parts);
  });

  it.each([
    'Last error: x', 'upstream error: x', 'Underlying cause: x', 'inner error was 500: x', 'original cause: x',
    'Root cause: x', 'Error from provider: x', 'Error from provider (acme): x', 'Upstream request failed: x',
    'Provider call failed: x', 'Caused by: x', 'cause: x', 'Failed after 3 attempts: x', 'Failed after 3 retries: x',
    'Failed after 2 tries: x', 'Failed after 10 attempts: x', 'Last error:  x', 'stream disconnected before completion: x', 'RateLimitError - x', 'OpenAIException - x',
    'Last error: Caused by: x',
  ])('what is passed on: %s', (text) => {
    expect(splitText(text).passedOn).toBe('x');
  });

  it.each(['Error: x', 'An error - x', 'The last error was x'])('nothing is passed on: %s', (text) => {
    expect(splitText(text).passedOn).toBeUndefined();
  });

  it.each<[string, string | undefined, string[], string | undefined]>([
    ["{'message': 'slow', 'code': 'x'", 'slow', ['x'], undefined],
    ["{ message: 'it isn't', type: \"y\" }", "it isn't", ['y'], undefined],
    ['{ msg: "a", error_code: 7 }', 'a', ['7'], undefined],
    ["type: a, {'Message': 'slow', 'code': 'x'", 'slow', ['x'], undefined],
    ['{ detail: `all` }', 'all', [], undefined],
    ['map[retryDelay:34.07s]', undefined, [], '34.07s'],
    ['{ error_description = "a" }', 'a', [], undefined],
    ['map[code:429 status:RESOURCE_EXHAUSTED retryDelay:41s]', undefined, ['429', 'RESOURCE_EXHAUSTED'], '41s'],
    ['{ retry_delay { seconds: 38 } }', undefined, [], '38'],
    ["{'retryDelay': '41s', 'reason': 'x', 'quotaId': 'y', 'statusCode': 5", undefined, ['x', 'y', '5'], '41s'],
    ['{ type: a type: b type: c type: d type: e }', undefined, ['a', 'b', 'c', 'd'], undefined],
  ])('%s is no JSON, and read all the same', (text, message, codes, retryDelay) => {
    const details = codes.map((code) => ({ code }));
    expect(splitText(text).values[0]).toEqual({ message, details, retryDelay });
  });

  it('no more than there is time for', () => {
    const values = (text: string) => splitText(text).values;
    const long = (length: number) => `{"a":"${'x'.repeat(length - '{"a":""}'.length)}"}`;
    expect([values(long(16_384)).length, values(long(16_385)).length]).toEqual([1, 0]);
    expect(values(`${'x'.repeat(2047)}{"a":1}`)).toEqual([{ a: 1 }]);
    expect(values(`${'x'.repeat(2048)}{"a":1}`)).toEqual([]);
    expect(values(`data: {"a":1}\n${': wait\n'.repeat(3000)}data: {"b":2}`)).toEqual([{ b: 2 }]);
    expect(values(`Could not parse the model answer ${'x'.repeat(300)} {"a":1}`)).toEqual([{ a: 1 }]);
  });

  it('pairs of a log', () => {
    expect(splitText('level=error error="upstream broke" x=1').values).toEqual(['upstream broke']);
    expect(splitText('rpc error: details = "failed to connect"').values).toEqual(['failed to connect']);
    expect(splitText('error: "upstream broke", it said').values).toEqual([]);
  });
});

describe('a property that cannot be read is not there', () => {
  const { proxy, revoke } = Proxy.revocable<unknown[]>([], {});
  revoke();

  it('nor a list', () => {
    expect(readProperty(proxy, 'x')).toBeUndefined();
    expect(listLength(proxy)).toBe(0);
    expect([listLength([1, 2]), listLength({ length: 2 })]).toEqual([2, 0]);
  });
});

// biome-ignore format: tables
describe('a signal', () => {
  it('has the innermost layer first, and the innermost status beside the outermost', () => {
    const signal = readSignal({ status: 502, message: 'outer', cause: { status: 429, message: 'inner' } });
    expect(signal.layers.map(({ depth, texts }) => [depth, texts])).toEqual([
      [1, ['inner']],
      [0, ['outer']],
    ]);
    expect([signal.status, signal.deepStatus]).toEqual([502, 429]);
  });

  it.each<[string, unknown, number | undefined, number | undefined]>([
    ['a status below 400 gives way to a telling one', { status: 200, error: { code: 500 } }, 500, 500],
    ['but is one', { status: 200 }, 200, undefined],
    ['what is no status', { status: 99, error: { status: 600 } }, undefined, undefined],
    ['half a status', { status: 429.5 }, undefined, undefined],
    ['the edges', { status: 100 }, 100, undefined],
    ['400', { status: 400 }, 400, 400],
    ['599', { status: 599 }, 599, 599],
    ['400 takes the place of 200', { status: 200, error: { code: 400 } }, 400, 400],
    ['302 does not', { status: 200, cause: { status: 302 } }, 200, undefined],
    ['nor does a further one the place of 400', { status: 400, cause: { status: 500 } }, 400, 500],
    ['one in digits', { status: '429' }, 429, 429],
    ['the first of several choices counts', { choices: [{ error: { code: 401 } }, { error: { code: 500 } }] }, 401, 401],
    ['and is further inside', { status: 502, choices: [{ error: { code: 429 } }] }, 502, 429],
    ['the first of several errors counts', { errors: [{ status: 401 }, { status: 500 }] }, 401, 401],
    ['a later error does not change what is known', { status: 401, errors: [{ status: 500 }] }, 401, 401],
    ['a sentence is believed beside a 5xx', { status: 502, message: 'HTTP 429' }, 502, 429],
    ['and not beside a 4xx', { status: 404, message: 'HTTP 429' }, 404, 404],
  ])('%s', (_, error, status, deepStatus) => {
    const signal = readSignal(error);
    expect([signal.status, signal.deepStatus]).toEqual([status, deepStatus]);
  });

  it.each<[string, unknown, string[]]>([
    ['`code` comes first', { type: 'a', code: 'b' }, ['b', 'a']],
    ['names that say nothing', { name: 'Error', type: 'object', code: 'None', reason: 'null' }, []],
    ['a long one', { code: 'x'.repeat(101) }, []],
    ['one that is just short enough', { code: 'x'.repeat(100) }, ['x'.repeat(100)]],
    ['numbers', { code: 1113, type: 7 }, ['1113']],
    ['a status of MiniMax', { status_code: 1004 }, ['minimax:1004']],
    ['a member of a stream', { throttlingException: {} }, ['throttlingException']],
    ['out of a sentence', { message: 'litellm.RateLimitError: no (ThrottlingException) but MyTimeout: x' }, ['RateLimitError', 'ThrottlingException']],
    ['constants', { message: 'It is RESOURCE_EXHAUSTED here' }, ['RESOURCE_EXHAUSTED']],
    ['of Go', { message: 'code = ResourceExhausted desc = x' }, ['ResourceExhausted']],
    ['no more where there are two', { type: 'a', code: 'b', message: 'FooError: x' }, ['b', 'a']],
    ['an error that is a word', { error: 'slow_down' }, ['slow_down']],
    ['and no other word', { cause: 'slow_down' }, []],
    ['no name of a property', { cause: {} }, []],
    ['one that only begins like a name that says nothing', { code: 'object_gone' }, ['object_gone']],
    ['at the end of a sentence', { message: 'It was a RateLimitError' }, ['RateLimitError']],
    ['an empty one', { code: '', type: 'a' }, ['a']],
    ['what is neither a word nor a number', { code: true }, []],
    ['the least of MiniMax', { status_code: 1000 }, ['minimax:1000']],
    ['what only holds a status', { code: '1429', type: '4290' }, ['1429', '4290']],
    ['others as they come', { type: 'a', reason: 'b' }, ['a', 'b']],
  ])('codes: %s', (_, error, codes) => {
    expect(readSignal(error).layers.find(({ depth }) => depth === 0)?.codes).toEqual(codes);
  });

  it('codes with spaces are sentences', () => {
    expect(readSignal({ code: 'too many', error: 'no more' }).layers.flatMap(({ texts }) => texts)).toEqual(['no more', 'too many']);
  });

  it.each<[string, object, number | undefined, number | undefined]>([
    ['a field', { retry_after: 5 }, 5000, undefined],
    ['the first of two', { retry_after: 5, retryDelay: '7s' }, 5000, undefined],
    ['a date in it', { retry_after: '2026-01-01T00:00:00Z' }, undefined, 1_767_225_600_000],
    ['a time', { resets_at: 1_767_225_600 }, undefined, 1_767_225_600_000],
  ])('waits: %s', (_, error, wait, time) => {
    const signal = readSignal(error);
    expect([signal.wait, signal.time]).toEqual([wait, time]);
  });

  it('who answered, in small letters, and whether a limit is one model\'s', () => {
    expect(readSignal({ provider: 'Acme', error: { provider: 'other' } }).provider).toBe('acme');
    expect(readSignal({ provider: 7 }).provider).toBeUndefined();
    expect(readSignal({ quotaDimensions: { model: 'x' } }).isModelLimit).toBe(true);
    expect(readSignal({ quotaDimensions: { region: 'x' } }).isModelLimit).toBeUndefined();
  });

  it('a body is read where nothing stands parsed beside it', () => {
    const texts = (error: object) => readSignal(error).layers.flatMap((layer) => layer.texts);
    expect(texts({ responseBody: '{"message":"a"}' })).toEqual(['a']);
    expect(texts({ responseBody: '{"message":"a"}', data: { message: 'b' } })).toEqual(['b']);
    expect(texts({ responseBody: '{"message":"a"}', error: { message: 'b' } })).toEqual(['b']);
    expect(texts({ responseBody: '{"message":"a"}', cause: { message: 'b' } })).toEqual(['a', 'b']);
    expect(texts({ body: { message: 'a' }, responseBody: { message: 'b' } })).toEqual(['a']);
    expect(texts({ body: '<html><title>Slow down</title>' })).toEqual(['Slow down']);
    expect(texts({ message: 7 })).toEqual([]);
    expect(texts({ fooException: 'a' })).toEqual([]);
    expect(texts({ value: { message: 'a' } })).toEqual([]);
    expect(texts({ value: { error: { message: 'a' } } })).toEqual(['a']);
    expect(texts({ value: 'a' })).toEqual([]);
    expect(texts({ name: 'ZodError', message: '{"message":"a"}' })).toEqual(['{"message":"a"}']);
  });

  it('headers, no more than four, outermost first', () => {
    const headers = Array.from({ length: 6 }, (_, index) => ({ x: String(index) }));
    const nested = headers.reduceRight<object>((cause, each) => ({ headers: each, cause }), {});
    expect(readSignal(nested).headers).toEqual(headers.slice(0, 4));
    expect(readSignal({ headers: 'retry-after: 5' }).headers).toEqual([]);
  });

  it.each([
    ['Last error: it broke', true, 2],
    ['Last error: {"message":"it broke"}', true, 2],
    ['It broke. Last error: ', undefined, 1],
    ['It broke', undefined, 1],
  ])('%s: passes on what another said: %s', (text, isWrapper, layers) => {
    const signal = readSignal(text);
    expect(signal.layers).toHaveLength(layers);
    expect(signal.layers.at(-1)?.isWrapper).toBe(isWrapper);
  });

  it('reads no more than eight levels, forty objects, four members, sixty-four properties', () => {
    let deep: object = { message: 'end' };
    for (let level = 0; level < 20; level++) deep = { cause: deep };
    expect(Math.max(...readSignal(deep).layers.map(({ depth }) => depth))).toBe(8);
    const list = (length: number) => Array.from({ length }, (_, index) => ({ message: String(index) }));
    expect(readSignal({ errors: list(9) }).layers).toHaveLength(5);
    // Each list is one of the forty, too.
    const wide = (of: number) => ({ errors: list(of).map(() => ({ errors: list(of).map(() => ({ errors: list(of) })) })) });
    expect([3, 4].map((of) => readSignal(wide(of)).layers.length)).toEqual([29, 31]);
    const many = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`x${index}`, 1]));
    expect(readSignal({ ...many(63), type: 'late' }).layers[0]?.codes).toEqual(['late']);
    expect(readSignal({ ...many(64), type: 'late' }).layers[0]?.codes).toEqual([]);
    expect(readSignal({ ...many(64), code: 'late' }).layers[0]?.codes).toEqual(['late']);
  });
});
