import { expect, test, vi } from 'vitest';
import { OPERATOR_ACCESS } from '../../src/core/operator-access-key.js';
import { createFailover, createMemoryStore } from '../../src/index.js';
import type { OperatorAccess } from '../../src/ports/operator-access.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded, rateLimited, scripted } from '../support/scripted.js';

const HOUR = 3_600_000;

/** A clock whose wall time can be set, while time passes as ever. */
function settable() {
  const time = createManualClock();
  const wall = { setByMs: 0 };
  return { time, wall, clock: { ...time, now: () => time.now() + wall.setByMs } };
}

test('a trial that is never reported is over after a minute, also where the wall clock was set back meanwhile', async () => {
  const { time, wall, clock } = settable();
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock });
  await failover.run(scripted({ 'a/1': [overloaded()] }).call);
  await time.advance(10_000);
  expect(await failover.select('default')).toMatchObject({ index: 0, probe: true });
  expect(await failover.select('default')).toMatchObject({ index: 1 });
  wall.setByMs = -HOUR;
  expect(await failover.select('default')).toMatchObject({ index: 1 });
  await time.advance(60_000);
  expect(await failover.select('default')).toMatchObject({ index: 0, probe: true });
});

test('select, too, goes by a rest of its own length where the wall clock was set back', async () => {
  const { time, wall, clock } = settable();
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock });
  await failover.run(scripted({ 'a/1': [overloaded()] }).call);
  wall.setByMs = -HOUR;
  expect(await failover.select('default')).toMatchObject({ index: 1 });
  await time.advance(10_000);
  expect(await failover.select('default')).toMatchObject({ index: 0, probe: true });
});

test('members of a fleet come back one by one within a minute, also where the wall clock was set back meanwhile', async () => {
  const { time, wall, clock } = settable();
  const store = createMemoryStore({ now: () => time.now() });
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, store, share: 'rests', random: () => 0.9 });
  const { call } = scripted({ 'a/1': [rateLimited(30), 'well'] });
  await failover.run(call, { instance: 'one' });
  expect(await failover.run(call, { instance: 'two' })).toMatchObject({ index: 1 });
  await time.advance(30_000);
  expect(await failover.run(call, { instance: 'one' })).toMatchObject({ index: 0 });
  expect(await failover.run(call, { instance: 'two' })).toMatchObject({ index: 1 });
  wall.setByMs = -HOUR;
  expect(await failover.run(call, { instance: 'two' })).toMatchObject({ index: 1 });
  await time.advance(60_000);
  expect(await failover.run(call, { instance: 'two' })).toMatchObject({ index: 0 });
});

test('the retries of an SDK take as long as they took, also where the wall clock was set back under one of them', async () => {
  const { time, wall, clock } = settable();
  const failover = createFailover({ chain: ['a/1'], clock });
  const answers = [500, 200];
  vi.stubGlobal('fetch', async () => {
    await time.advance(200);
    const status = answers.shift()!;
    if (status === 500) wall.setByMs = -HOUR;
    return new Response('{}', { status });
  });
  try {
    const { attempts } = await failover.run(async (_tier, { fetch }) => {
      await fetch('https://a.example/');
      return (await fetch('https://a.example/')).status;
    });
    expect(attempts.map(({ ok }) => ok)).toEqual([false, true]);
    expect(attempts[0]!.durationMs).toBeGreaterThanOrEqual(0);
  } finally {
    vi.unstubAllGlobals();
  }
});

test('a session that was idle for long enough begins anew, also where the wall clock was set back meanwhile', async () => {
  const { time, wall, clock } = settable();
  const policy = { stickySessions: { idleMs: 600_000 } };
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, policy });
  const { call } = scripted({ 'a/1': [overloaded(), 'well', 'well'] });
  expect(await failover.run(call, { session: 'chat' })).toMatchObject({ index: 1 });
  await time.advance(30_000);
  expect(await failover.run(call)).toMatchObject({ index: 0 });
  wall.setByMs = -HOUR;
  await time.advance(570_000);
  expect(await failover.run(call, { session: 'chat' })).toMatchObject({ index: 0 });
});

test('an instance that was used a moment ago stays on the list of those served, also where the wall clock was set forward', async () => {
  const failover = createFailover({ chain: ['a/1'] });
  const access = (failover as unknown as Record<symbol, OperatorAccess>)[OPERATOR_ACCESS]!;
  await failover.run(async () => 'x', { instance: 'agent' });
  expect(access.served(10)).toEqual(['agent']);
  const later = Date.now() + 2 * HOUR;
  const wallClock = vi.spyOn(Date, 'now').mockReturnValue(later);
  try {
    expect(access.served(10)).toEqual(['agent']);
  } finally {
    wallClock.mockRestore();
  }
});
