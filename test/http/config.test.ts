import { describe, expect, it } from 'vitest';
import { createFailover, createMemoryStore } from '../../src/index.js';
import { bearerTokens, createOperatorHandler } from '../../src/http/index.js';
import { ask, tokens } from './support/world.js';

function world(store = createMemoryStore()) {
  const chain = [
    { provider: 'anthropic', model: 'claude', baseURL: 'https://secret.example', apiKeyName: 'PROD' },
    'openai/gpt',
  ] as const;
  const failover = createFailover({ chain: [...chain], store });
  const handler = createOperatorHandler({
    failover,
    authorize: bearerTokens({ [tokens.dana]: 'dana' }),
  });
  return {
    failover,
    put: (body: unknown, match?: string) =>
      ask(handler, 'PUT', '/config', { body, headers: match === undefined ? {} : { 'if-match': match } }),
    get: () => ask(handler, 'GET', '/config'),
  };
}

describe('GET /config', () => {
  it('shows provider, model, credential, context and order, and nothing else of a tier', async () => {
    const { body, text, headers } = await world().get();
    expect(body).toMatchObject({ version: 0, by: null, at: null });
    expect(body.chain).toEqual([
      { provider: 'anthropic', model: 'claude' },
      { provider: 'openai', model: 'gpt' },
    ]);
    expect(text).not.toContain('secret.example');
    expect(headers.get('etag')).toMatch(/^"0-\w+"$/u);
  });
});

describe('PUT /config', () => {
  it('takes back what GET gave, unchanged', async () => {
    const { get, put } = world();
    const before = await get();
    const after = await put(before.body, before.headers.get('etag')!);
    expect(after.status).toBe(200);
    expect(after.body).toMatchObject({ version: 1, by: 'dana', chain: before.body.chain, policy: before.body.policy });
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
  });

  it("loses none of a host's own fields", async () => {
    const { failover, get, put } = world();
    const { body, headers } = await get();
    const chain = body.chain.toReversed();
    const answer = await put({ ...body, chain }, headers.get('etag')!);
    expect(answer.body.chain).toEqual(chain);
    expect(answer.text).not.toContain('secret.example');
    const { value } = await failover.run((tier) => tier, { pinned: 'anthropic/claude' });
    expect(value).toMatchObject({ baseURL: 'https://secret.example', apiKeyName: 'PROD' });
    const rows = await failover.history({ all: true }, { limit: 5 });
    expect(JSON.stringify(rows)).not.toContain('secret.example');
  });

  it('takes back a pool of keys as it was', async () => {
    const { failover, get, put } = world();
    const { headers } = await get();
    const pool = { provider: 'a', model: '1', credentials: ['team', 'own'], order: 'session' as const };
    const tiers = ['team', 'own'].map((credential) => ({ provider: 'a', model: '1', credential, order: 'session' }));
    await failover.update({ chain: [pool] }, { by: 'code' });
    expect((await put({ chain: ['x/1'] }, headers.get('etag')!)).status).toBe(412);
    const seen = await get();
    expect(seen.body.chain).toEqual(tiers);
    expect((await put(seen.body, seen.headers.get('etag')!)).body).toMatchObject({ version: 2, chain: tiers });
  });

  it('replaces the policy: what it leaves out goes back to its default', async () => {
    const { failover, get, put } = world();
    const { body, headers } = await get();
    const limited = await put({ ...body, policy: { ...body.policy, deadlineMs: 5000 } }, headers.get('etag')!);
    expect(limited.body.policy).toMatchObject({ deadlineMs: 5000 });
    const { deadlineMs: _, ...policy } = limited.body.policy;
    const after = await put({ chain: body.chain, policy }, limited.headers.get('etag')!);
    expect(after.body.policy).toEqual(body.policy);
    // One that is left out altogether stays.
    const last = await put({ chain: ['a/b'] }, after.headers.get('etag')!);
    expect(last.body).toMatchObject({ version: 3, policy: body.policy });
    expect(failover.chain).toEqual([{ provider: 'a', model: 'b' }]);
  });

  it('is refused where another process was faster, and taken up by that one', async () => {
    const store = createMemoryStore();
    const [one, two] = [world(store), world(store)];
    const [seen, alsoSeen] = [await one.get(), await two.get()];
    const answers = await Promise.all([
      one.put({ chain: ['a/b'] }, seen.headers.get('etag')!),
      two.put({ chain: ['c/d'] }, alsoSeen.headers.get('etag')!),
    ]);
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 412]);
    const winner = answers.find(({ status }) => status === 200)!;
    for (const each of [one, two]) {
      const { body, headers } = await each.get();
      expect(body).toEqual(winner.body);
      expect(headers.get('etag')).toBe(winner.headers.get('etag'));
    }
  });

  it('changes also what a process goes by whose code has another chain than the update before', async () => {
    const store = createMemoryStore();
    const other = createFailover({ chain: ['x/1'], store });
    await other.run(() => 1);
    await other.update({ chain: ['y/2'] }, { by: 'sam' });
    await other.close();
    const { failover, get, put } = world(store);
    await failover.run(() => 1);
    const { body, headers } = await get();
    expect(body).toMatchObject({ version: 0, by: null, chain: [{ provider: 'anthropic' }, { provider: 'openai' }] });
    const answer = await put({ chain: ['z/3'] }, headers.get('etag')!);
    expect(answer.body).toMatchObject({ version: 2, by: 'dana', chain: [{ provider: 'z', model: '3' }] });
  });

  it('answers 503 where the store did not take it, and changes nothing', async () => {
    const store = createMemoryStore();
    store.commit = () => Promise.reject(new Error('disk full'));
    const { get, put } = world(store);
    const { body, headers } = await get();
    const answer = await put({ chain: ['a/b'] }, headers.get('etag')!);
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('disk full');
    expect((await get()).body).toEqual(body);
  });

  it('needs If-Match, and refuses a stale one', async () => {
    const { get, put } = world();
    const { body, headers } = await get();
    const etag = headers.get('etag')!;
    expect((await put(body)).status).toBe(428);
    expect((await put(body, '"0-zzz"')).status).toBe(412);
    expect((await put(body, `W/${etag}`)).status).toBe(200);
    expect((await put(body, etag)).status).toBe(412);
  });

  it('lets one of two editors of one version win', async () => {
    const { get, put } = world();
    const { body, headers } = await get();
    const answers = await Promise.all([put(body, headers.get('etag')!), put(body, headers.get('etag')!)]);
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 412]);
  });

  it.each([
    [{ chain: [] }, 'chain'],
    [{ chain: [{ provider: 'a', model: '' }] }, 'chain[0].model'],
    [{ chain: ['a/b', 'a/b'] }, 'chain[1]'],
    [{ chain: ['a/b'], policy: { triggers: ['drained'] } }, 'policy.triggers[0]'],
    [{ chain: [{ provider: 'a', model: 'b', apiKey: 'sk-live-1' }] }, 'chain[0].apiKey'],
    [{ chain: ['a/b'], extra: 1 }, 'extra'],
    [{}, 'chain'],
  ])('refuses %j and names the field', async (body, path) => {
    const { get, put } = world();
    const answer = await put(body, (await get()).headers.get('etag')!);
    expect(answer.status).toBe(400);
    expect(answer.body.issues.map((issue: { path: string }) => issue.path)).toContain(path);
    expect((await get()).body.version).toBe(0);
  });
});
