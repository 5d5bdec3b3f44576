import { describe, expect, it, vi } from 'vitest';
import { createWorld, read, stepDown, tokens } from './support/world.js';

describe('names of any kind', () => {
  it.each([
    ['a slash', 'team/agent'],
    ['dots inside', '../etc/passwd..'],
    ['three dots', '...'],
    ['an encoded dot-dot', '%2e%2e'],
    ['emoji', '🧑‍🚀🔥'],
    ['markup', '<img src=x onerror=alert(1)>'],
    ['right-to-left marks', 'abc\u202Egpj.exe'],
    ['a zero byte', 'a\0b'],
    ['a query', 'a?b=c#d'],
    ['a percent', '100%'],
    ['white space', ' \t '],
    ['10 kB', 'n'.repeat(10_000)],
    ['prototype words', '__proto__'],
    ['a colon', 'instance:all'],
  ])('%s: shown and operated as it is', async (_, name) => {
    const { ask, failover } = createWorld();
    await stepDown(failover, name);
    const path = `/instances/${encodeURIComponent(name)}`;
    expect((await ask('GET', path)).body.name).toBe(name);
    expect((await ask('POST', `${path}/pause`, { body: {} })).body.badge).toBe('✕');
    expect((await ask('GET', '/instances')).body.instances).toMatchObject([{ name, badge: '✕' }]);
    expect((await ask('GET', `${path}/events`)).body.events[0]).toMatchObject({ type: 'paused', by: 'dana' });
  });

  it('of 30,000 characters are refused', async () => {
    expect((await createWorld().ask('GET', `/instances/${'n'.repeat(30_000)}`)).status).toBe(414);
  });

  it('. and .. never reach an instance', async () => {
    const { ask, failover } = createWorld();
    await stepDown(failover, 'inbox');
    // The address resolves them before anybody routes.
    for (const dots of ['.', '..', '%2e', '%2e%2e', '.%2E']) {
      expect((await ask('POST', `/instances/${dots}/pause`, { body: {} })).status).toBeGreaterThanOrEqual(404);
    }
    const names: string[] = [];
    for await (const name of failover.instances()) names.push(name);
    expect(names).toEqual(['inbox']);
  });
});

describe('bodies of any kind', () => {
  const path = '/instances/inbox/pause';

  it.each([
    ['an array', '[]'],
    ['a text', '"pause"'],
    ['null', 'null'],
    ['a number', '7'],
    ['a cut one', '{"reason":'],
    ['nested deeply', '['.repeat(5000)],
    ['a prototype', '{"__proto__":{"reason":"x"},"x":1}'],
    ['a lone surrogate as JSON', '{"reason":7,"until":"\\ud800"}'],
  ])('%s is refused', async (_, body) => {
    const { ask, failover } = createWorld();
    const { status, body: problem } = await ask('POST', path, { body });
    expect(status).toBe(400);
    expect(problem.title).toBe('The request is wrong');
    expect(await failover.history('inbox', { limit: 1 })).toEqual([]);
  });

  it('counts bytes as they come, whatever Content-Length says, and stops reading', async () => {
    const { handler } = createWorld();
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(16_384).fill(0x20));
      },
    });
    const response = await handler(post(path, body, { 'content-length': '2' }));
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(10);
  });

  it('gives a slow body ten seconds', async () => {
    const { handler, clock } = createWorld();
    const answer = handler(post(path, new ReadableStream<Uint8Array>({ pull: () => new Promise(() => undefined) })));
    await vi.waitFor(() => expect(clock.pending).toBeGreaterThan(0), { timeout: 10_000 });
    await clock.advance(10_000);
    expect((await answer).status).toBe(408);
  });

  it('refuses what is no UTF-8', async () => {
    const { handler } = createWorld();
    const body = new Response(new Uint8Array([0x22, 0xff, 0x22])).body!;
    expect((await read(await handler(post(path, body)))).status).toBe(400);
  });

  it('reads none of one who is not let in', async () => {
    const { handler } = createWorld();
    let pulled = false;
    const body = new ReadableStream<Uint8Array>({ pull: () => void (pulled = true) }, { highWaterMark: 0 });
    const response = await handler(post(path, body, { authorization: 'Bearer wrong' }));
    expect(response.status).toBe(401);
    expect(pulled).toBe(false);
  });
});

describe('every answer', () => {
  it.each(['/health', '/instances', '/nothing', '/openapi.json'])(
    'of %s is not sniffed, framed or kept',
    async (path) => {
      const { headers } = await createWorld().ask('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toMatch(/no-store|no-cache/u);
    },
  );

  it('names a frame ancestor only where the host does', async () => {
    const { ask } = createWorld({
      frameAncestors: ["'self'", 'https://app.example'],
      home: { href: 'https://app.example/?a="b"', name: '<Acme>' },
    });
    const page = await ask('GET', '/', { token: null });
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'self' https://app.example");
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.text).toContain('home-name="&lt;Acme&gt;"');
    expect(page.text).toContain('home-href="https://app.example/?a=&quot;b&quot;"');
  });
});

function post(path: string, body: ReadableStream<Uint8Array>, headers: Record<string, string> = {}): Request {
  return new Request(`http://operator.test${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.dana}`, 'content-type': 'application/json', ...headers },
    body,
    duplex: 'half',
  } as RequestInit);
}
