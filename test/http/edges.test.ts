import { describe, expect, it } from 'vitest';
import { bearerTokens, createOperatorHandler, trustHost } from '../../src/http/index.js';
import { createFailover, createMemoryStore, StoreError } from '../../src/index.js';
import { ask, chain, createWorld, read, stepDown, tokens } from './support/world.js';

describe('the page and its script', () => {
  it.each(['/', '/assets/page.js'])('%s is not sent again to a browser that has it', async (path) => {
    const { ask: get } = createWorld();
    const first = await get('GET', path, { token: null });
    expect(first.status).toBe(200);
    const headers = { 'if-none-match': `"other", ${first.headers.get('etag')}` };
    const again = await get('GET', path, { token: null, headers });
    expect({ status: again.status, text: again.text }).toEqual({ status: 304, text: '' });
    const changed = await get('GET', path, { token: null, headers: { 'if-none-match': '"other"' } });
    expect(changed.text).toBe(first.text);
  });

  it.each(['/', '/assets/page.js'])(
    '%s has the same weak tag with and without compression, and * names it',
    async (path) => {
      const { ask: get } = createWorld();
      const plain = await get('GET', path, { token: null });
      const packed = await get('GET', path, { token: null, headers: { 'accept-encoding': 'gzip' } });
      expect(packed.headers.get('content-encoding')).toBe('gzip');
      expect(plain.headers.get('etag')).toMatch(/^W\/"\w+"$/u);
      expect(packed.headers.get('etag')).toBe(plain.headers.get('etag'));
      const strong = plain.headers.get('etag')!.slice('W/'.length);
      for (const tag of ['*', strong, `W/"other", ${strong}`]) {
        expect((await get('GET', path, { token: null, headers: { 'if-none-match': tag } })).status).toBe(304);
      }
      const longer = `${strong.slice(0, -1)}x"`;
      expect((await get('GET', path, { token: null, headers: { 'if-none-match': longer } })).status).toBe(200);
    },
  );

  it.each([
    ['gzip;q=0.5', 'gzip'],
    ['gzip;q=0, br', null],
    ['gzip;q=0.0', null],
  ])('is compressed as asked for with %s', async (accepted, encoding) => {
    const headers = { 'accept-encoding': accepted };
    const { headers: given } = await createWorld().ask('GET', '/', { token: null, headers });
    expect(given.get('content-encoding')).toBe(encoding);
  });

  it.each(['/assets/other.js', '/assets/constructor', '/assets/__proto__'])('%s is no script', async (path) => {
    const { ask: get } = createWorld();
    expect((await get('GET', path, { token: null })).status).toBe(404);
  });

  it('names where it is served in the description of the API', async () => {
    const { handler } = createWorld({ basePath: '/ops' });
    const { body } = await ask(handler, 'GET', '/ops/openapi.json', { token: null });
    expect(body.servers).toEqual([{ url: '/ops' }]);
    expect((await createWorld().ask('GET', '/openapi.json', { token: null })).body.servers).toEqual([{ url: '/' }]);
  });
});

describe('a request', () => {
  it('that gives a parameter twice is refused', async () => {
    const { status, body } = await createWorld().ask('GET', '/instances?limit=1&limit=2');
    expect([status, body.detail]).toEqual([400, 'The parameter limit is given twice.']);
  });

  it.each(['0x10', '1e2', '%2010', '+10', ''])('whose limit is written as %j is refused', async (limit) => {
    expect((await createWorld().ask('GET', `/instances?limit=${limit}`)).status).toBe(400);
  });

  it('for a ledger whose rows hold odd texts is answered', async () => {
    const { ask: get, store, failover } = createWorld();
    await stepDown(failover, 'bot');
    const { state, version } = (await store.load('instance:bot'))!;
    const row = { type: 'reset', at: 1, reason: 7, detail: {}, by: 9 } as never;
    await store.commit('instance:bot', version, state as never, [row]);
    const { status, body } = await get('GET', '/instances/bot/events?limit=1');
    expect(status).toBe(200);
    expect(body.events).toMatchObject([{ reason: '7', by: '9' }]);
  });

  it('whose body somebody has read says so', async () => {
    const { handler, failover } = createWorld();
    await stepDown(failover, 'bot');
    const request = new Request('http://operator.test/instances/bot/pause', {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.dana}`, 'content-type': 'application/json' },
      body: '{}',
    });
    await request.text();
    const { status, body } = await read(await handler(request));
    expect([status, body.detail]).toEqual([400, 'The body was read before it came here.']);
  });

  it('whose body breaks off is a bad one', async () => {
    const { handler, failover } = createWorld();
    await stepDown(failover, 'bot');
    const request = new Request('http://operator.test/instances/bot/pause', {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.dana}`, 'content-type': 'application/json' },
      body: new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) }),
      duplex: 'half',
    } as RequestInit);
    const { status, body } = await read(await handler(request));
    expect([status, body.detail]).toEqual([400, 'The body could not be read.']);
  });

  it('to a failover that was closed is answered with 503', async () => {
    const { ask: get, failover } = createWorld();
    await failover.close();
    const { status, body } = await get('POST', '/instances/bot/pause', { body: { reason: 'why' } });
    expect([status, body.detail]).toEqual([503, 'This failover was closed.']);
  });

  it('while the store cannot be read is answered with 503, without its cause', async () => {
    const store = createMemoryStore();
    const down = { ...store, load: () => Promise.reject(new StoreError({ operation: 'load', message: 'hunter2' })) };
    const { ask: get } = createWorld({}, { store: down });
    const { status, body, text } = await get('GET', '/instances/bot');
    expect([status, body.detail]).toEqual([503, 'The store cannot be read now.']);
    expect(text).not.toContain('hunter2');
  });

  it('for a list of which one record cannot be loaded is answered with 503', async () => {
    const store = createMemoryStore();
    const { ask: get, failover } = createWorld({}, { store });
    await stepDown(failover, 'bot');
    await failover.history('bot', { limit: 1 });
    const load = store.load.bind(store);
    store.load = async (key) =>
      key === 'instance:bot' ? Promise.reject(new StoreError({ operation: 'load', message: 'hunter2' })) : load(key);
    const reader = createWorld({}, { store });
    expect((await reader.ask('GET', '/instances')).status).toBe(503);
    expect((await get('GET', '/instances/never-seen')).status).toBe(404);
  });

  it('for an instance whose rows no longer say when it came to its tier says that nobody knows', async () => {
    const { failover, store } = createWorld();
    const sinceOf = async () => (await createWorld({}, { store }).ask('GET', '/instances/bot')).body.since;
    await failover.pause('bot', { by: 'dana', reason: 'first' });
    expect(await sinceOf()).not.toBeNull();
    for (let each = 0; each < 30; each++) {
      await failover.resume('bot', { by: 'dana' });
      await failover.pause('bot', { by: 'dana', reason: `${each}` });
    }
    expect(await sinceOf()).toBeNull();
  });

  it('holds a tier until a time, or until a reset', async () => {
    const { ask: act, failover, clock } = createWorld();
    await stepDown(failover, 'bot');
    const until = clock.now() + 60_000;
    const timed = await act('POST', '/instances/bot/hold', { body: { tier: chain[1], until } });
    expect(timed.body.tiers[1].heldUntil).toBe(until);
    const open = await act('POST', '/instances/bot/hold', { body: { tier: chain[2] } });
    expect(open.body.tiers[2].heldUntil).toBeGreaterThan(until);
  });

  it('may replace whatever chain is in force', async () => {
    const { ask: act } = createWorld();
    const { body } = await act('GET', '/config');
    const put = { body: { ...body, chain: body.chain.toReversed() }, headers: { 'if-match': '*' } };
    const answer = await act('PUT', '/config', put);
    expect([answer.status, answer.body.version]).toEqual([200, 1]);
  });

  it('of a chain that another process has just replaced loses, and is told so', async () => {
    const store = createMemoryStore();
    const { ask: act, failover } = createWorld({}, { store });
    const { body, headers } = await act('GET', '/config');
    const other = createFailover({ chain: [...chain], store });
    const commit = store.commit.bind(store);
    let isFirst = true;
    store.commit = async (key, ...more) => {
      if (key.startsWith('config:') && isFirst) {
        isFirst = false;
        await other.update({ chain: ['z/9'] }, { by: 'other' });
      }
      return commit(key, ...more);
    };
    const put = { body: { ...body, chain: body.chain.toReversed() }, headers: { 'if-match': headers.get('etag')! } };
    const answer = await act('PUT', '/config', put);
    expect(answer.status).toBe(412);
    await other.close();
    await failover.close();
  });
});

describe('a token', () => {
  it('is asked for by options that are some', () => {
    expect(() => bearerTokens(7 as never)).toThrow('tokens: expected at least one token');
    expect(() => trustHost('dana' as never)).toThrow(/identify|function/u);
    expect(() => createOperatorHandler(undefined as never)).toThrow('options');
    const failover = createFailover({ chain: ['a/1'] });
    const authorize = bearerTokens({ [tokens.dana]: 'dana' });
    expect(() => createOperatorHandler({ failover, authorize, home: 7 as never })).toThrow(/^home/u);
  });

  it('that is wrong is counted for ten thousand addresses and no more', async () => {
    const { handler, clock } = createWorld({ clientAddress: (request) => request.headers.get('x-address') ?? '' });
    const fail = async (address: string) =>
      (await ask(handler, 'GET', '/instances', { token: 'wrong', headers: { 'x-address': address } })).status;
    for (let each = 0; each < 21; each++) await fail('first');
    expect(await fail('first')).toBe(429);
    for (let each = 0; each < 10_000; each++) await fail(`other-${each}`);
    // The one heard of longest ago is forgotten.
    expect(await fail('first')).toBe(401);
    expect(clock.pending).toBe(0);
  });
});

describe('what an instance uses of its budget', () => {
  it('is part of its view, and missing where it cannot be read', async () => {
    const failover = createFailover({
      chain: [...chain],
      policy: { tokenBudget: { limit: 1000, windowMs: 3_600_000 } },
    });
    const { handler } = createWorld({ failover });
    await failover.pause('bot', { by: 'dana', reason: 'why' });
    const { body } = await ask(handler, 'GET', '/instances/bot');
    expect(body.budget).not.toBeNull();
    Object.assign(failover, { budget: () => Promise.reject(new Error('no counters')) });
    expect((await ask(handler, 'GET', '/instances/bot')).body).toMatchObject({ name: 'bot', budget: null });
    Object.assign(failover, { budget: undefined });
    expect((await ask(handler, 'GET', '/instances/bot')).body).toMatchObject({ name: 'bot', budget: null });
  });
});
