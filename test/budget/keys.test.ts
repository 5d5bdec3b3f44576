import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, usageOf } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const orders = ['fill', 'least-used', 'session'] as const;

describe('several keys of one model count together against a budget', () => {
  function setUp(order: (typeof orders)[number], hasOther = true) {
    const clock = createManualClock();
    const pool = { provider: 'p', model: 'm', credentials: ['a', 'b', 'c'], order } as const;
    const failover = createFailover({
      chain: hasOther ? [pool, { provider: 'q', model: 'n' }] : [pool],
      clock,
      store: createMemoryStore({ now: () => clock.now() }),
      policy: { tokenBudget: { limit: 1000, windowMs: 3_600_000 } },
    });
    const exceeded: string[] = [];
    failover.on('budget-exceeded', ({ tier }) => exceeded.push(tier.model));
    const spend = async (count: number, session: string) => {
      const call = async () => ({ usage: { prompt_tokens: count, completion_tokens: 0 } });
      const { tier } = await failover.run(call, { session, usage: usageOf.any });
      await clock.settle();
      return tier;
    };
    return { clock, failover, spend, exceeded };
  }

  test.each(orders)('%s: whichever keys were used, the model is left as a whole at the limit, once', async (order) => {
    const { clock, failover, spend, exceeded } = setUp(order);
    for (let call = 0; call < 10; call++) expect((await spend(100, `session-${call}`)).model).toBe('m');
    await clock.advance(1100);
    expect((await spend(100, 'session-1')).model).toBe('n');
    expect((await spend(100, 'session-2')).model).toBe('n');
    expect(exceeded).toEqual(['m']);
    expect(await failover.budget('default')).toMatchObject({ used: 1200 });
    const { tiers } = await failover.state('default');
    expect(tiers.map(({ restUntil }) => restUntil !== null)).toEqual([true, true, true, false]);
  });

  test.each(orders)('%s: with no other model the instance is paused until the window ends', async (order) => {
    const { clock, failover, spend } = setUp(order, false);
    for (let call = 0; call < 10; call++) await spend(100, `session-${call}`);
    await clock.advance(1100);
    await expect(spend(100, 'session-1')).rejects.toMatchObject({ code: 'TIERFALL_PAUSED', source: 'budget' });
    await failover.resume('default', { by: 'ann' });
    for (const session of ['x', 'y', 'z']) expect((await spend(100, session)).model).toBe('m');
  });
});
