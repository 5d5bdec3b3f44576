import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { createFailover } from '../../src/index.js';
import { createOperatorHandler, trustHost, type OperatorHealth } from '../../src/http/index.js';
import { ask, chain, createWorld, tokens, type World } from './support/world.js';

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const older = `whsec_${randomBytes(24).toString('base64')}`;

function monitor() {
  return { status: vi.fn(() => ({})), pause: vi.fn(), resume: vi.fn(), alert: vi.fn() } satisfies OperatorHealth;
}

interface Message {
  id?: string;
  at?: number;
  body?: string;
  key?: string;
}

function signed(world: Pick<World, 'clock'>, message: Message = {}): { body: string; headers: Record<string, string> } {
  const {
    id = 'msg_1',
    at = world.clock.now(),
    body = '{"rule":"status page","reason":"elevated errors"}',
    key = secret,
  } = message;
  const timestamp = String(Math.floor(at / 1000));
  const bytes = key.startsWith('whsec_') ? Buffer.from(key.slice(6), 'base64') : Buffer.from(key);
  const signature = createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    body,
    headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` },
  };
}

describe('POST /health/alert', () => {
  it('takes a signed alert without a token, and hands it to the monitor', async () => {
    const health = monitor();
    const world = createWorld({ health, alertSecret: secret });
    const { status, body } = await world.ask('POST', '/health/alert', { token: null, ...signed(world) });
    expect({ status, body }).toEqual({ status: 202, body: { accepted: true } });
    expect(health.alert).toHaveBeenCalledExactlyOnceWith({
      rule: 'status page',
      reason: 'elevated errors',
      by: 'webhook',
    });
    expect(health.resume).not.toHaveBeenCalled();
  });

  it('calls an unnamed rule external_alert, also of an empty body', async () => {
    const health = monitor();
    const world = createWorld({ health, alertSecret: secret });
    expect((await world.ask('POST', '/health/alert', { token: null, ...signed(world, { body: '' }) })).status).toBe(
      202,
    );
    expect(health.alert.mock.calls[0]?.[0]).toMatchObject({ rule: 'external_alert' });
  });

  it.each<[secret: unknown, path: string]>([
    [7, 'alertSecret'],
    [[secret, 'short'], 'alertSecret[1]'],
    [[secret, null], 'alertSecret[1]'],
  ])('%j is no secret', (alertSecret, path) => {
    expect(() => createWorld({ health: monitor(), alertSecret: alertSecret as string })).toThrow(
      `${path}: expected whsec_ and base64 of 16 bytes or more`,
    );
  });

  it('takes several secrets while one is replaced, a plain text among them', async () => {
    const plain = 'a plain text that is long enough';
    const world = createWorld({ health: monitor(), alertSecret: [secret, older, plain] });
    for (const key of [secret, older, plain]) {
      const message = signed(world, { id: `msg_${key.slice(0, 9)}`, key });
      expect((await world.ask('POST', '/health/alert', { token: null, ...message })).status).toBe(202);
    }
  });

  it.each<[string, (world: World) => { body: string; headers: Record<string, string> }]>([
    ['no signature', () => ({ body: '{}', headers: {} })],
    ['another secret', (world) => signed(world, { key: `whsec_${randomBytes(32).toString('base64')}` })],
    ['another body', (world) => ({ ...signed(world), body: '{"rule":"other"}' })],
    ['another id', (world) => ({ ...signed(world), headers: { ...signed(world).headers, 'webhook-id': 'msg_2' } })],
    ['a time six minutes ago', (world) => signed(world, { at: world.clock.now() - 360_000 })],
    ['a time six minutes ahead', (world) => signed(world, { at: world.clock.now() + 360_000 })],
    [
      'a time that is none',
      (world) => ({ ...signed(world), headers: { ...signed(world).headers, 'webhook-timestamp': 'now' } }),
    ],
    ['a token', () => ({ body: '{}', headers: { authorization: `Bearer ${tokens.dana}` } })],
    [
      'a cut signature',
      (world) => ({ ...signed(world), headers: { ...signed(world).headers, 'webhook-signature': 'v1,' } }),
    ],
  ])('refuses %s with 401 and tells the monitor nothing', async (_, message) => {
    const health = monitor();
    const world = createWorld({ health, alertSecret: secret });
    expect((await world.ask('POST', '/health/alert', { token: null, ...message(world) })).status).toBe(401);
    expect(health.alert).not.toHaveBeenCalled();
  });

  it('takes a message once, over all processes of the store', async () => {
    const health = monitor();
    const world = createWorld({ health, alertSecret: secret });
    const second = createFailover({ chain: [...chain], store: world.store, clock: world.clock });
    const other = createOperatorHandler({
      failover: second,
      health,
      alertSecret: secret,
      authorize: trustHost(() => null),
    });
    const message = { token: null, ...signed(world) };
    expect((await world.ask('POST', '/health/alert', message)).status).toBe(202);
    expect((await world.ask('POST', '/health/alert', message)).status).toBe(409);
    expect((await ask(other, 'POST', '/health/alert', message)).status).toBe(409);
    expect(health.alert).toHaveBeenCalledTimes(1);
  });

  it('takes a message once as long as its time stamp is accepted, to the last moment', async () => {
    const world = createWorld({ health: monitor(), alertSecret: secret });
    const message = { token: null, ...signed(world, { at: world.clock.now() + 300_000 }) };
    expect((await world.ask('POST', '/health/alert', message)).status).toBe(202);
    await world.clock.advance(600_000);
    expect((await world.ask('POST', '/health/alert', message)).status).toBe(409);
    await world.clock.advance(1000);
    expect((await world.ask('POST', '/health/alert', message)).status).toBe(401);
  });

  it('takes it again where the monitor could not', async () => {
    const health = monitor();
    health.alert.mockRejectedValueOnce(new Error('the store is away'));
    const world = createWorld({ health, alertSecret: secret });
    expect((await world.ask('POST', '/health/alert', { token: null, ...signed(world) })).status).toBe(500);
    expect((await world.ask('POST', '/health/alert', { token: null, ...signed(world) })).status).toBe(202);
  });

  it.each([
    ['{"rule":""}', 'rule'],
    [`{"rule":"${'r'.repeat(101)}"}`, 'rule'],
    [`{"reason":"${'r'.repeat(501)}"}`, 'reason'],
    ['{"target":{"all":true}}', 'target'],
    ['{"resume":true}', 'resume'],
  ])('refuses the body %s', async (body, path) => {
    const health = monitor();
    const world = createWorld({ health, alertSecret: secret });
    const answer = await world.ask('POST', '/health/alert', { token: null, ...signed(world, { body }) });
    expect(answer.status).toBe(400);
    expect(answer.body.issues[0].path).toBe(path);
    expect(health.alert).not.toHaveBeenCalled();
  });

  it('counts wrong signatures as failed authentications, and a good one always passes', async () => {
    const world = createWorld({ health: monitor(), alertSecret: secret });
    const wrong = { token: null, body: '{}', headers: { 'webhook-signature': 'v1,AAAA' } };
    for (let index = 0; index < 20; index++) await world.ask('POST', '/health/alert', wrong);
    expect((await world.ask('POST', '/health/alert', wrong)).status).toBe(429);
    expect((await world.ask('POST', '/health/alert', { token: null, ...signed(world) })).status).toBe(202);
  });

  it('changes nothing on a server that only shows', async () => {
    const health = monitor();
    const world = createWorld({ health, alertSecret: secret, readOnly: true });
    expect((await world.ask('POST', '/health/alert', { token: null, ...signed(world) })).status).toBe(403);
    expect(health.alert).not.toHaveBeenCalled();
  });
});
