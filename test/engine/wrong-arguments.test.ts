import pg from 'pg';
import { describe, expect, test } from 'vitest';
import * as root from '../../src/index.js';
import * as kit from '../../src/testing/index.js';
import * as channels from '../../src/notifiers/index.js';
import { createPostgresStore } from '../../src/stores/postgres.js';
import { createRedisStore } from '../../src/stores/redis.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';

/** What a host without types may write. */
type Untyped = Record<string, (...values: unknown[]) => unknown>;
const tierfall = root as unknown as Untyped;
const testing = kit as unknown as Untyped;
const notifiers = channels as unknown as Untyped;
const stores = { createPostgresStore, createRedisStore, createSqliteStore } as unknown as Untyped;

const chain = ['a/x', 'b/y'];
const failover = root.createFailover({ chain }) as unknown as Untyped;
const resolve = () => 'logged in';
const nobody = 'by: expected a non-empty string: the name of the person or machine who acts';
const redisClient = { duplicate: () => 1, evalsha: () => 1 };

describe('A wrong argument is told by name, with what would be right', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a tier without a model',
      () => tierfall['createFailover']!({ chain: ['gpt-5'] }),
      "chain[0].model: must name a model; a tier given as a string is 'provider/model': 'gpt-5' has no slash",
    ],
    [
      'one notifier',
      () => tierfall['createFailover']!({ chain, notifiers: {} }),
      'notifiers: expected a list of notifiers',
    ],
    [
      'a config for a failover',
      () => tierfall['resolveWithFallback']!({ chain }, () => 1),
      'failover: expected what createFailover returned',
    ],
    [
      'no failover',
      () => tierfall['resolveWithFallback']!(undefined, () => 1),
      'failover: expected what createFailover returned',
    ],
    [
      'an option of a call that does not exist',
      () => failover['run']!(() => 1, { deadline: 5 }),
      'deadline: unknown option; known: instance, pinned, first, session, group, signal, deadlineMs, fallbacks, promptTokens, stream, firstContentTimeoutMs, idleTimeoutMs, isContent, isComplete, judge, usage, hasSideEffects; did you mean deadlineMs?',
    ],
    [
      'a part of the policy, given to a call',
      () => failover['run']!(() => 1, { attemptTimeoutMs: 5 }),
      'attemptTimeoutMs: is part of the policy: createFailover({ chain, policy: { attemptTimeoutMs } })',
    ],
    [
      'a signal for options',
      () => failover['run']!(() => 1, new AbortController().signal),
      'options: expected an object; a signal goes in as { signal }',
    ],
    [
      'a client for a call',
      () => failover['run']!({ chat: {} }),
      'call: expected a function (tier, context) => answer, e.g. ({ model }) => client.create({ model })',
    ],
    [
      'a promise for a call',
      () => failover['run']!(Promise.resolve('hello')),
      'call: expected a function (tier, context) => answer, not a promise: the failover makes the call, once for each tier it asks',
    ],
    [
      'a failover nobody has waited for',
      () => tierfall['resolveWithFallback']!(tierfall['startFailover']!({ chain, resolve }), () => 1),
      'failover: expected what createFailover returned; this is a promise: await it first',
    ],
    [
      'what startFailover gave, for the failover in it',
      async () => tierfall['resolveWithFallback']!(await tierfall['startFailover']!({ chain, resolve }), () => 1),
      'failover: expected what createFailover returned; of what startFailover gave, hand in `failover`',
    ],
    ['a chain for a config', () => tierfall['createFailover']!(chain), 'config: expected an object { chain: [...] }'],
    [
      'parts of the policy beside it',
      () => tierfall['createFailover']!({ chain, onExhausted: 'wait', retry: { maxAttempts: 2 } }),
      'onExhausted: is part of the policy: { chain, policy: { onExhausted } }; retry: is part of the policy: { chain, policy: { retry } }',
    ],
    [
      'a chain under another name',
      () => tierfall['createFailover']!({ tiers: chain }),
      'chain: expected a list of tiers, best first; tiers: unknown option; known: chain, policy, store, share, clock, random, notifiers, classify, price, startup, logger, stalenessMs, loadTimeoutMs, storeTimeoutMs',
    ],
    [
      'a wrong chain, policy and option at once',
      () => tierfall['createFailover']!({ chain: ['gpt'], policy: { onExhausted: 'loop' }, store: 'tierfall.db' }),
      "chain[0].model: must name a model; a tier given as a string is 'provider/model': 'gpt' has no slash; policy.onExhausted: expected one of 'wrap', 'pause', 'wait', 'throw'; store: expected a store, e.g. createMemoryStore() or one of tierfall/stores/*",
    ],
    [
      'a store without all of its methods',
      () => tierfall['createFailover']!({ chain, store: { load: () => undefined } }),
      'store: expected a store, e.g. createMemoryStore() or one of tierfall/stores/*; this has no commit, history',
    ],
    [
      'a function for a clock',
      () => tierfall['createFailover']!({ chain, clock: () => 5 }),
      'clock: expected an object with now()',
    ],
    [
      'one wrong option after the other',
      () =>
        tierfall['createFailover']!({
          chain,
          share: 'all',
          random: 0.5,
          classify: 'x',
          price: 5,
          logger: { info: resolve },
          startup: ['a/x'],
          notifiers: [{}],
          stalenessMs: -1,
        }),
      "share: expected 'rests'; random: expected a function; classify: expected a function like classifyError; price: expected a function (usage, tier) => dollars; logger: expected an object with debug, info, warn and error; startup: expected the `attempts` that resolveStartup returned; notifiers[0]: expected a notifier, e.g. createConsoleNotifier(); stalenessMs: expected a finite number of milliseconds, 0 or more",
    ],
    [
      'one ladder and ladders per kind',
      () => tierfall['createFailover']!({ chain, policy: { cooldown: { initialMs: 1000, quota: { maxMs: 5 } } } }),
      'policy.cooldown.quota: stands beside initialMs, factor or maxMs; give one ladder for all kinds, or one per kind',
    ],
    [
      'history since a date in words',
      () => failover['history']!('x', { limit: 5, since: '2026-01-01' }),
      'since: expected epoch milliseconds',
    ],
    [
      'history before a row that is none',
      () => failover['history']!('x', { limit: 5, before: Number.NaN }),
      'before: expected the seq of a row',
    ],
    [
      'an instance that is a step in a path',
      () => failover['run']!(() => 1, { instance: '..' }),
      "instance: expected a name, a non-empty string other than '.' and '..'",
    ],
    [
      'a pause of one',
      () => failover['pause']!('.', { by: 'ana', reason: 'r' }),
      "instance: expected a name, a non-empty string other than '.' and '..'",
    ],
    ['a session that is no name', () => failover['run']!(() => 1, { session: 7 }), 'session: expected a string'],
    ['a stream that is no switch', () => failover['run']!(() => 1, { stream: 'no' }), 'stream: expected true or false'],
    ['pause, by nobody', () => failover['pause']!('x'), `${nobody}; reason: expected a non-empty string`],
    ['resume, by nobody', () => failover['resume']!('x'), nobody],
    ['reset, by nobody', () => failover['reset']!('x'), nobody],
    ['hold, by nobody', () => failover['hold']!('x', 'a/x'), nobody],
    [
      'hold, of no tier',
      () => failover['hold']!('x', undefined, { by: 'ann' }),
      'tier: no such tier in this chain; known: 0 (a/x), 1 (b/y)',
    ],
    [
      'a report of no tier',
      () => failover['record']!('x', { ok: true }),
      'report.tier: no such tier in this chain; known: 0 (a/x), 1 (b/y)',
    ],
    [
      'a trigger at no tier',
      () => failover['recordExternalTrigger']!('x', 'budget', { tier: null }),
      'tier: no such tier in this chain; known: 0 (a/x), 1 (b/y)',
    ],
    [
      'a trigger’s detail',
      () => failover['recordExternalTrigger']!('x', 'budget', { detail: 5 }),
      'detail: expected a text',
    ],
    [
      'a trigger of no kind',
      () => failover['recordExternalTrigger']!('x', undefined, null),
      'kind: expected a non-empty string',
    ],
    [
      'startup: a tier pinned',
      () => tierfall['resolveStartup']!({ chain, resolve, pinned: 'b/y' }),
      'pinned: expected true: the first tier only',
    ],
    [
      'startup: no signal',
      () => tierfall['resolveStartup']!({ chain, resolve, signal: {} }),
      'signal: expected an AbortSignal',
    ],
    [
      'startup: a classifier',
      () => tierfall['resolveStartup']!({ chain, resolve, classify: 5 }),
      'classify: expected a function like classifyError',
    ],
    [
      'startup: options misspelt',
      () => tierfall['resolveStartup']!({ chain, resolve, pin: true, fallBackOn: ['auth'] }),
      'pin: unknown option; known: chain, resolve, pinned, fallbackOn, signal, classify, clock; fallBackOn: unknown option; known: chain, resolve, pinned, fallbackOn, signal, classify, clock; did you mean fallbackOn?',
    ],
    ['startFailover of nothing', () => tierfall['startFailover']!(), 'chain: expected a list of tiers, best first'],
    [
      'a filter misspelt',
      () => notifiers['createConsoleNotifier']!({ filter: { event: ['tier-change'] } }),
      'filter.event: unknown option; known: events, directions, kinds, instances; did you mean events?',
    ],
    [
      'a filter that is a name',
      () => notifiers['createConsoleNotifier']!({ filter: 'tier-change' }),
      'filter: must be an object of events, directions, kinds, instances',
    ],
    [
      'a notifier of nothing',
      () => notifiers['createSlackNotifier']!(),
      'options: must be an object, e.g. { webhookUrl }',
    ],
    [
      'notifiers attached to nothing',
      () => notifiers['attachNotifiers']!(undefined, []),
      'failover: expected what createFailover returned',
    ],
    [
      'no notifier attached',
      () => notifiers['attachNotifiers']!(failover, [5]),
      'notifiers: expected a list of notifiers, e.g. [createConsoleNotifier()]',
    ],
    [
      'a watcher of no notifier',
      () => notifiers['createSessionWatcher']!({ notifiers: {} }),
      'notifiers: expected a list of notifiers, e.g. [createConsoleNotifier()]',
    ],
    [
      'no script',
      () => testing['createScriptedProvider']!(),
      "scripts: expected lines by tier, e.g. { 'openai/gpt': answers('hello') }",
    ],
    [
      'a script that is an answer',
      () => testing['createScriptedProvider']!({ 'a/x': 'hello' }),
      "scripts['a/x']: expected lines such as answers('hello'), fails(2).with(overloaded()) or hangs()",
    ],
    [
      'a simulation of no fault',
      () => testing['simulate']!({}),
      'fault: expected a fault, e.g. down() or one of standardFaults',
    ],
    ['conformance of no store', () => testing['storeConformance']!(), 'open: expected a function (place) => store'],
  ])('%s', async (_, act, message) => {
    await expect((async () => act())()).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'TIERFALL_CONFIG',
      message,
    });
  });

  test.each<[string, () => unknown, string]>([
    [
      'an option set to nothing',
      () => tierfall['createFailover']!({ chain, tiers: undefined }),
      'tiers: unknown option',
    ],
    [
      'the signal of a call as the AI SDK names it',
      () => failover['run']!(() => 1, { abortSignal: AbortSignal.abort() }),
      'did you mean signal?',
    ],
    ['a timeout of a call', () => failover['run']!(() => 1, { timeoutMs: 5 }), 'did you mean deadlineMs?'],
    ['a chain by another name', () => tierfall['createFailover']!({ models: chain }), 'did you mean chain?'],
    ['pause: a name for its options', () => failover['pause']!('x', 'ana'), 'options: expected { by, reason'],
    [
      'pause: an end in words',
      () => failover['pause']!('x', { by: 'ana', reason: 'r', until: 'noon' }),
      'until: expected epoch milliseconds',
    ],
    [
      'reset of a number',
      () => failover['reset']!({ provider: 5 }, { by: 'ana' }),
      'target: expected an instance name',
    ],
    ['reset of nothing', () => failover['reset']!({}, { by: 'ana' }), 'target: expected an instance name'],
    [
      'reset of all and of one',
      () => failover['reset']!({ all: true, provider: 'a' }, { by: 'ana' }),
      'target: expected an instance name',
    ],
    [
      'a trigger: a time for its options',
      () => failover['recordExternalTrigger']!('x', 'budget', 5),
      'options: expected { detail?, tier?, until? }',
    ],
    [
      'a trigger without end',
      () => failover['recordExternalTrigger']!('x', 'budget', { until: Number.POSITIVE_INFINITY }),
      'until: expected epoch milliseconds',
    ],
    ['history: a number', () => failover['history']!('x', 5), 'query: expected { limit'],
    [
      'usage that is none',
      () => failover['recordUsage']!('x', null),
      'inputTokens: expected a finite number, 0 or more',
    ],
    [
      'usage: a number for its options',
      () => failover['recordUsage']!('x', { inputTokens: 1, outputTokens: 1 }, 5),
      'options: expected { group?, tier? }',
    ],
    [
      'usage of a group without a name',
      () => failover['recordUsage']!('x', { inputTokens: 1, outputTokens: 1 }, { group: '' }),
      'group: expected a name, a non-empty string',
    ],
    ['ready: a number', () => failover['ready']!('x', 5), 'options: expected { signal?, deadlineMs? }'],
    ['drill: a number', () => failover['drill']!(() => 1, 5), 'options: expected { signal?, timeoutMs? }'],
    ['a listener that is none', () => failover['on']!('tier-change', 5), 'listener: expected a function'],
    [
      'update: a name for its options',
      () => failover['update']!({ chain }, 'ana'),
      'options: expected { by, expectedVersion? }',
    ],
    ['update: misspelt', () => failover['update']!({ chian: undefined }, { by: 'ana' }), 'chian: unknown option'],
    ['a report that is none', () => failover['record']!('x', 5), 'report: expected { tier, ok, ... }'],
    [
      'a report of another scope',
      () => failover['record']!('x', { tier: 0, ok: false, kind: 'auth', scope: 'galaxy', retryAfterMs: -1 }),
      'scope: expected one of',
    ],
    [
      'a report of a wait that is over',
      () => failover['record']!('x', { tier: 0, ok: false, kind: 'auth', retryAfterMs: -1 }),
      'retryAfterMs: expected a finite number of milliseconds, 0 or more',
    ],
    ['startup of a number', () => tierfall['resolveStartup']!(5), 'options: expected { chain, resolve }'],
    [
      'startup: one kind',
      () => tierfall['resolveStartup']!({ chain, resolve, fallbackOn: 'auth' }),
      'fallbackOn: expected a list of kinds',
    ],
  ])('%s is as well', async (_, act, message) => {
    await expect((async () => act())()).rejects.toMatchObject({
      code: 'TIERFALL_CONFIG',
      message: expect.stringContaining(message),
    });
  });

  test.each<[string, () => unknown, string]>([
    [
      'one pg client',
      () => stores['createPostgresStore']!({ pool: new pg.Client() }),
      'Postgres store: pool must be a pool of pg, not one client',
    ],
    [
      'pings all the time',
      () => stores['createPostgresStore']!({ pool: new pg.Pool(), heartbeatMs: 0 }),
      'Postgres store: heartbeatMs must be a number above 0 and below 2147483648, not 0',
    ],
    [
      'no Redis client',
      () => stores['createRedisStore']!(),
      'Redis store: client must be a client of ioredis or node-redis',
    ],
    [
      'a prefix that is no text',
      () => stores['createRedisStore']!({ client: redisClient, prefix: 5 }),
      'Redis store: prefix must be a text without braces',
    ],
    [
      'pings before now',
      () => stores['createRedisStore']!({ client: redisClient, heartbeatMs: -1 }),
      'Redis store: heartbeatMs must be a number above 0 and below 2147483648, not -1',
    ],
    [
      'a wait that is no number',
      () => stores['createSqliteStore']!({ path: ':memory:', busyTimeoutMs: 'long' }),
      'SQLite store: busyTimeoutMs must be a number, 0 or more, not long',
    ],
    [
      'a mode SQLite has and we have not',
      () => stores['createSqliteStore']!({ path: ':memory:', synchronous: 'off' }),
      "SQLite store: synchronous must be 'normal' or 'full'",
    ],
    [
      'a time for a clock',
      () => stores['createSqliteStore']!({ path: ':memory:', now: 5 }),
      'SQLite store: now must be a function',
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(
      expect.objectContaining({
        name: 'StoreError',
        code: 'TIERFALL_STORE',
        message: expect.stringContaining(message),
      }),
    );
  });

  test('startFailover tells of a wrong option before it asks anybody for a login', async () => {
    let asked = 0;
    const login = () => ++asked;
    const wrong = [{ policy: { onExhaust: 'wrap' } }, { stor: 1 }, { store: 'tierfall.db' }];
    for (const options of wrong) {
      const start = tierfall['startFailover']!({ chain, resolve: login, ...options });
      await expect(start).rejects.toMatchObject({ code: 'TIERFALL_CONFIG' });
    }
    expect(asked).toBe(0);
  });
});
