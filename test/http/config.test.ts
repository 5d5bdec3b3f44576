import { describe, expect, it } from 'vitest';
import { createFailover, createMemoryStore } from '../../src/index.js';
import { bearerTokens, createOperatorHandler } from '../../src/http/index.js';
import { updatable } from '../elements/support/updatable.js';
import { ask, tokens } from './support/world.js';

function world() {
  const chain = [
    { provider: 'anthropic', model: 'claude', baseURL: 'https://secret.example', apiKeyName: 'PROD' },
    'openai/gpt',
  ] as const;
  const failover = createFailover({ chain: [...chain], store: createMemoryStore() });
  const handler = createOperatorHandler({
    failover: updatable(failover, Date.now),
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
