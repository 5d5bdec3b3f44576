import { describe, expect, it } from 'vitest';
import { classifyError } from '../../src/core/classify/classify-error.js';

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

  it('reads a date against the clock of the server that wrote it, and then needs no other', () => {
    const headers = { date: 'Thu, 01 Jan 2026 01:00:00 GMT', 'retry-after': 'Thu, 01 Jan 2026 01:02:00 GMT' };
    expect(classifyError({ status: 429, headers }, { now }).retryAfterMs).toBe(120_000);
    expect(classifyError({ status: 429, headers }).retryAfterMs).toBe(120_000);
    const body = { error: { message: 'Limited', resets_at: Date.parse('2026-01-01T01:05:00Z') / 1000 } };
    expect(classifyError({ status: 429, headers: { date: headers.date }, body }, { now }).retryAfterMs).toBe(300_000);
  });

  it.each([
    ['no policy has any left', '"default";r=0;t=30', 30_000],
    ['one of several has none left', '"burst";r=3;t=5, "daily";r=0;t=3600', 3_600_000],
    ['every policy has some left', '"default";r=10;t=30', undefined],
    ['the header is of another make', 'limit=10, remaining=0, reset=7', undefined],
  ])('reads `RateLimit` where %s', (_name, value, expected) => {
    expect(classifyError({ status: 429, headers: { RateLimit: value } }).retryAfterMs).toBe(expected);
  });

  it('reads when the window ends that rejected a request, not those that let it pass', () => {
    const end = (seconds: number) => String(now / 1000 + seconds);
    const windows = {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': end(10),
      'anthropic-ratelimit-unified-5h-status': 'rejected',
      'anthropic-ratelimit-unified-5h-reset': end(600),
      'anthropic-ratelimit-unified-7d-status': 'allowed_warning',
      'anthropic-ratelimit-unified-7d-reset': end(90_000),
      'anthropic-ratelimit-unified-overage-status': 'rejected',
      'anthropic-ratelimit-unified-overage-reset': end(2_000_000),
    };
    const waitOf = (headers: object) => classifyError({ status: 429, headers }, { now }).retryAfterMs;
    expect(waitOf(windows)).toBe(600_000);
    expect(waitOf({ ...windows, 'anthropic-ratelimit-unified-5h-status': 'allowed' })).toBe(10_000);
    expect(
      waitOf({
        ...windows,
        'anthropic-ratelimit-unified-status': 'allowed',
        'anthropic-ratelimit-unified-5h-status': 'allowed',
      }),
    ).toBeUndefined();
  });

  it('reads when a window ends where no header says which one rejected the request', () => {
    const waitOf = (headers: object) => classifyError({ status: 429, headers }, { now }).retryAfterMs;
    const end = (seconds: number) => String(now / 1000 + seconds);
    const windows = {
      'anthropic-ratelimit-unified-5h-reset': end(600),
      'anthropic-ratelimit-unified-7d-reset': end(90_000),
      'anthropic-ratelimit-unified-overage-reset': end(2),
    };
    expect(waitOf(windows)).toBe(600_000);
    expect(waitOf({ ...windows, 'anthropic-ratelimit-unified-reset': end(900) })).toBe(900_000);
  });

  it.each([
    'API Error (529 Overloaded) · Retrying in 17 seconds… (attempt 6/10)',
    'Rate limit exceeded, will retry in 30s',
    'Too many requests. Auto-retry in 5 seconds',
    'Rate limited. Waiting 12s before the next attempt',
    'stream error: 429 Too Many Requests; reconnecting 3/5 in 2.5s',
  ])('takes what a client plans for no wait of a provider: %s', (text) => {
    expect(classifyError(text).retryAfterMs).toBeUndefined();
  });

  it('reads the wait beside such a plan', () => {
    const text = 'Rate limit reached. Please try again in 20s. Retrying in 5 seconds (attempt 1/3)';
    expect(classifyError(text).retryAfterMs).toBe(20_000);
  });
});

it('reads the wait that Genkit keeps of the headers it hides', () => {
  const genkit = Object.assign(new Error('RESOURCE_EXHAUSTED: 429 Rate limit reached'), {
    name: 'GenkitError',
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    originalMessage: '429 Rate limit reached',
    responseMetadata: { retryAfterMs: 60_000 },
  });
  expect(classifyError(genkit)).toMatchObject({ kind: 'rate_limit', retryAfterMs: 60_000 });
});
