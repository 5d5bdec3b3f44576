import { describe, expect, it } from 'vitest';
import { classifyError } from '../../src/core/classify/classify-error.js';
import {
  AttemptTimeoutError,
  ChainExhaustedError,
  ClosedError,
  ConfigError,
  DeadlineError,
  PausedError,
  PinnedTierError,
  StoreError,
  StreamCutError,
} from '../../src/core/errors.js';

const cause = Object.assign(new Error('429 You exceeded your current quota'), {
  status: 429,
  headers: { 'retry-after': '30' },
  code: 'insufficient_quota',
});
const attempts = [
  { tier: 'openai/gpt-5.2', index: 0, ok: false, kind: 'rate_limit', retryAfterMs: 30_000, durationMs: 3 },
] as const;

const own: [name: string, error: Error][] = [
  ['a used-up chain', new ChainExhaustedError({ attempts, retryAt: 1_800_000_000_000, cause })],
  ['a used-up chain that called nobody', new ChainExhaustedError({ attempts: [], retryAt: null })],
  ['a passed deadline', new DeadlineError({ deadlineMs: 100, attempts, cause })],
  ['a passed deadline without a cause', new DeadlineError({ deadlineMs: 100, attempts: [] })],
  ['a store that failed', new StoreError({ operation: 'load', message: 'connect ECONNREFUSED ::1:6379', cause })],
  ['a pause', new PausedError({ instance: 'bot', source: 'operator', by: 'ann', reason: 'quota exceeded', at: 0 })],
  ['a pinned tier', new PinnedTierError({ tier: 'a/x', retryAt: null, reason: 'rests: rate limit exceeded' })],
  ['a closed failover', new ClosedError()],
  ['wrong options', new ConfigError([{ path: 'chain[0].apiKey', message: 'invalid API key' }], { cause })],
];

describe.each(own)('an error of ours is no failure of a provider: %s', (_name, error) => {
  it.each([
    ['as thrown', error],
    ['wrapped by a tool', new Error('tool failed: rate limit', { cause: error })],
    ['among others', new AggregateError([error, cause])],
    ['as plain JSON', { ...Object.fromEntries(Object.entries(error)), message: error.message }],
  ])('%s', (_how, value) => {
    expect(classifyError(value, { now: 0 })).toMatchObject({
      kind: 'unknown',
      scope: 'request',
      evidence: { rule: 'own-error', on: 'code' },
    });
    expect(classifyError(value, { now: 0 }).retryAfterMs).toBeUndefined();
  });

  it('and shows no status of what it was caused by', () => {
    expect(classifyError(error).status).toBeUndefined();
  });
});

it.each([
  ['timeout', new AttemptTimeoutError({ tier: 'a/x', afterMs: 100 })],
  ['network', new StreamCutError({ tier: 'a/x', chunks: 3 })],
])('what we throw in place of a provider says what failed: %s', (kind, error) => {
  expect(classifyError(error).kind).toBe(kind);
});
