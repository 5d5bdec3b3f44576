import { describe, expect, test } from 'vitest';
import { describeCut, isoTime, listAttempts, listNotAsked } from '../../src/core/error-text.js';
import {
  AnswerRejectedError,
  AttemptTimeoutError,
  ChainExhaustedError,
  ClosedError,
  ConfigConflictError,
  ConfigError,
  configError,
  DeadlineError,
  isTierfallError,
  NotifierError,
  PausedError,
  PinnedTierError,
  StoreError,
  StreamCutError,
  StreamStalledError,
  TierfallError,
  type Attempt,
} from '../../src/core/errors.js';

const cause = new Error('below');
const attempts: Attempt[] = [
  { tier: 'p/a', index: 0, ok: false, kind: 'timeout', durationMs: 10 },
  { tier: 'q/b', index: 1, ok: true, durationMs: 20 },
];
const paused = { instance: 'bot', source: 'operator', by: 'ops', reason: 'maintenance', at: 5 };

/** Each error: its class's name, its code, its message, and the facts it carries. */
const all: [string, string, Error, string, object][] = [
  [
    'ConfigError',
    'TIERFALL_CONFIG',
    new ConfigError(
      [
        { path: 'chain[1].model', message: 'expected a text' },
        { path: 'policy', message: 'expected an object' },
      ],
      { cause },
    ),
    'chain[1].model: expected a text; policy: expected an object',
    {
      cause,
      issues: [
        { path: 'chain[1].model', message: 'expected a text' },
        { path: 'policy', message: 'expected an object' },
      ],
    },
  ],
  ['ConfigError', 'TIERFALL_CONFIG', configError('a', 'b'), 'a: b', { issues: [{ path: 'a', message: 'b' }] }],
  [
    'ChainExhaustedError',
    'TIERFALL_CHAIN_EXHAUSTED',
    new ChainExhaustedError({
      attempts,
      retryAt: 0,
      notAsked: [{ tier: 'r/c', reason: 'held', until: null }],
      detail: 'the budget is used up',
      cause,
    }),
    'no tier answered: failed: p/a (timeout), q/b (ok); not asked: r/c (held); the budget is used up; ' +
      'try again at 1970-01-01T00:00:00.000Z',
    { attempts, retryAt: 0, notAsked: [{ tier: 'r/c', reason: 'held', until: null }], cause },
  ],
  [
    'ChainExhaustedError',
    'TIERFALL_CHAIN_EXHAUSTED',
    new ChainExhaustedError({ attempts: [], retryAt: null }),
    'no tier answered: none may be asked',
    { attempts: [], retryAt: null, notAsked: [] },
  ],
  [
    'PausedError',
    'TIERFALL_PAUSED',
    new PausedError({ ...paused, until: 1000 }),
    'bot is paused (operator, by ops, until 1970-01-01T00:00:01.000Z): maintenance',
    { ...paused, retryAt: 1000 },
  ],
  [
    'PausedError',
    'TIERFALL_PAUSED',
    new PausedError(paused),
    'bot is paused (operator, by ops): maintenance',
    { ...paused, retryAt: null },
  ],
  [
    'PinnedTierError',
    'TIERFALL_PINNED_TIER',
    new PinnedTierError({ tier: 'p/a', retryAt: 7, reason: 'is held' }),
    'the pinned tier p/a is held',
    { tier: 'p/a', retryAt: 7 },
  ],
  [
    'StoreError',
    'TIERFALL_STORE',
    new StoreError({ operation: 'load', message: 'no answer', key: 'instance:bot', scope: 'record', cause }),
    'no answer',
    { operation: 'load', key: 'instance:bot', scope: 'record', cause },
  ],
  [
    'StoreError',
    'TIERFALL_STORE',
    new StoreError({ operation: 'commit', message: 'no answer' }),
    'no answer',
    { operation: 'commit', key: undefined, scope: 'store' },
  ],
  [
    'StreamCutError',
    'TIERFALL_STREAM_CUT',
    new StreamCutError({ tier: 'p/a', chunks: 0 }),
    'the stream of p/a ended without any content',
    { tier: 'p/a', chunks: 0 },
  ],
  [
    'StreamCutError',
    'TIERFALL_STREAM_CUT',
    new StreamCutError({ tier: 'p/a', chunks: 3 }),
    'the stream of p/a ended before its end mark: none of its chunks was one (3)',
    { tier: 'p/a', chunks: 3 },
  ],
  [
    'StreamStalledError',
    'TIERFALL_STREAM_STALLED',
    new StreamStalledError({ tier: 'p/a', afterMs: 500, limit: 'idleTimeoutMs' }),
    'the stream of p/a gave nothing for 500 ms (idleTimeoutMs)',
    { tier: 'p/a', afterMs: 500, limit: 'idleTimeoutMs' },
  ],
  [
    'AnswerRejectedError',
    'TIERFALL_ANSWER_REJECTED',
    new AnswerRejectedError({
      tier: 'p/a',
      kind: 'overloaded',
      scope: 'provider',
      answer: { error: 1 },
      message: 'busy',
      retryAfterMs: 9,
      cause,
    }),
    'the answer of p/a is a failure (overloaded): busy',
    { tier: 'p/a', kind: 'overloaded', scope: 'provider', answer: { error: 1 }, retryAfterMs: 9, cause },
  ],
  [
    'AttemptTimeoutError',
    'TIERFALL_ATTEMPT_TIMEOUT',
    new AttemptTimeoutError({ tier: 'p/a', afterMs: 500 }),
    'p/a did not answer within 500 ms',
    { tier: 'p/a', afterMs: 500 },
  ],
  [
    'DeadlineError',
    'TIERFALL_DEADLINE',
    new DeadlineError({ deadlineMs: 500, attempts, cause }),
    'no tier answered within the deadline of 500 ms: p/a (timeout), q/b (ok)',
    { deadlineMs: 500, attempts, cause },
  ],
  [
    'DeadlineError',
    'TIERFALL_DEADLINE',
    new DeadlineError({ deadlineMs: 500, attempts: [] }),
    'no tier answered within the deadline of 500 ms',
    { deadlineMs: 500, attempts: [] },
  ],
  ['ClosedError', 'TIERFALL_CLOSED', new ClosedError(), 'this failover was closed; create another one', {}],
  [
    'ConfigConflictError',
    'TIERFALL_CONFIG_CONFLICT',
    new ConfigConflictError({ expectedVersion: 2, version: 3 }),
    'the store has version 3, not 2 (expectedVersion): read it again',
    { expectedVersion: 2, version: 3 },
  ],
  [
    'NotifierError',
    'TIERFALL_NOTIFIER',
    new NotifierError({ notifier: 'telegram', message: 'refused', status: 403, cause }),
    'refused',
    { notifier: 'telegram', status: 403, cause },
  ],
];

describe('every error', () => {
  test.each(all)('%s, %s', (name, code, error, message, facts) => {
    expect(error).toBeInstanceOf(TierfallError);
    expect({ name: error.name, message: error.message }).toEqual({ name, message });
    expect(error).toMatchObject({ code, ...facts });
    for (const [key, value] of Object.entries(facts)) expect(error).toHaveProperty(key, value);
    expect(isTierfallError(error)).toBe(true);
    expect(isTierfallError(error, code as 'TIERFALL_STORE')).toBe(true);
    expect(isTierfallError(error, code === 'TIERFALL_STORE' ? 'TIERFALL_CONFIG' : 'TIERFALL_STORE')).toBe(false);
    expect(Object.keys(error)).toContain('code');
  });

  test('without an error below it has no cause, not one that is undefined', () => {
    const facts = { tier: 'p/a', kind: 'unknown', scope: 'request', answer: 1, message: 'm' } as const;
    expect('cause' in new AnswerRejectedError(facts)).toBe(false);
    expect(new AnswerRejectedError(facts).retryAfterMs).toBeUndefined();
  });

  test('of a class of a host is named like its class', () => {
    class Own extends TierfallError<'TIERFALL_CLOSED'> {}
    expect(new Own('TIERFALL_CLOSED', 'm').name).toBe('Own');
  });
});

describe('isTierfallError', () => {
  test('knows one of another copy of the package by its mark', () => {
    const other = { [Symbol.for('tierfall.error')]: true, code: 'TIERFALL_STORE' };
    expect(isTierfallError(other)).toBe(true);
    expect(isTierfallError(other, 'TIERFALL_STORE')).toBe(true);
    expect(isTierfallError(other, 'TIERFALL_CONFIG')).toBe(false);
    expect(isTierfallError({ [Symbol.for('tierfall.error')]: true }, 'TIERFALL_STORE')).toBe(false);
  });

  test.each([
    undefined,
    null,
    'x',
    {},
    new Error('x'),
    { code: 'TIERFALL_STORE' },
    () => 'TIERFALL_STORE',
    new Proxy(
      {},
      {
        has: () => {
          throw new Error('no');
        },
      },
    ),
  ])('says no to what is none, and never throws', (value) => expect(isTierfallError(value)).toBe(false));
});

describe('what messages list', () => {
  const many = Array.from({ length: 11 }, (_, index) => ({ tier: `p/${index}`, kind: 'timeout' }));

  test('the last ten attempts', () => {
    expect(listAttempts(many.slice(1))).toBe(
      many
        .slice(1)
        .map(({ tier }) => `${tier} (timeout)`)
        .join(', '),
    );
    expect(listAttempts(many)).toBe(
      `…, ${many
        .slice(1)
        .map(({ tier }) => `${tier} (timeout)`)
        .join(', ')}`,
    );
    expect(listAttempts([])).toBe('');
  });

  test('the first ten tiers that were not asked', () => {
    const left = many.map(({ tier }) => ({ tier, reason: 'cooldown', until: null }));
    expect(listNotAsked(left.slice(1))).toBe(
      left
        .slice(1)
        .map(({ tier }) => `${tier} (cooldown)`)
        .join(', '),
    );
    expect(listNotAsked(left)).toBe(
      `${left
        .slice(0, 10)
        .map(({ tier }) => `${tier} (cooldown)`)
        .join(', ')}, …`,
    );
    expect(listNotAsked([{ tier: 'p/a', reason: 'retry-after', until: 1000 }])).toBe(
      'p/a until 1970-01-01T00:00:01.000Z (retry-after)',
    );
    const kinds = new Map([
      ['p/a', 'auth'],
      ['p/b', 'timeout'],
    ]);
    const some = ['cooldown', 'retry-after', 'held'].map((reason) => ({ tier: 'p/a', reason, until: null }));
    expect(listNotAsked(some, kinds)).toBe('p/a (cooldown, auth), p/a (retry-after, auth), p/a (held)');
  });

  test('times as people write them, and as numbers where they are none', () => {
    expect(isoTime(8.64e15)).toBe('+275760-09-13T00:00:00.000Z');
    expect(isoTime(-8.64e15)).toBe('-271821-04-20T00:00:00.000Z');
    expect(isoTime(8.64e15 + 1)).toBe('8640000000000001');
    expect(isoTime(-8.64e15 - 1)).toBe('-8640000000000001');
    expect([describeCut(0), describeCut(1)]).toEqual([
      'without any content',
      'before its end mark: none of its chunks was one (1)',
    ]);
  });
});
