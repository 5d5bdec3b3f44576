import * as fc from '../support/fast-check.js';
import { describe, expect, it } from 'vitest';
import type { Classification } from '../../src/core/classify/classification.js';
import { classifyError } from '../../src/core/classify/classify-error.js';
import { failureScopes, isKind } from '../../src/core/kinds.js';

// biome-ignore format: a list of words
const names = [
  'message', 'name', 'code', 'type', 'status', 'statusCode', 'error', 'errors', 'cause', 'headers', 'responseHeaders',
  'response', 'data', 'body', 'responseBody', 'detail', 'details', 'reason', 'lastError', '$metadata', '$response',
  'retryDelay', 'retry_after', 'resets_at', 'base_resp', 'metadata', 'raw', 'success', 'provider', 'value',
];
const words = fc.constantFrom(
  'rate limit',
  'quota exceeded',
  'try again in 5s',
  '429',
  'ECONNRESET',
  '{"error":{"message":"',
  '<html><title>502',
  "'",
  '余额不足',
  'model not found',
  'Invalid API key',
  '\ud800',
  'sk-',
  'Thu, 01 Jan 2026 00:02:00 GMT',
  '|1767240000',
  'limit: 0',
);
const text = fc.oneof(
  words,
  fc.string({ unit: 'binary' }),
  fc.array(words, { maxLength: 8 }).map((list) => list.join(' ')),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
    }),
    fc.integer({ min: -10, max: 700 }),
    fc.dictionary(fc.constantFrom(...names), tie('tree'), { maxKeys: 6 }),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.tuple(text, tie('tree')).map(([message, cause]) => new Error(message, { cause })),
  ),
}));

function expectVerdict(verdict: Classification): void {
  expect(isKind(verdict.kind)).toBe(true);
  expect(failureScopes).toContain(verdict.scope);
  expect(verdict.message.length).toBeLessThanOrEqual(500);
  expect((verdict.evidence.matched ?? '').length).toBeLessThanOrEqual(120);
  if (verdict.retryAfterMs !== undefined) expect(verdict.retryAfterMs).toBeGreaterThanOrEqual(0);
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) deepFreeze((value as Record<PropertyKey, unknown>)[key]);
}

describe('any value', () => {
  it('gets a verdict, is never changed, and gets the same one again', () => {
    fc.assert(
      fc.property(tree, fc.option(fc.integer(), { nil: undefined }), (value, now) => {
        const options = now === undefined ? {} : { now };
        deepFreeze(value);
        const first = classifyError(value, options);
        expectVerdict(first);
        expect(classifyError(value, options)).toEqual(first);
      }),
      { numRuns: 2000 },
    );
  });

  it('gets one although every property, trap or conversion of it throws', () => {
    const fail = (): never => {
      throw new Error('hostile');
    };
    const getters = Object.defineProperties(
      {},
      Object.fromEntries(names.map((name) => [name, { get: fail, enumerable: true }])),
    );
    const traps = new Proxy(
      {},
      { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail },
    );
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    const converting = {
      message: { toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail },
      status: { valueOf: fail },
    };
    const headers = { status: 429, headers: { get: fail, entries: fail, [Symbol.iterator]: fail } };
    const mixed = {
      status: 429,
      get code(): never {
        return fail();
      },
      error: getters,
      cause: traps,
      errors: proxy,
    };
    for (const hostile of [getters, traps, proxy, converting, headers, mixed]) expectVerdict(classifyError(hostile));
    expect(classifyError(mixed).kind).toBe('rate_limit');
    expect(classifyError(headers).kind).toBe('rate_limit');
  });

  it('gets one when it is deep, wide or goes in circles', () => {
    let deep: unknown = new Error('the end');
    for (let level = 0; level < 100_000; level++) deep = { message: `level ${level}`, cause: deep };
    const wide = {
      message: 'many',
      errors: Array.from({ length: 200_000 }, () => ({ message: 'rate limit exceeded' })),
    };
    const circle: Record<string, unknown> = { message: 'round' };
    circle['cause'] = circle;
    circle['errors'] = [circle, circle];
    circle['error'] = circle;
    const endless: object = new Proxy({}, { get: () => endless, ownKeys: () => ['error'] });
    for (const value of [deep, wide, circle, endless]) {
      expectVerdict(classifyError(value));
    }
    expect(classifyError(wide).kind).toBe('rate_limit');
  });
});

describe('a megabyte', () => {
  const units = [
    'quota ',
    'try again in ',
    '7',
    ' ',
    '{',
    '{"',
    '"',
    "'",
    '<',
    'sk-',
    'key ',
    'model not ',
    'rate limit ',
    '余',
    '\n',
    'a.',
    '[',
    '\\"',
  ];

  // What it takes is the business of `npm run bench:classify`; quadratic time would be hours.
  it.each(units)('of %j gets a verdict like any other message', (unit) => {
    const value = new Error(unit.repeat(Math.ceil(2 ** 20 / unit.length)));
    expectVerdict(classifyError(value));
  });
});

describe('a secret', () => {
  const key = fc
    .stringMatching(/^[A-Za-z0-9]{24,40}$/)
    .filter((value) => /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value));
  const shapes: ((secret: string) => string)[] = [
    (secret) => `sk-${secret}`,
    (secret) => `sk-ant-api03-${secret}`,
    (secret) => `AIza${secret}`,
    (secret) => `gsk_${secret}`,
    (secret) => `xai-${secret}`,
    (secret) => `ghp_${secret}`,
    (secret) => `xoxb-12-${secret}`,
    (secret) => `Bearer ${secret}`,
    (secret) => `Authorization: Basic ${secret}`,
    (secret) => `https://user:${secret}@host.test/v1`,
    (secret) => `https://host.test/v1?api_key=${secret}&alt=sse`,
    (secret) => `https://api.telegram.org/bot123456789:${secret}/sendMessage`,
    (secret) => `eyJhbGciOiJIUzI1NiJ9.${secret}.${secret}`,
    (secret) => `{"apiKey":"${secret}"}`,
    (secret) => `x-api-key: ${secret}`,
    (secret) => secret.padEnd(32, 'x7'),
  ];

  it('survives in no field of a verdict', () => {
    fc.assert(
      fc.property(
        key,
        fc.constantFrom(...shapes),
        words,
        fc.integer({ min: 0, max: 520 }),
        (secret, shape, around, padding) => {
          const said = `${around} ${'x '.repeat(padding / 2)}${shape(secret)} ${around}`;
          const values = [
            said,
            new Error(said),
            { status: 401, body: { error: { message: said, code: shape(secret), type: said } } },
            { message: 'failed', code: shape(secret), provider: shape(secret), cause: new Error(said) },
          ];
          const rules = [{ id: 'echo', kind: 'auth' as const, message: shape(secret) }];
          for (const value of values) {
            expect(JSON.stringify(classifyError(value))).not.toContain(secret);
            expect(JSON.stringify(classifyError(value, { rules }))).not.toContain(secret);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
