import { describe, expect, it } from 'vitest';
import { createHealthMonitor } from '../../src/health/index.js';
import { createFailover, type PauseTarget } from '../../src/index.js';
import { chain, createWorld, stepDown } from './support/world.js';

describe('GET /health', () => {
  it('says that the server answers and nothing else, to anybody', async () => {
    const { ask } = createWorld();
    const { status, text } = await ask('GET', '/health', { token: null });
    expect({ status, text }).toEqual({ status: 200, text: '{"ok":true}' });
  });
});

describe('POST /health/resume', () => {
  it.each<[PauseTarget | undefined]>([[{ provider: 'anthropic' }], [{ all: true }], [undefined]])(
    'of %j keeps why, for the ledger',
    async (target) => {
      const failover = createFailover({ chain });
      const health = createHealthMonitor(failover);
      const { ask } = createWorld({ failover, health });
      const paused = target ?? { provider: 'anthropic' };
      await health.alert({ rule: 'pager', reason: 'on fire', by: 'pager', target: paused });
      const body = { reason: 'the provider said so', ...(target === undefined ? {} : { target }) };
      expect((await ask('POST', '/health/resume', { body })).body.pauses).toEqual([]);
      const rows = await failover.history(paused, { limit: 5 });
      expect(rows[0]).toMatchObject({ type: 'resumed', by: 'dana', reason: 'the provider said so' });
      await failover.close();
    },
  );
});

describe('a field that no route knows', () => {
  it.each([
    ['/instances/inbox/pause', 'resaon', 'unknown key; known: reason, until; did you mean reason?'],
    ['/instances/inbox/reset', 'until', 'unknown key; known: reason'],
  ])('of %s is named with those that are known', async (path, field, message) => {
    const { ask, failover } = createWorld();
    await stepDown(failover, 'inbox');
    const { status, body } = await ask('POST', path, { body: { [field]: 1 } });
    expect({ status, issues: body.issues }).toEqual({ status: 400, issues: [{ path: field, message }] });
  });
});

describe('GET /instances', () => {
  it('lists by name, a page at a time', async () => {
    const { ask, failover } = createWorld();
    for (const name of ['delta', 'alpha', 'charlie', 'bravo']) await stepDown(failover, name);
    const first = await ask('GET', '/instances?limit=3');
    expect(first.body.instances.map(({ name }: { name: string }) => name)).toEqual(['alpha', 'bravo', 'charlie']);
    const second = await ask('GET', `/instances?limit=3&after=${encodeURIComponent(first.body.next)}`);
    expect(second.body.instances.map(({ name }: { name: string }) => name)).toEqual(['delta']);
    expect(second.body.next).toBeNull();
  });

  it('shows an instance that this process served and nothing happened to', async () => {
    const { ask, failover } = createWorld();
    await failover.run(() => 'answer', { instance: 'quiet' });
    const { body } = await ask('GET', '/instances');
    expect(body.instances).toMatchObject([{ name: 'quiet', badge: '①', since: null, cause: null }]);
  });

  it('leaves out, after an hour, one that nothing happened to', async () => {
    const { ask, failover, clock } = createWorld();
    await failover.run(() => 'answer', { instance: 'quiet' });
    await ask('GET', '/instances');
    await clock.advance(3_700_000);
    expect((await ask('GET', '/instances')).body.instances).toEqual([]);
  });

  it('goes on past a record that cannot be read, and says so of it', async () => {
    const { ask, failover, store } = createWorld();
    await stepDown(failover, 'good');
    await store.commit('instance:broken', 0, { schema: 1, nonsense: true }, []);
    const { body } = await ask('GET', '/instances');
    expect(body.instances).toMatchObject([
      { name: 'broken', cause: 'unreadable' },
      { name: 'good', cause: 'rate_limit' },
    ]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=x', 'limit'],
    ['foo=1', 'foo'],
  ])('refuses ?%s and names the field', async (query, path) => {
    const { ask } = createWorld();
    const { status, body } = await ask('GET', `/instances?${query}`);
    expect(status).toBe(400);
    expect(body.issues[0].path).toBe(path);
  });
});

describe('GET /instances/:name', () => {
  it('says where calls go, why, since when and what is next', async () => {
    const { ask, failover, clock } = createWorld();
    const at = clock.now();
    await stepDown(failover, 'inbox');
    await clock.advance(10_000);
    const { body } = await ask('GET', '/instances/inbox');
    expect(body).toMatchObject({
      name: 'inbox',
      tier: { index: 1, provider: 'openai', model: 'gpt-5.2' },
      badge: '②',
      cause: 'rate_limit',
      icon: null,
      since: at,
      paused: null,
      retryAt: at + 240_000,
    });
    expect(body.tiers[0]).toMatchObject({
      id: 'anthropic/claude-sonnet-4-5',
      retryAfterUntil: at + 240_000,
      failures: 1,
    });
  });

  it('is what another process stored, without making the instance known here', async () => {
    const { ask, store, clock, failover } = createWorld();
    const other = createFailover({ chain: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5.2'], store, clock });
    await other.pause('elsewhere', { by: 'kim', reason: 'there' });
    expect((await ask('GET', '/instances/elsewhere')).body).toMatchObject({ badge: '✕', paused: { by: 'kim' } });
    expect((await ask('GET', '/instances/nowhere')).status).toBe(404);
    const names: string[] = [];
    for await (const name of failover.instances()) names.push(name);
    expect(names).toEqual(['elsewhere']);
  });

  it('counts a pause over everything, and a paused provider', async () => {
    const { ask, failover } = createWorld();
    await stepDown(failover, 'inbox');
    await failover.pause({ provider: 'openai' }, { by: 'kim', reason: 'bills' });
    expect((await ask('GET', '/instances/inbox')).body).toMatchObject({
      badge: '③',
      tier: { provider: 'google' },
      paused: null,
      tiers: [{}, { shared: { kind: 'paused' } }, {}],
    });
    await failover.pause({ all: true }, { by: 'kim', reason: 'all of it' });
    expect((await ask('GET', '/instances/inbox')).body).toMatchObject({ badge: '✕', paused: { reason: 'all of it' } });
  });
});

describe('the reason of a pause', () => {
  const reason = 'key sk-live-abcdefgh12345678 leaked';

  it('is shown without its secrets, in every answer', async () => {
    const { failover } = createWorld();
    const { ask } = createWorld({ failover, health: createHealthMonitor(failover) });
    const answers = [
      await ask('POST', '/instances/inbox/pause', { body: { reason } }),
      await ask('GET', '/instances/inbox'),
      await ask('GET', '/instances'),
      await ask('POST', '/health/pause', { body: { reason } }),
      await ask('GET', '/health/service'),
    ];
    for (const { text } of answers) {
      expect(text).toContain('"reason":"key [redacted] leaked"');
      expect(text).not.toContain('sk-live');
    }
  });
});

describe('GET /instances/:name/events', () => {
  it('gives rows newest first, by type and page by page, without what only the state machine needs', async () => {
    const { ask, failover, clock } = createWorld();
    await stepDown(failover, 'inbox');
    await clock.advance(1000);
    await failover.pause('inbox', { by: 'kim', reason: 'key sk-live-abcdefgh12345678 leaked' });
    const all = await ask('GET', '/instances/inbox/events');
    expect(all.body.events.map(({ type }: { type: string }) => type)).toEqual(['paused', 'tier-change', 'tier-failed']);
    expect(all.body.events[0]).not.toHaveProperty('set');
    expect(all.body.events[0].reason).toBe('key [redacted] leaked');
    const two = await ask('GET', '/instances/inbox/events?type=paused,tier-failed');
    expect(two.body.events.map(({ type }: { type: string }) => type)).toEqual(['paused', 'tier-failed']);
    const page = await ask('GET', '/instances/inbox/events?limit=2');
    expect(page.body.next).toBe(2);
    const rest = await ask('GET', `/instances/inbox/events?limit=2&before=${page.body.next}`);
    expect(rest.body).toMatchObject({ events: [{ type: 'tier-failed' }], next: null });
  });

  it('is 404 for an instance nobody has heard of', async () => {
    expect((await createWorld().ask('GET', '/instances/nobody/events')).status).toBe(404);
  });
});

describe('POST /instances/:name/…', () => {
  it('pauses, resumes, holds and resets, each a row of the ledger by who is signed in', async () => {
    const { ask, failover } = createWorld();
    await stepDown(failover, 'inbox');
    const paused = await ask('POST', '/instances/inbox/pause', { body: { reason: 'looking' } });
    expect(paused.body).toMatchObject({ badge: '✕', paused: { source: 'operator', by: 'dana', reason: 'looking' } });
    await expect(failover.run(() => 1, { instance: 'inbox' })).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
    expect((await ask('POST', '/instances/inbox/resume', {})).body).toMatchObject({ badge: '②', paused: null });
    const held = await ask('POST', '/instances/inbox/hold', { body: { tier: 'openai/gpt-5.2', reason: 'slow' } });
    expect(held.body).toMatchObject({ badge: '③', tier: { provider: 'google' } });
    expect((await ask('POST', '/instances/inbox/reset', { body: {} })).body).toMatchObject({ badge: '①', cause: null });
    const rows = await failover.history('inbox', { limit: 50, type: ['paused', 'resumed', 'held', 'reset'] });
    expect(rows.map(({ type, by }) => `${type} ${by}`)).toEqual([
      'reset dana',
      'held dana',
      'resumed dana',
      'paused dana',
    ]);
  });

  it('acts on what another process did, of an agent this one never loaded', async () => {
    const { ask, store, clock } = createWorld();
    const other = createFailover({ chain: [...chain], store, clock });
    await stepDown(other, 'inbox');
    await other.pause('inbox', { by: 'kim', reason: 'there' });
    expect((await ask('POST', '/instances/inbox/resume', {})).body).toMatchObject({ badge: '②', paused: null });
    await other.pause('late', { by: 'kim', reason: 'there' });
    expect((await ask('POST', '/instances/late/reset', {})).body).toMatchObject({ badge: '①', paused: null });
  });

  it('takes the actor from the token, whatever the body says', async () => {
    const { ask, failover } = createWorld();
    const { status, body } = await ask('POST', '/instances/inbox/pause', { body: { by: 'mallory' } });
    expect(status).toBe(400);
    expect(body.issues[0].path).toBe('by');
    expect(await failover.history('inbox', { limit: 5 })).toEqual([]);
  });

  it('pauses one that was not seen yet, and knows no other action on it', async () => {
    const { ask } = createWorld();
    for (const action of ['resume', 'reset', 'hold']) {
      const body = action === 'hold' ? { tier: 0 } : {};
      expect((await ask('POST', `/instances/early/${action}`, { body })).status).toBe(404);
    }
    expect((await ask('GET', '/instances/early')).status).toBe(404);
    expect((await ask('POST', '/instances/early/pause', { body: {} })).body.badge).toBe('✕');
  });

  it.each([
    ['pause', { reason: 7 }, 'reason'],
    ['pause', { reason: 'x'.repeat(501) }, 'reason'],
    ['pause', { until: 'soon' }, 'until'],
    ['pause', { tier: 1 }, 'tier'],
    ['resume', { until: 5 }, 'until'],
    ['reset', { force: true }, 'force'],
    ['hold', {}, 'tier'],
    ['hold', { tier: 9 }, 'tier'],
    ['hold', { tier: 0, until: 1 }, 'until'],
  ])('%s refuses %j and names the field', async (action, body, path) => {
    const { ask, failover } = createWorld();
    await stepDown(failover, 'inbox');
    const answer = await ask('POST', `/instances/inbox/${action}`, { body });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.issues.map((issue: { path: string }) => issue.path)).toContain(path);
    expect(await failover.history('inbox', { limit: 5, type: ['paused', 'held', 'reset'] })).toEqual([]);
  });

  it('answers 503 where it was not stored, and says that it holds here', async () => {
    const { ask, failover, store } = createWorld();
    await stepDown(failover, 'inbox');
    await failover.history('inbox', { limit: 1 });
    store.commit = () => Promise.reject(new Error('postgres://user:secret@db refused'));
    const { status, text, body } = await ask('POST', '/instances/inbox/pause', { body: { reason: 'x' } });
    expect(status).toBe(503);
    expect(body.detail).toBe('Not saved to the store; it holds in this process.');
    expect(text).not.toContain('secret');
    await expect(failover.run(() => 1, { instance: 'inbox' })).rejects.toMatchObject({ code: 'TIERFALL_PAUSED' });
  });
});

describe('without a monitor, checks or an alert secret', () => {
  it.each([
    ['GET', '/health/service', 'health'],
    ['POST', '/health/pause', 'health'],
    ['POST', '/health/resume', 'health'],
    ['POST', '/health/alert', 'alertSecret'],
    ['POST', '/checks/run', 'checks'],
    ['GET', '/alerts', 'checks'],
    ['GET', '/failure-report/inbox', 'checks'],
  ])('%s %s is 404 and names the option', async (method, path, option) => {
    const { status, body } = await createWorld().ask(method, path, method === 'POST' ? { body: {} } : {});
    expect(status).toBe(404);
    expect(body.detail).toContain(option);
  });
});

describe('what there is not', () => {
  it('is 404 for a path and 405, with what it takes, for a method', async () => {
    const { ask } = createWorld();
    expect((await ask('GET', '/nothing')).status).toBe(404);
    expect((await ask('GET', '/instances/')).status).toBe(404);
    expect((await ask('GET', '//instances')).status).toBe(404);
    const wrong = await ask('DELETE', '/instances/inbox');
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, HEAD');
    expect((await ask('GET', '/instances/inbox/pause')).headers.get('allow')).toBe('POST');
    expect((await ask('POST', '/config', { body: {} })).headers.get('allow')).toBe('GET, HEAD, PUT');
  });
});
