import { describe, expect, it } from 'vitest';
import { createFailover } from '../../src/index.js';
import { bearerTokens, createOperatorHandler, trustHost, type OperatorOptions } from '../../src/http/index.js';
import { ask, chain, createWorld, stepDown, tokens } from './support/world.js';

const actions = [
  ['POST', '/instances/inbox/pause'],
  ['POST', '/instances/inbox/resume'],
  ['POST', '/instances/inbox/reset'],
  ['POST', '/instances/inbox/hold'],
  ['POST', '/health/pause'],
  ['POST', '/checks/run'],
  ['PUT', '/config'],
] as const;
const reads = [
  '/instances',
  '/instances/inbox',
  '/instances/inbox/events',
  '/health/service',
  '/alerts',
  '/config',
  '/stream',
];

describe('who is not signed in', () => {
  it.each<readonly [string, string]>([
    ...actions,
    ...reads.map((path) => ['GET', path] as const),
    ['GET', '/nothing'],
    ['DELETE', '/instances'],
  ])('learns nothing from %s %s', async (method, path) => {
    const { ask: askWorld, failover } = createWorld();
    await stepDown(failover, 'inbox');
    const answer = await askWorld(method, path, { token: null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.text).not.toMatch(/inbox|stack|at \w+ \(/u);
  });

  it.each(['constructor', '__proto__', 'toString', tokens.dana.slice(0, -1), `${tokens.dana}x`, ''])(
    'is not let in by the token %j',
    async (token) => {
      expect((await createWorld().ask('GET', '/instances', { token })).status).toBe(401);
    },
  );
});

describe('who may only read', () => {
  it.each(actions)('may not %s %s', async (method, path) => {
    const { ask: askWorld, failover } = createWorld();
    await stepDown(failover, 'inbox');
    const before = await failover.history('inbox', { limit: 50 });
    const { status } = await askWorld(method, path, { token: tokens.sam, body: {}, headers: { 'if-match': '*' } });
    expect(status).toBe(403);
    expect(await failover.history('inbox', { limit: 50 })).toEqual(before);
  });

  it('may operate with operate, and not change the chain with it', async () => {
    const { ask: askWorld, failover } = createWorld();
    await stepDown(failover, 'inbox');
    expect((await askWorld('POST', '/instances/inbox/pause', { token: tokens.ops, body: {} })).status).toBe(200);
    const { status, body } = await askWorld('PUT', '/config', {
      token: tokens.ops,
      body: {},
      headers: { 'if-match': '*' },
    });
    expect({ status, detail: body.detail }).toEqual({ status: 403, detail: 'This needs the permission configure.' });
  });
});

describe('who may not read', () => {
  it('cannot tell an instance there is from one there is not', async () => {
    const { ask: askWorld, failover } = createWorld({
      authorize: bearerTokens({ [tokens.dana]: { actor: 'dana', can: ['configure'] } }),
    });
    await stepDown(failover, 'inbox');
    const answers = await Promise.all(
      ['inbox', 'nobody', '%E0%A4%A'].map((name) => askWorld('GET', `/instances/${name}`)),
    );
    for (const { status, text } of answers) expect({ status, text }).toEqual({ status: 403, text: answers[0]!.text });
  });
});

describe('an actor of any shape', () => {
  it.each([
    [{ actor: 'x', can: 'read operate configure' }, 403],
    [{ actor: 'x', can: ['READ', 'everything'] }, 403],
    [{ actor: 'x' }, 403],
    [{ actor: '', can: ['read'] }, 401],
    [{ can: ['read'] }, 401],
    [true, 401],
    ['dana', 401],
    [undefined, 401],
  ])('%j reads nothing', async (grant, status) => {
    const world = createWorld({ authorize: (() => grant) as unknown as OperatorOptions['authorize'] });
    expect((await world.ask('GET', '/instances')).status).toBe(status);
  });

  it('is nobody where authorize throws, and nothing of the error is told', async () => {
    const world = createWorld({
      authorize: () => {
        throw new Error('ldap://secret');
      },
    });
    const { status, text } = await world.ask('GET', '/instances');
    expect(status).toBe(503);
    expect(text).not.toContain('secret');
  });
});

describe('another site', () => {
  const authorize = trustHost(() => 'dana');

  it('cannot act: a session alone is not enough', async () => {
    const { ask: askWorld, failover } = createWorld({ authorize });
    const options = { token: null, body: '', headers: { 'content-type': 'text/plain' } };
    expect((await askWorld('POST', '/instances/inbox/pause', options)).status).toBe(403);
    expect(await failover.history('inbox', { limit: 5 })).toEqual([]);
  });

  it('is told apart by a header it cannot send without asking first', async () => {
    const { ask: askWorld } = createWorld({ authorize });
    const answer = await askWorld('POST', '/instances/inbox/pause', {
      token: null,
      body: {},
      headers: { 'x-tierfall': '1' },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
    expect(
      (await askWorld('OPTIONS', '/instances/inbox/pause', { token: null })).headers.has('access-control-allow-origin'),
    ).toBe(false);
  });

  it('needs no cookie and gets none', async () => {
    const { ask: askWorld } = createWorld({ authorize });
    expect((await askWorld('GET', '/')).headers.has('set-cookie')).toBe(false);
  });
});

describe('failed authentications', () => {
  it('are slowed down by address, and a good token always passes', async () => {
    const { ask: askWorld, clock } = createWorld({
      clientAddress: (request) => request.headers.get('x-test-address') ?? undefined,
    });
    const from = (address: string, token: string) =>
      askWorld('GET', '/instances', { token, headers: { 'x-test-address': address } });
    const statuses = [];
    for (let index = 0; index < 25; index++) statuses.push((await from('192.0.2.1', `guess-${index}`)).status);
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
    expect(statuses.slice(20)).toEqual(Array.from({ length: 5 }, () => 429));
    const limited = await from('192.0.2.1', 'guess');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await from('192.0.2.2', 'guess')).status).toBe(401);
    expect((await from('192.0.2.1', tokens.dana)).status).toBe(200);
    await clock.advance(Number(limited.headers.get('retry-after')) * 1000);
    expect((await from('192.0.2.1', 'guess')).status).toBe(401);
  });

  it('do not believe a forwarded header', async () => {
    const { ask: askWorld } = createWorld();
    for (let index = 0; index < 20; index++) {
      await askWorld('GET', '/instances', { token: 'x', headers: { 'x-forwarded-for': `192.0.2.${index}` } });
    }
    expect(
      (await askWorld('GET', '/instances', { token: 'x', headers: { 'x-forwarded-for': '203.0.113.9' } })).status,
    ).toBe(429);
  });
});

describe('readOnly', () => {
  it('lets nobody act, whoever they are', async () => {
    const { ask: askWorld, failover } = createWorld({ readOnly: true });
    await stepDown(failover, 'inbox');
    for (const [method, path] of actions) {
      expect((await askWorld(method, path, { body: {}, headers: { 'if-match': '*' } })).status).toBe(403);
    }
    expect((await askWorld('GET', '/instances/inbox')).status).toBe(200);
  });
});

describe('the options', () => {
  const failover = createFailover({ chain: [...chain] });
  const authorize = trustHost(() => 'dana');

  it.each([
    [{ failover }, 'authorize'],
    [{ authorize }, 'failover'],
    [{ failover: {}, authorize }, 'failover'],
    [{ failover, authorize, auth: 1 }, 'auth'],
    [{ failover, authorize, basePath: 'ops' }, 'basePath'],
    [{ failover, authorize, basePath: '/a/../b' }, 'basePath'],
    [{ failover, authorize, readOnly: 'yes' }, 'readOnly'],
    [{ failover, authorize, home: { href: 'javascript:alert(1)', name: 'x' } }, 'home.href'],
    [{ failover, authorize, home: { href: '//evil.example', name: 'x' } }, 'home.href'],
    [{ failover, authorize, home: { href: '/', name: '' } }, 'home.name'],
    [{ failover, authorize, frameAncestors: "'self'; script-src *" }, 'frameAncestors'],
    [{ failover, authorize, alertSecret: 'short' }, 'alertSecret'],
    [{ failover, authorize, alertSecret: ['whsec_AAAA'] }, 'alertSecret[0]'],
    [{ failover, authorize, health: {} }, 'health'],
    [{ failover, authorize, checks: { source: {} } }, 'checks'],
    [{ failover, authorize, clientAddress: 'x-forwarded-for' }, 'clientAddress'],
  ])('are refused by name: %o', (options, path) => {
    expect(() => createOperatorHandler(options as unknown as OperatorOptions)).toThrow(
      expect.objectContaining({
        code: 'TIERFALL_CONFIG',
        issues: expect.arrayContaining([expect.objectContaining({ path })]),
      }),
    );
  });

  it('are refused with the name that was probably meant', () => {
    const options = { failover, authorize, basepath: '/ops' };
    expect(() => createOperatorHandler(options)).toThrow(/^basepath: unknown option; .*; did you mean basePath\?$/);
  });

  it.each([[{}], [{ '': 'dana' }], [{ 'a b': 'dana' }], [{ secret: 7 }], [{ secret: { actor: 'x', can: 'read' } }]])(
    'bearerTokens(%j) is refused, and no token stands in the error',
    (given) => {
      const make = () => bearerTokens(given as never);
      expect(make).toThrow(expect.objectContaining({ code: 'TIERFALL_CONFIG' }));
      expect(make).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }));
    },
  );

  it('take a function of the host, given the very request', async () => {
    const seen: Request[] = [];
    const handler = createOperatorHandler({
      failover,
      authorize: async (request) => {
        seen.push(request);
        return { actor: 'host', can: ['read'] };
      },
    });
    expect((await ask(handler, 'GET', '/instances', { token: null })).status).toBe(200);
    expect(seen).toHaveLength(1);
  });
});

describe('bearerTokens refuses', () => {
  it.each([
    [
      'a variable that is not set',
      { [String(undefined)]: 'ann' },
      'tokens[0]: is the word undefined: is its variable set?',
    ],
    [
      'a word that is no permission',
      { 'a-token': { actor: 'ann', can: ['raed'] } },
      'tokens[0].can: knows no other word than read, operate, configure',
    ],
    [
      'a field that nobody knows',
      { 'a-token': { actor: 'ann', can: ['read'], readonly: true } },
      'tokens[0].readonly: unknown option; known: actor, can',
    ],
    // `process.env.TOKENS.split(',')`: its keys would be the tokens `0`, `1`, and each secret the name of an actor.
    [
      'a list of tokens',
      ['first-secret', 'second-secret'],
      "tokens: expected an object { token: actor }, not a list: { [token]: 'ann' }",
    ],
  ])('%s', (_, given, message) => {
    expect(() => bearerTokens(given as never)).toThrow(message);
  });
});
