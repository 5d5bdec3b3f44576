import * as fc from '../support/fast-check.js';
import { describe, expect, it, test } from 'vitest';
import { nearlyUsedUpMs } from '../../src/core/classify/waits/buckets.js';

const now = Date.parse('2026-01-01T00:00:00Z');
const look = (headers: Record<string, string>, share = 0.05) => nearlyUsedUpMs(new Headers(headers), share, now);

describe('limits that answers name', () => {
  it.each<[string, Record<string, string>, number]>([
    [
      'OpenAI and Groq, tokens',
      {
        'x-ratelimit-limit-requests': '10000',
        'x-ratelimit-remaining-requests': '9999',
        'x-ratelimit-reset-requests': '6ms',
        'x-ratelimit-limit-tokens': '150000',
        'x-ratelimit-remaining-tokens': '7000',
        'x-ratelimit-reset-tokens': '57.2s',
      },
      57_200,
    ],
    [
      'OpenAI, requests of a day',
      {
        'x-ratelimit-limit-requests': '200',
        'x-ratelimit-remaining-requests': '10',
        'x-ratelimit-reset-requests': '6h12m0s',
      },
      22_320_000,
    ],
    [
      'Anthropic, the longest of several, against its own clock',
      {
        date: 'Thu, 01 Jan 2026 00:10:00 GMT',
        'anthropic-ratelimit-requests-limit': '4000',
        'anthropic-ratelimit-requests-remaining': '40',
        'anthropic-ratelimit-requests-reset': '2026-01-01T00:10:05Z',
        'anthropic-ratelimit-input-tokens-limit': '40000',
        'anthropic-ratelimit-input-tokens-remaining': '0',
        'anthropic-ratelimit-input-tokens-reset': '2026-01-01T00:10:45Z',
        'anthropic-ratelimit-output-tokens-limit': '8000',
        'anthropic-ratelimit-output-tokens-remaining': '8000',
        'anthropic-ratelimit-output-tokens-reset': '2026-01-01T00:10:00Z',
      },
      45_000,
    ],
    [
      'Azure, a plain number of seconds',
      {
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '3',
        'x-ratelimit-reset-requests': '60',
      },
      60_000,
    ],
    [
      'OpenRouter, epoch milliseconds',
      { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': String(now + 9000) },
      9000,
    ],
    [
      'epoch seconds',
      { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 + 9) },
      9000,
    ],
    [
      'the older draft',
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '5', 'ratelimit-reset': '30' },
      30_000,
    ],
    [
      'the draft of policies',
      {
        ratelimit: '"day";r=900;t=4000, "minute";r=3;t=30',
        'ratelimit-policy': '"day";q=1000;w=86400, "minute";q=100;w=60',
      },
      30_000,
    ],
    [
      'policies in another order than their quotas',
      { ratelimit: '"large";r=40;t=30, "small";r=40;t=60', 'ratelimit-policy': '"small";q=100, "large";q=1000' },
      30_000,
    ],
    [
      'a reset of just a second',
      { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '1' },
      1000,
    ],
    [
      'a reset of just a day',
      { 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '24h' },
      86_400_000,
    ],
  ])('%s', (_name, headers, resetMs) => {
    expect(look(headers)).toBe(resetMs);
    expect(look(headers, 0.0000001) === resetMs).toBe(Object.values(headers).includes('0'));
  });

  it('says so where nothing is low, and says nothing where no limit is named', () => {
    const plenty = { 'x-ratelimit-limit-tokens': '100', 'x-ratelimit-remaining-tokens': '6' };
    expect(look(plenty)).toBe(0);
    expect(look({ 'content-length': '512' })).toBeUndefined();
    expect(look({ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '30s' })).toBeUndefined();
    expect(look({ ...plenty, 'x-ratelimit-remaining-tokens': 'many' })).toBeUndefined();
  });

  it('says nothing of a limit that is low and does not say how long it is', () => {
    expect(look({ 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '1' })).toBeUndefined();
    expect(look({ ratelimit: '"a";r=0', 'ratelimit-policy': '"a";q=10' })).toBeUndefined();
  });

  const low = { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '30' };
  it.each<[string, Record<string, string>]>([
    ['a negative remainder', { 'x-ratelimit-remaining': '-5' }],
    ['a remainder that is no number', { 'x-ratelimit-remaining': 'NaN' }],
    ['an infinite remainder', { 'x-ratelimit-remaining': 'Infinity' }],
    ['a remainder that is longer than a number', { 'x-ratelimit-remaining': '0'.repeat(400) }],
    ['a negative limit', { 'x-ratelimit-limit': '-1' }],
    ['a limit of nothing', { 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0' }],
    ['a limit that is no number', { 'x-ratelimit-limit': 'unlimited' }],
    ['a reset in the past', { 'x-ratelimit-reset': String(now / 1000 - 60) }],
    ['a reset in the past, as a date', { 'x-ratelimit-reset': '2025-01-01T00:00:00Z' }],
    ['a reset a year away', { 'x-ratelimit-reset': String(now / 1000 + 365 * 86_400) }],
    ['a reset a year away, as a duration', { 'x-ratelimit-reset': '365 days' }],
    ['a negative reset', { 'x-ratelimit-reset': '-30' }],
    ['a reset that is no time', { 'x-ratelimit-reset': 'soon' }],
    ['a reset that is at once', { 'x-ratelimit-reset': '0' }],
    ['a reset of a few milliseconds', { 'x-ratelimit-reset': '6ms' }],
  ])('%s leaves nothing alone', (_name, lie) => {
    expect(look(low)).toBe(30_000);
    expect(look({ ...low, ...lie }) ?? 0).toBe(0);
  });

  test('whatever the headers hold, it is nothing, or a wait of a second to a day', () => {
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'0123456789.-+eNa:TZ ;,="rtq'.split('')) }),
      fc.constantFrom('0', '1', '100', '1e308', String(Number.MAX_VALUE), '9'.repeat(25), '1767225660', 'Infinity'),
    );
    const name = fc.constantFrom(
      'x-ratelimit-limit',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
      'anthropic-ratelimit-tokens-limit',
      'anthropic-ratelimit-tokens-remaining',
      'anthropic-ratelimit-tokens-reset',
      'ratelimit',
      'ratelimit-policy',
      'date',
    );
    fc.assert(
      fc.property(fc.dictionary(name, value), fc.double({ min: 0.001, max: 0.999, noNaN: true }), (headers, share) => {
        const ms = nearlyUsedUpMs(headers, share, now) ?? 0;
        expect(ms === 0 || (ms >= 1000 && ms <= 86_400_000)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
