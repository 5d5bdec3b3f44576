import { describe, expect, test } from 'vitest';
import { createFailover, parseConfig, resolveStartup, type ConfigError, type Tier } from '../../src/index.js';

const issuesOf = (input: unknown) => {
  try {
    parseConfig(input);
  } catch (error) {
    return (error as ConfigError).issues.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
};
const gpt = { provider: 'openai', model: 'gpt-5' };

describe('Several keys for one model', () => {
  test('are short for one tier per name, in that order', () => {
    const { config, warnings } = parseConfig({
      chain: [{ ...gpt, credentials: ['team', { name: 'own', fingerprint: 'h1' }], region: 'eu' }, 'anthropic/opus'],
    });
    expect(config.chain).toEqual([
      { ...gpt, credential: 'team', region: 'eu' },
      { ...gpt, credential: 'own', fingerprint: 'h1', region: 'eu' },
      { provider: 'anthropic', model: 'opus' },
    ]);
    expect(warnings).toEqual([]);
    expect(parseConfig(config).config).toEqual(config);
  });

  test('of a chain of one, written without a chain', () => {
    const { config } = parseConfig({ ...gpt, credentials: ['a', 'b'], order: 'session' });
    expect(config.chain).toEqual([
      { ...gpt, credential: 'a', order: 'session' },
      { ...gpt, credential: 'b', order: 'session' },
    ]);
  });

  test('a pool of one is one tier, printed as any other', () => {
    const failover = createFailover({ chain: [{ ...gpt, credentials: ['only'] }, 'x/y'] });
    expect(failover.chain).toEqual([
      { ...gpt, credential: 'only' },
      { provider: 'x', model: 'y' },
    ]);
  });

  test('an order of one key changes nothing, and says so', () => {
    const { warnings } = parseConfig({ chain: [{ ...gpt, credentials: ['only'], order: 'least-used' }, 'x/y'] });
    expect(warnings).toEqual(['chain[0].order: changes nothing, this model has one key here']);
  });

  test('a thousand keys are a thousand tiers, in their order', () => {
    const credentials = Array.from({ length: 1000 }, (_, at) => `key-${at}`);
    const { config } = parseConfig({ chain: [{ ...gpt, credentials }] });
    expect(config.chain.map(({ credential }) => credential)).toEqual(credentials);
  });

  test('a fingerprint is of the key: said once, it holds for every tier of that key', () => {
    const { config } = parseConfig({
      chain: [
        { ...gpt, credentials: [{ name: 'a', fingerprint: 'h1' }, 'b'] },
        { provider: 'openai', model: 'mini', credential: 'a' },
        { provider: 'other', model: 'mini', credential: 'a' },
      ],
    });
    const tiers: readonly Tier[] = config.chain;
    expect(tiers.map(({ fingerprint }) => fingerprint)).toEqual(['h1', undefined, 'h1', undefined]);
  });

  test.each([
    [[], ['chain[0].credentials: must name at least one key']],
    ['team', ['chain[0].credentials: expected a list of the names of keys']],
    [null, ['chain[0].credentials: expected a list of the names of keys']],
    [['a', 1], ['chain[0].credentials[1]: expected the name of a key, or { name, fingerprint }']],
    [['a', ' '], ['chain[0].credentials[1]: must name a credential']],
    [
      ['a', 'b', 'a', 'a'],
      [
        'chain[0].credentials[2]: duplicate of chain[0].credentials[0]',
        'chain[0].credentials[3]: duplicate of chain[0].credentials[0]',
      ],
    ],
    [['a', { name: 'a', fingerprint: 'h' }], ['chain[0].credentials[1]: duplicate of chain[0].credentials[0]']],
    [['sk-proj-aaaaaaaaaaaaaaaaaaaaaaaa'], ['chain[0].credentials[0]: looks like a key itself']],
    [[{ name: 'a', key: 'x' }], ['chain[0].credentials[0].key: unknown option; known: name, fingerprint']],
    [[{ fingerprint: 'x' }], ['chain[0].credentials[0].name: expected the name of a key']],
    [[{ name: 'a', fingerprint: 7 }], ['chain[0].credentials[0].fingerprint: expected a fingerprint']],
    [
      [{ name: 'a', fingerprint: 'sk-proj-aaaaaaaaaaaaaaaa' }],
      ['chain[0].credentials[0].fingerprint: looks like a key itself; give a hash of it'],
    ],
  ])('wrong keys %j are named by their path', (credentials, expected) => {
    const issues = issuesOf({ chain: [{ ...gpt, credentials }] });
    expect(issues).toHaveLength(expected.length);
    expected.forEach((issue, at) => expect(issues[at]).toContain(issue));
  });

  test('what stands beside them and says the same is an error; other issues keep their paths', () => {
    expect(issuesOf({ chain: [{ ...gpt, credentials: ['a', 'b'], credential: 'c' }] })).toEqual([
      'chain[0].credential: stands beside credentials; give one of the two',
    ]);
    expect(issuesOf({ chain: [{ ...gpt, credentials: ['a'], fingerprint: 'h' }] })[0]).toContain(
      'give it with its key',
    );
    expect(issuesOf({ chain: [{ ...gpt, credentials: ['a', 'b'] }, { provider: 'x' }] })).toEqual([
      'chain[1].model: expected a model, a non-empty string',
    ]);
    expect(issuesOf({ chain: [{ provider: 'x', credentials: ['a', 'b'], order: 'random' }] })).toEqual([
      'chain[0].model: expected a model, a non-empty string',
      "chain[0].order: expected one of 'fill', 'least-used', 'session'",
    ]);
  });

  test('the keys of one pool have one order, and a key has one fingerprint', () => {
    const keys = [
      { ...gpt, credential: 'a', order: 'session' },
      { ...gpt, credential: 'b' },
    ];
    expect(issuesOf({ chain: keys })).toEqual([
      "chain[1].order: expected 'session', as chain[0].order: the keys of one pool have one order",
    ]);
    const twice = [
      { ...gpt, credentials: [{ name: 'a', fingerprint: 'h1' }] },
      { provider: 'openai', model: 'mini', credential: 'a', fingerprint: 'h2' },
    ];
    expect(issuesOf({ chain: twice })).toEqual([
      'chain[1].fingerprint: differs from chain[0].credentials[0].fingerprint, which is about the same key of openai',
    ]);
  });

  test('a misspelt field is a warning, once', () => {
    const { warnings } = parseConfig({ chain: [{ ...gpt, credentials: ['a', 'b'], ordre: 'session' }] });
    expect(warnings).toEqual(['chain[0].ordre: looks like a misspelling of order; it is kept']);
  });
});

describe('Several keys at startup', () => {
  const resolve = (failures: Record<string, number>) => {
    const asked: string[] = [];
    const find = (tier: { model: string; credential?: string }) => {
      asked.push(`${tier.model}@${tier.credential}`);
      const status = failures[tier.credential ?? ''];
      if (status !== undefined) throw Object.assign(new Error('refused'), { status });
      return `client of ${tier.credential}`;
    };
    return { asked, find };
  };

  test('a key that is refused gives way to the next key of the same model', async () => {
    const { asked, find } = resolve({ a: 401 });
    const found = await resolveStartup({
      chain: [
        { ...gpt, credentials: ['a', 'b'] },
        { provider: 'anthropic', credentials: ['c'] },
      ],
      resolve: (tier) => find(tier),
    });
    expect(asked).toEqual(['gpt-5@a', 'gpt-5@b']);
    expect(found).toMatchObject({ runtime: 'client of b', index: 0, tier: { credential: 'b' } });
    expect(found.remaining).toEqual([{ provider: 'anthropic', model: 'gpt-5', credential: 'c' }]);
    const failover = createFailover({ chain: [found.tier, ...found.remaining], startup: found.attempts });
    expect(failover.chain).toHaveLength(2);
  });

  test('a rate limit stops: it is never taken to the next key', async () => {
    const { asked, find } = resolve({ a: 429 });
    const startup = resolveStartup({ chain: [{ ...gpt, credentials: ['a', 'b'] }], resolve: (tier) => find(tier) });
    await expect(startup).rejects.toMatchObject({ status: 429 });
    expect(asked).toEqual(['gpt-5@a']);
  });
});
