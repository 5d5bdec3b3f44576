import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, read, stepDown, tokens, type Asked, type World } from './support/world.js';
import { mounts, type Mounted } from './support/mounts.js';
import { EventReader } from './support/stream.js';

describe.each(Object.entries(mounts))('mounted in %s', (_, mount) => {
  let world: World;
  let mounted: Mounted;
  beforeAll(async () => {
    world = createWorld({ basePath: '/ops' });
    await stepDown(world.failover, 'a/b ☕ ü');
    mounted = await mount(world.handler);
  });
  afterAll(() => mounted.close());

  async function ask(
    method: string,
    path: string,
    options: { body?: unknown; token?: string | null; type?: string } = {},
  ): Promise<Asked> {
    const { body, token = tokens.dana, type = 'application/json' } = options;
    return read(
      await fetch(`${mounted.origin}/ops${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': type }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  }
  const name = encodeURIComponent('a/b ☕ ü');

  it('serves the page with and without the slash, and tells nobody anything without a token', async () => {
    for (const path of ['', '/']) {
      const page = await ask('GET', path, { token: null });
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(page.text).toContain('<tierfall-page>');
    }
    expect((await ask('GET', '/health', { token: null })).body).toEqual({ ok: true });
    expect((await ask('GET', '/instances', { token: null })).status).toBe(401);
  });

  it('decodes a name once', async () => {
    expect((await ask('GET', `/instances/${name}`)).body).toMatchObject({ name: 'a/b ☕ ü', badge: '②' });
    expect((await ask('GET', `/instances/${encodeURIComponent(name)}`)).status).toBe(404);
    expect((await ask('GET', '/instances/%E0%A4%A')).status).toBe(400);
  });

  it('acts, with the body read here', async () => {
    const paused = await ask('POST', `/instances/${name}/pause`, { body: { reason: 'via HTTP' } });
    expect(paused.body).toMatchObject({ badge: '✕', paused: { by: 'dana', reason: 'via HTTP' } });
    expect((await ask('POST', `/instances/${name}/resume`)).body).toMatchObject({ paused: null });
  });

  it('refuses bodies that are too large, no JSON, or of another type', async () => {
    const path = `/instances/${name}/pause`;
    expect((await ask('POST', path, { body: `{"reason":"${'x'.repeat(70_000)}"}` })).status).toBe(413);
    expect((await ask('POST', path, { body: '{"reason":' })).status).toBe(400);
    expect((await ask('POST', path, { body: 'reason=x', type: 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await ask('GET', `/instances/${name}`)).body.paused).toBeNull();
  });

  it('answers 404 and 405 as problems', async () => {
    const wrong = await ask('DELETE', '/instances');
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('content-type')).toBe('application/problem+json');
    expect((await ask('GET', '/nothing')).body).toMatchObject({ status: 404, title: 'Not found' });
  });

  it('streams what changes', async () => {
    const abort = new AbortController();
    const response = await fetch(`${mounted.origin}/ops/stream`, {
      headers: { authorization: `Bearer ${tokens.dana}` },
      signal: abort.signal,
    });
    const events = new EventReader(response);
    expect((await events.next())?.data).toMatchObject({ actor: 'dana', can: ['read', 'operate', 'configure'] });
    await ask('POST', `/instances/${name}/pause`, { body: { reason: 'seen' } });
    await world.clock.advance(200);
    const { data } = await events.until('instance');
    expect(data.view).toMatchObject({ name: 'a/b ☕ ü', badge: '✕' });
    expect(data.events[0]).toMatchObject({ type: 'paused', reason: 'seen' });
    abort.abort();
  });

  it('leaves the rest of the server alone', async () => {
    if (_ === 'a route handler of Next') return;
    expect(await (await fetch(`${mounted.origin}/`)).text()).toBe('the host');
  });
});
