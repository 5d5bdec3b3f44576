import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig, type ConfigIssue } from '../../src/index.js';

function issuesOf(input: unknown): readonly ConfigIssue[] {
  try {
    parseConfig(input);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}
const paths = (input: unknown) => issuesOf(input).map(({ path }) => path);

describe('Chain config', () => {
  test("strings 'provider/model' are split at the first slash", () => {
    const { config } = parseConfig({ chain: ['anthropic/opus', 'openrouter/meta/llama-4'] });
    expect(config.chain).toEqual([
      { provider: 'anthropic', model: 'opus' },
      { provider: 'openrouter', model: 'meta/llama-4' },
    ]);
  });

  test('whatever else the host puts on a tier is kept, by reference', () => {
    const client = new Map();
    const { config } = parseConfig({ chain: [{ provider: 'a', model: 'm', credential: 'k', client, region: 'eu' }] });
    expect(config.chain[0]).toEqual({ provider: 'a', model: 'm', credential: 'k', client, region: 'eu' });
    expect(config.chain[0]?.client).toBe(client);
  });

  test('the defaults', () => {
    const { policy } = parseConfig({ chain: ['a/m', 'b/m'] }).config;
    expect(policy.triggers).toEqual([
      'auth',
      'permission',
      'quota',
      'rate_limit',
      'overloaded',
      'server_error',
      'timeout',
      'network',
      'model_unavailable',
    ]);
    expect(policy).toMatchObject({
      reroute: [],
      onExhausted: 'wrap',
      recovery: 'probe',
      retryBudget: { ratio: 0.2, perSecond: 1 },
    });
    expect(policy.retry).toEqual({
      maxAttempts: 1,
      initialDelayMs: 500,
      maxDelayMs: 8000,
      backoffFactor: 2,
      jitter: 0.5,
      kinds: ['overloaded', 'server_error', 'timeout', 'network'],
    });
    expect(policy.maxRetryAfterMs).toBeUndefined();
  });

  test.each([
    ['an empty chain', { chain: [] }, ['chain']],
    ['no chain', {}, ['chain']],
    ['an empty provider', { chain: [{ provider: '', model: 'm' }] }, ['chain[0].provider']],
    ['a blank model', { chain: ['a/m', { provider: 'b', model: '  ' }] }, ['chain[1].model']],
    ['a string without a slash', { chain: ['openai'] }, ['chain[0].model']],
    ['a string without a provider', { chain: ['/gpt'] }, ['chain[0].provider']],
    ['a number for a tier', { chain: ['a/m', 7] }, ['chain[1]']],
    ['an empty credential', { chain: [{ provider: 'a', model: 'm', credential: '' }] }, ['chain[0].credential']],
    ['a pair that stands twice', { chain: ['a/m', 'b/m', { provider: 'a', model: 'm' }] }, ['chain[2]']],
    [
      'a pair that stands twice, beside other mistakes',
      { chain: ['a/m', 'a/m', '/x', '/x', 7], policy: { triggers: ['nope'] } },
      ['chain[2].provider', 'chain[3].provider', 'chain[4]', 'policy.triggers[0]', 'chain[1]'],
    ],
    ['an unknown trigger', { chain: ['a/m'], policy: { triggers: ['auth', 'rate_limits'] } }, ['policy.triggers[1]']],
    ['an unknown reroute kind', { chain: ['a/m'], policy: { reroute: ['token_budget'] } }, ['policy.reroute[0]']],
    ['an unknown policy key', { chain: ['a/m'], policy: { cooldowns: {} } }, ['policy.cooldowns']],
    ['an unknown ladder', { chain: ['a/m'], policy: { cooldown: { overload: {} } } }, ['policy.cooldown.overload']],
    [
      'a ladder upside down',
      { chain: ['a/m'], policy: { cooldown: { initialMs: 10, maxMs: 5 } } },
      ['policy.cooldown.maxMs'],
    ],
    [
      'a factor below 1',
      { chain: ['a/m'], policy: { cooldown: { auth: { factor: 0.5 } } } },
      ['policy.cooldown.auth.factor'],
    ],
    [
      'no such policy for an exhausted chain',
      { chain: ['a/m'], policy: { onExhausted: 'retry' } },
      ['policy.onExhausted'],
    ],
    ['no such recovery', { chain: ['a/m'], policy: { recovery: 'fast' } }, ['policy.recovery']],
    [
      'a negative limit',
      { chain: ['a/m'], policy: { deadlineMs: -1, attemptTimeoutMs: 0 } },
      ['policy.attemptTimeoutMs', 'policy.deadlineMs'],
    ],
    [
      'limits in seconds, shorter than a millisecond',
      { chain: ['a/m'], policy: { deadlineMs: 0.9, attemptTimeoutMs: 0.5 } },
      ['policy.attemptTimeoutMs', 'policy.deadlineMs'],
    ],
    [
      'a retry of what cannot get better',
      { chain: ['a/m'], policy: { retry: { kinds: ['auth'] } } },
      ['policy.retry.kinds[0]'],
    ],
    [
      'a retry without attempts',
      { chain: ['a/m'], policy: { retry: { maxAttempts: 0 } } },
      ['policy.retry.maxAttempts'],
    ],
    [
      'a budget without a limit',
      { chain: ['a/m'], policy: { tokenBudget: { windowMs: 1 } } },
      ['policy.tokenBudget.limit'],
    ],
    [
      'an attempt that may take longer than the whole call',
      { chain: ['a/m'], policy: { attemptTimeoutMs: 60_000, deadlineMs: 30_000 } },
      ['policy.attemptTimeoutMs'],
    ],
    ['a cap of waits in seconds', { chain: ['a/m'], policy: { maxRetryAfterMs: 60 } }, ['policy.maxRetryAfterMs']],
    [
      'a window in seconds',
      { chain: ['a/m'], policy: { tokenBudget: { limit: 1000, windowMs: 3600 } } },
      ['policy.tokenBudget.windowMs'],
    ],
    [
      'an unknown key of a ladder',
      { chain: ['a/m'], policy: { cooldown: { auth: { initial: 1 } } } },
      ['policy.cooldown.auth.initial'],
    ],
    [
      'an unknown key of a budget',
      { chain: ['a/m'], policy: { tokenBudget: { limit: 1, windowMs: 1, soft: 1 } } },
      ['policy.tokenBudget.soft'],
    ],
    ['something else altogether', 'chain', ['config']],
    ['nothing', null, ['config']],
  ])('an error that names the field: %s', (_what, input, expected) => {
    expect(paths(input)).toEqual(expected);
  });

  test.each([
    [
      { chain: ['gpt-5.2'] },
      'chain[0].model',
      "must name a model; a tier given as a string is 'provider/model': 'gpt-5.2' has no slash",
    ],
    [
      { chain: ['a/m'], policy: { attemptTimeoutMs: 0.5 } },
      'policy.attemptTimeoutMs',
      'expected a finite number of milliseconds, 1 or more: 30 s is 30000',
    ],
    [
      { chain: ['a/m'], policy: { retryBudget: { persecond: 1 } } },
      'policy.retryBudget.persecond',
      'unknown key; known: ratio, perSecond; did you mean perSecond?',
    ],
    [
      { chain: ['a/m'], policy: { retry: 3 } },
      'policy.retry',
      'expected an object { maxAttempts, initialDelayMs, … }, e.g. { maxAttempts: 3 }',
    ],
    [
      { chain: ['a/m'], policy: { cooldown: 30_000 } },
      'policy.cooldown',
      'expected a ladder { initialMs, factor, maxMs }, or one per kind, e.g. { initialMs: 30000 }',
    ],
    [
      { chain: [{ provider: 'a', modle: 'm' }] },
      'chain[0].model',
      'expected a model, a non-empty string; modle looks like a misspelling of it',
    ],
    [
      { chain: ['a/m'], policy: { attemptTimeoutMs: 9000, deadlineMs: 5000 } },
      'policy.attemptTimeoutMs',
      'must be at most deadlineMs (5000), which ends the whole call',
    ],
  ])('the message says what to write: %j', (input, path, message) => {
    expect(issuesOf(input)).toEqual([{ path, message }]);
  });

  test.each([
    ['maxRetries', 'retry'],
    ['timeoutMs', 'attemptTimeoutMs'],
    ['budget', 'tokenBudget'],
  ])('a name that SDKs and other packages use is answered with ours: policy.%s is %s', (name, ours) => {
    const message = expect.stringMatching(`did you mean ${ours}[?]$`);
    expect(issuesOf({ chain: ['a/m'], policy: { [name]: 2 } })).toEqual([{ path: `policy.${name}`, message }]);
  });

  test.each([
    'sk-ant-api03-abcdefghijklmnop',
    'sk-proj-9aBcDeFgHiJk',
    'AIzaSyD-1234567890abcdefghijk',
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c',
  ])('a key in the place of its name is refused, and not repeated: %s', (credential) => {
    const [issue] = issuesOf({ chain: [{ provider: 'a', model: 'm', credential }] });
    expect(issue).toMatchObject({
      path: 'chain[0].credential',
      message: expect.stringContaining('give the key a name'),
    });
    expect(issue?.message).not.toContain(credential);
  });

  test.each([
    'team',
    'eu-west-1',
    'tenant-42',
    '550e8400-e29b-41d4-a716-446655440000',
    'the-key-of-the-research-department',
  ])('a name of a key is none: %s', (credential) => {
    expect(issuesOf({ chain: [{ provider: 'a', model: 'm', credential }] })).toEqual([]);
  });

  test('the same pair may stand once per credential', () => {
    const pair = { provider: 'a', model: 'm' };
    const team = { ...pair, credential: 'team' };
    expect(parseConfig({ chain: [pair, team, { ...pair, credential: 'own' }] }).config.chain).toHaveLength(3);
    expect(issuesOf({ chain: [team, 'b/m', { ...team }] })).toEqual([
      { path: 'chain[2]', message: 'duplicate of chain[0]; each provider, model and credential may stand once' },
    ]);
  });

  test('tiers that would print alike are refused', () => {
    const keys = ['x', 'y'].map((credential) => ({ provider: 'a', model: 'm', credential }));
    expect(issuesOf({ chain: [...keys, { provider: 'a', model: 'm@x' }] })).toEqual([
      { path: 'chain[2]', message: 'is printed as a/m@x, like chain[0]; rename its credential' },
    ]);
    expect(paths({ chain: [{ provider: 'a/b', model: 'c' }, 'a/b/c'] })).toEqual(['chain[1]']);
  });

  test.each([
    ['credentail', 'credential'],
    ['credentails', 'credentials'],
    ['Model', 'model'],
    ['provder', 'provider'],
  ])('a field that looks like one of ours is warned of: %s', (field, meant) => {
    const { config, warnings } = parseConfig({ chain: [{ provider: 'a', model: 'm', [field]: 'x' }] });
    expect(warnings).toEqual([`chain[0].${field}: looks like a misspelling of ${meant}; it is kept`]);
    expect(config.chain[0]).toHaveProperty(field, 'x');
  });

  test.each(['mode', 'modelId', 'models', 'region', 'client', 'apiKey', 'm'])(
    'a field of the host is left alone: %s',
    (field) => {
      expect(parseConfig({ chain: [{ provider: 'a', model: 'm', [field]: 'x' }] }).warnings).toEqual([]);
    },
  );

  test('limits that look like seconds are warned of', () => {
    expect(parseConfig({ chain: ['a/m'], policy: { deadlineMs: 30 } }).warnings).toEqual([
      'policy.deadlineMs: 30 is 30 milliseconds; 30 seconds are 30000',
    ]);
    expect(parseConfig({ chain: ['a/m'], policy: { deadlineMs: 300 } }).warnings).toEqual([]);
  });

  test('the message names each issue, and the code is stable', () => {
    const error = (() => {
      try {
        return parseConfig({ chain: ['a/', 'b/m'], policy: { triggers: ['nope'] } });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'TIERFALL_CONFIG', name: 'ConfigError' });
    expect((error as Error).message).toMatch(
      /chain\[0\]\.model: .*; policy\.triggers\[0\]: unknown trigger "nope"; known: auth, /u,
    );
  });

  test('a legacy { provider, model } becomes a chain of one', () => {
    const { config, warnings } = parseConfig({
      provider: 'a',
      model: 'm',
      region: 'eu',
      policy: { onExhausted: 'throw' },
    });
    expect(config.chain).toEqual([{ provider: 'a', model: 'm', region: 'eu' }]);
    expect([config.policy.onExhausted, warnings]).toEqual(['throw', []]);
    // No chain is no chain, also where a host writes it out.
    expect(parseConfig({ provider: 'a', model: 'm', chain: undefined }).config.chain).toEqual([
      { provider: 'a', model: 'm' },
    ]);
  });

  test('with one tier token_budget is dropped from the triggers with a warning, the budget itself kept', () => {
    const tokenBudget = { limit: 1000, windowMs: 60_000 };
    const { config, warnings } = parseConfig({
      chain: ['a/m'],
      policy: { triggers: ['auth', 'token_budget'], tokenBudget },
    });
    expect(config.policy.triggers).toEqual(['auth']);
    expect(config.policy.tokenBudget).toEqual(tokenBudget);
    expect(warnings).toEqual([expect.stringContaining('token_budget dropped')]);
  });

  test('with one tier the warning says what makes a budget limit something', () => {
    const { warnings } = parseConfig({ chain: ['a/m'], policy: { tokenBudget: { limit: 1, windowMs: 1 } } });
    expect(warnings).toEqual([expect.stringMatching(/onExceeded: 'pause' limits it$/)]);
  });

  test('a token budget steps down by default where there is somewhere to step to', () => {
    const policy = { tokenBudget: { limit: 1, windowMs: 1 } };
    expect(parseConfig({ chain: ['a/m', 'b/m'], policy }).config.policy.triggers).toContain('token_budget');
    const chosen = parseConfig({ chain: ['a/m', 'b/m'], policy: { ...policy, triggers: ['auth'] } });
    expect(chosen.config.policy.triggers).toEqual(['auth']);
  });

  test('a token budget whose trigger was left out is warned of: it would be counted and step nobody', () => {
    const policy = { tokenBudget: { limit: 1, windowMs: 1 }, triggers: ['auth'] as const };
    const warnings = ["policy.tokenBudget: steps nobody down, since policy.triggers leaves out 'token_budget'"];
    expect(parseConfig({ chain: ['a/m', 'b/m'], policy }).warnings).toEqual(warnings);
    expect(parseConfig({ chain: ['a/m'], policy }).warnings).toEqual([]);
  });

  test('a ladder for all, or one per kind; what it leaves out is the default', () => {
    const all = parseConfig({ chain: ['a/m'], policy: { cooldown: { initialMs: 5, factor: 3, maxMs: 50 } } }).config
      .policy.cooldown;
    expect(all.auth).toEqual({ initialMs: 5, factor: 3, maxMs: 50 });
    expect(all.default).toEqual(all.auth);
    const defaults = parseConfig({ chain: ['a/m'] }).config.policy.cooldown;
    const some = parseConfig({ chain: ['a/m'], policy: { cooldown: { auth: { maxMs: 60_000 } } } }).config.policy
      .cooldown;
    expect(some.auth).toEqual({ initialMs: 60_000, factor: defaults.auth.factor, maxMs: 60_000 });
    expect(some.overloaded).toEqual(defaults.overloaded);
  });

  test('a key beside chain and policy is refused by name', () => {
    expect(issuesOf({ chain: ['a/m'], polciy: {} })).toEqual([
      { path: 'polciy', message: 'unknown key; known: chain, policy; did you mean policy?' },
    ]);
    expect(issuesOf({ chain: ['a/m'], onExhausted: 'throw' })).toEqual([
      { path: 'onExhausted', message: 'is part of the policy: { chain, policy: { onExhausted } }' },
    ]);
  });

  test('what it returns is a config again', () => {
    const { config } = parseConfig({
      chain: ['a/m', 'b/m'],
      policy: { maxRetryAfterMs: 5000, retry: { jitter: false } },
    });
    expect(parseConfig(config)).toEqual({ config, warnings: [] });
    expect(parseConfig(JSON.parse(JSON.stringify(config))).config).toEqual(config);
  });

  test('the input is left untouched', () => {
    const input = Object.freeze({
      chain: Object.freeze(['a/m']),
      policy: Object.freeze({ triggers: Object.freeze(['auth'] as const) }),
    });
    expect(() => parseConfig(input)).not.toThrow();
  });
});
