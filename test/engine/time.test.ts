import { afterEach, describe, expect, it, vi } from 'vitest';

/** The failover on the machine's own two clocks: the one on the wall, and the one that counts while it is awake. */
async function onBothClocks() {
  const time = { wall: 1_790_000_000_000, awake: 5000 };
  vi.spyOn(Date, 'now').mockImplementation(() => time.wall);
  vi.spyOn(performance, 'now').mockImplementation(() => time.awake);
  vi.resetModules();
  const { createFailover } = await import('../../src/index.js');
  return { time, failover: createFailover({ chain: ['a/1', 'b/2'] }) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the clocks of the machine', () => {
  it('measures how long a call took by the one that nobody sets', async () => {
    const { time, failover } = await onBothClocks();
    const { attempts } = await failover.run(async () => {
      time.awake += 40.4;
      time.wall -= 3_600_000;
    });
    expect(attempts).toEqual([{ tier: 'a/1', index: 0, ok: true, durationMs: 40 }]);
  });

  it('goes back to the better tier at once after a sleep that outlasted its rest', async () => {
    const { time, failover } = await onBothClocks();
    const asked: number[] = [];
    const call = async () => failover.run(async (_, { index }) => void asked.push(index));
    await failover.record('default', { tier: 0, ok: false, kind: 'auth' });
    await call();

    time.wall += 24 * 3_600_000;
    time.awake += 1;
    await call();
    await call();
    expect(asked).toEqual([1, 0, 0]);
  });

  it('knows when a failed call began: one from before the last failure of its tier steps nobody', async () => {
    const { time, failover } = await onBothClocks();
    const late = failover.run(async (_, { index }) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (index === 0) throw Object.assign(new Error('Overloaded'), { status: 529 });
    });
    time.awake += 2000;
    time.wall += 2000;
    await failover.record('default', { tier: 0, ok: false, kind: 'overloaded' });
    expect((await late).index).toBe(1);
    const { tiers } = await failover.state('default');
    expect(tiers.map(({ failures }) => failures)).toEqual([1, 0]);
  });
});
