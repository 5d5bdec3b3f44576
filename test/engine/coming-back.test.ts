import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, type PolicyOptions, type Tier } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError, overloaded } from '../support/scripted.js';

const tooLong = () => apiError(400, { code: 'context_length_exceeded', message: 'maximum context length' });

function setUp(policy: PolicyOptions = {}, chain = ['a/1', 'b/2']) {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock, policy });
  const told: string[] = [];
  failover.on('tier-change', ({ from, to, direction }) => told.push(`${direction} ${from.index}>${to.index}`));
  failover.on('attempt-failed', ({ tier }) => told.push(`failed ${tier.index}`));
  const down = new Set<number>();
  const asked: number[] = [];
  const call = async (_tier: Tier, { index }: { index: number }) => {
    asked.push(index);
    if (down.has(index)) throw overloaded();
    return index;
  };
  return { clock, failover, told, down, asked, call };
}

describe('Coming back', () => {
  test('a healthy primary is asked again although the fallback answers no call', async () => {
    const { clock, failover, down } = setUp();
    let primary = 0;
    const call = async (_tier: Tier, { index }: { index: number }) => {
      if (index === 1) throw tooLong();
      primary++;
      if (down.has(0)) throw overloaded();
      return 'answer';
    };
    down.add(0);
    await expect(failover.run(call)).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    down.clear();
    primary = 0;
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(60_000);
      expect((await failover.run(call)).value).toBe('answer');
    }
    expect(primary).toBe(60);
  });

  test.each(['probe', 'on-success'] as const)(
    'under %s nobody is told that a tier is back before it has answered, and a long outage leaves few rows',
    async (recovery) => {
      const { clock, failover, told, down, call } = setUp({ recovery });
      down.add(0);
      for (let second = 0; second < 1800; second++) {
        expect((await failover.run(call)).value).toBe(1);
        await clock.advance(1000);
      }
      expect(told.filter((line) => !line.startsWith('failed'))).toEqual(['down 0>1']);
      const rows = await failover.history('default', { limit: 10_000 });
      expect(rows.filter(({ type }) => type === 'tier-change')).toHaveLength(1);
      expect(rows.length).toBeLessThan(20);
      down.clear();
      await clock.advance(60_000);
      for (let each = 0; each < 3; each++) await failover.run(call);
      expect(told.at(-1)).toBe('up 1>0');
    },
  );

  test('a failed trial: its caller goes on to the tier that works, and is told as a failed attempt only', async () => {
    const { clock, failover, told, down, asked, call } = setUp();
    down.add(0);
    await failover.run(call);
    await clock.advance(60_000);
    asked.length = told.length = 0;
    const { value, attempts } = await failover.run(call);
    expect({ value, asked, told }).toEqual({ value: 1, asked: [0, 1], told: ['failed 0'] });
    expect(attempts.map(({ ok, kind }) => kind ?? ok)).toEqual(['overloaded', true]);
    await failover.run(call);
    expect(asked).toEqual([0, 1, 1]);
  });

  test('a better tier that was added to the chain is on trial, too: nobody is told of it before it answers', async () => {
    const clock = createManualClock();
    const store = createMemoryStore({ now: () => clock.now() });
    const before = createFailover({ chain: ['b/2'], clock, store });
    await before.run(async () => 'answer');
    await before.close();

    const failover = createFailover({ chain: ['a/1', 'b/2'], clock, store });
    const told: string[] = [];
    failover.on('tier-change', ({ from, to, direction }) => told.push(`${direction} ${from.index}>${to.index}`));
    let isDown = true;
    const call = async (_tier: Tier, { index }: { index: number }) => {
      if (index === 0 && isDown) throw overloaded();
      return index;
    };
    for (let minute = 0; minute < 30; minute++) {
      await failover.run(call);
      await clock.advance(60_000);
    }
    expect(told.filter((line) => line.startsWith('up'))).toEqual([]);
    isDown = false;
    expect((await failover.run(call)).value).toBe(0);
    expect(told.at(-1)).toMatch(/^up 1>0$/);
  });
});
