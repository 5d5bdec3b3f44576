import { describe, expect, test } from 'vitest';
import { createFailover } from '../../src/create-failover.js';
import { createManualClock, rateLimit, serverError, type MakeError } from '../../src/testing/index.js';

const chain = ['openai/gpt', 'anthropic/claude'] as const;
const restMs = 10_000;
const cooldown = { initialMs: restMs, factor: 1, maxMs: restMs };

/** A failover whose first tier fails when told to; answers take a second. */
function setUp(recovery: 'on-success' | 'probe' = 'on-success') {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock, policy: { cooldown, recovery } });
  const state = { trouble: undefined as MakeError | undefined, down: false };
  const asked: number[] = [];
  const call = async () => {
    const { index } = await failover.run(async (_tier, context) => {
      asked.push(context.index);
      const { trouble, down } = state;
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1000));
      if (context.index === 0 && trouble) throw trouble();
      if (context.index === 1 && down) throw serverError()();
      return 'answer';
    });
    return index;
  };
  /** So many calls at once; the tiers that answered them, in the order of the calls. */
  const burst = async (size: number) => {
    const answers = Array.from({ length: size }, call);
    await clock.advance(3000);
    return Promise.all(answers);
  };
  const firstTier = async (size: number) => (await burst(size)).filter((index) => index === 0).length;
  /** Steps down, waits out the rest, and comes back: the last call of it confirms the return. */
  const goAndReturn = async (makeError: MakeError) => {
    state.trouble = makeError;
    await burst(1);
    state.trouble = undefined;
    await clock.advance(restMs);
    if (recovery === 'on-success') expect(await burst(1)).toEqual([1]);
    expect(await burst(1)).toEqual([0]);
  };
  return { clock, failover, state, asked, burst, firstTier, goAndReturn };
}

describe('a paced return', () => {
  for (const recovery of ['on-success', 'probe'] as const) {
    test(`under ${recovery}: a crowd comes back a few at a time, more with every answer, until all do`, async () => {
      const { firstTier, goAndReturn } = setUp(recovery);
      await goAndReturn(serverError());
      const shares = [await firstTier(100), await firstTier(100), await firstTier(100)];
      expect(shares).toEqual([8, 16, 32]);
      expect(await firstTier(100)).toBe(100);
    });
  }

  test('calls one after the other all go to the tier that is back', async () => {
    const { burst, goAndReturn } = setUp();
    await goAndReturn(serverError());
    for (let turn = 0; turn < 20; turn++) expect(await burst(1)).toEqual([0]);
  });

  test('before any return nobody is held back', async () => {
    const { firstTier } = setUp();
    expect(await firstTier(500)).toBe(500);
  });

  test('after a relapse the next return has to prove itself, one call at a time', async () => {
    const { firstTier, goAndReturn } = setUp();
    await goAndReturn(serverError());
    await goAndReturn(serverError());
    for (let answers = 1; answers <= 8; answers++) expect(await firstTier(10)).toBe(1);
    expect(await firstTier(10)).toBe(2);
    expect(await firstTier(10)).toBe(4);
  });

  test('after two relapses in a row its calls are three seconds apart as well, until it has lasted', async () => {
    const { firstTier, goAndReturn } = setUp();
    for (let failure = 0; failure < 3; failure++) await goAndReturn(serverError());
    for (let answers = 1; answers <= 8; answers++) {
      // The last answer came two seconds ago.
      expect(await firstTier(10)).toBe(0);
      expect(await firstTier(10)).toBe(1);
    }
    expect(await firstTier(10)).toBe(2);
    expect(await firstTier(10)).toBe(4);
  });

  test('a return that has lasted makes up for the relapses before it', async () => {
    const { firstTier, goAndReturn } = setUp();
    for (let failure = 0; failure < 3; failure++) await goAndReturn(serverError());
    for (let answers = 1; answers <= 10; answers++) await firstTier(20);
    for (let answers = 1; answers <= 10; answers++) await firstTier(20);
    await goAndReturn(serverError());
    expect(await firstTier(10)).toBe(8);
  });

  test('relapses lengthen the rests of a tier, going down after many answers does not', async () => {
    const ladder = { initialMs: 10_000, factor: 1, maxMs: 60_000 };
    const restAfter = async (answersBetween: number) => {
      const clock = createManualClock();
      const failover = createFailover({ chain, clock, policy: { cooldown: ladder } });
      let isDown = false;
      const call = ({ provider }: { provider: string }) => {
        if (provider === 'openai' && isDown) throw serverError()();
        return provider;
      };
      for (let turn = 0; turn < 5; turn++) {
        isDown = true;
        await failover.run(call);
        isDown = false;
        await clock.advance(60_000);
        for (let answer = 0; answer < answersBetween; answer++) {
          expect((await failover.run(call)).value).toBe('openai');
          await clock.advance(3000);
        }
      }
      isDown = true;
      await failover.run(call);
      const [tier] = (await failover.state('default')).tiers;
      return tier!.restUntil! - clock.now();
    };
    expect(await restAfter(3)).toBe(60_000);
    expect(await restAfter(20)).toBe(10_000);
  });

  test('behind a rate limit the window grows fast to half of where it struck, and slowly from there', async () => {
    const { firstTier, goAndReturn } = setUp();
    await goAndReturn(serverError());
    expect([await firstTier(100), await firstTier(100)]).toEqual([8, 16]);
    // It strikes at 32.
    await goAndReturn(rateLimit({ retryAfterMs: restMs }));
    const shares: number[] = [];
    for (let turn = 0; turn < 6; turn++) shares.push(await firstTier(100));
    expect(shares.slice(0, 2)).toEqual([8, 16]);
    expect(Math.max(...shares)).toBeLessThan(20);
  });

  test('a limit that strikes at once is no relapse: the next return begins with as many as it let through', async () => {
    const { firstTier, goAndReturn } = setUp();
    await goAndReturn(serverError());
    expect(await firstTier(8)).toBe(8);
    await goAndReturn(rateLimit({ retryAfterMs: restMs }));
    expect(await firstTier(100)).toBe(8);
  });

  test('what a limit taught is forgotten after five minutes without a failure', async () => {
    const { clock, firstTier, goAndReturn } = setUp();
    await goAndReturn(serverError());
    await goAndReturn(rateLimit({ retryAfterMs: restMs }));
    await firstTier(100);
    await clock.advance(5 * 60_000);
    const shares = [await firstTier(100), await firstTier(100), await firstTier(100)];
    expect(shares[2]! / shares[1]!).toBeGreaterThan(1.9);
  });

  test('calls that take very long widen it too, so that nobody stays away for their sake', async () => {
    const { clock, failover, goAndReturn } = setUp();
    await goAndReturn(serverError());
    let first = 0;
    const slow = () =>
      failover.run((_tier, { index }) => {
        if (index === 0) first++;
        return new Promise<void>((resolve) => void clock.setTimeout(resolve, 3_600_000));
      });
    const begun = Array.from({ length: 10 }, slow);
    await clock.settle();
    expect(first).toBe(8);
    await clock.advance(60_000);
    begun.push(...Array.from({ length: 10 }, slow));
    await clock.settle();
    expect(first).toBe(16);
    await clock.advance(3_600_000);
    await Promise.all(begun);
  });

  test('no call fails for its sake: where the other tier rests, all go to the one that is back', async () => {
    const { failover, burst, goAndReturn } = setUp();
    await goAndReturn(serverError());
    await failover.hold('default', 1, { by: 'a test' });
    expect(await burst(50)).toEqual(Array.from({ length: 50 }, () => 0));
  });

  test('a call that was sent to the other tier and fails there goes on to the one that is back', async () => {
    const { burst, goAndReturn, state } = setUp();
    await goAndReturn(serverError());
    state.down = true;
    expect(await burst(20)).toEqual(Array.from({ length: 20 }, () => 0));
  });

  test('strict and pinned calls keep to their tier', async () => {
    const { clock, failover, goAndReturn } = setUp();
    await goAndReturn(serverError());
    const answers = Array.from({ length: 20 }, (_, turn) =>
      failover.run(
        () => new Promise<void>((resolve) => void clock.setTimeout(resolve, 100)),
        turn % 2 === 0 ? { fallbacks: [] } : { pinned: 0 },
      ),
    );
    await clock.advance(100);
    expect((await Promise.all(answers)).map(({ index }) => index)).toEqual(Array.from({ length: 20 }, () => 0));
  });

  test('a reset by an operator opens the way at once', async () => {
    const { failover, firstTier, goAndReturn } = setUp();
    await goAndReturn(serverError());
    await failover.reset('default', { by: 'a test' });
    expect(await firstTier(100)).toBe(100);
  });

  test('no timer is left behind', async () => {
    const { clock, burst, goAndReturn } = setUp();
    await goAndReturn(serverError());
    await burst(10);
    expect(clock.pending).toBe(0);
  });
});
