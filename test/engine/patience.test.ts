import { describe, expect, test } from 'vitest';
import { createFailover, type CallOptions, type PolicyOptions, type Tier } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

/** Two tiers that take a while to answer; `null`: the tier hangs. */
function setUp(policy: PolicyOptions = {}, answersAfterMs: [number | null, number | null] = [200, 100]) {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, policy });
  const times = [...answersAfterMs];
  const asked: number[] = [];
  const call = (_tier: Tier, { index }: { index: number }) => {
    asked.push(index);
    const ms = times[index];
    return new Promise<number>((resolve) => {
      if (typeof ms === 'number') clock.setTimeout(() => resolve(index), ms);
    });
  };
  const ask = async (options?: CallOptions) => {
    const result = failover.run(call, options).then(
      ({ value }) => value,
      ({ code }: { code: string }) => code,
    );
    await clock.advance(2000);
    return result;
  };
  const restUntil = async () => (await failover.state('default')).tiers[0]!.restUntil;
  return { clock, failover, times, asked, ask, call, restUntil };
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of stream) void chunk;
}

describe('A limit that one call brings', () => {
  test('moves that call and nobody else: an impatient caller puts no tier to rest', async () => {
    const { ask, restUntil } = setUp();
    expect(await ask({ deadlineMs: 300 })).toBe(1);
    expect([await ask(), await ask(), await ask()]).toEqual([0, 0, 0]);
    expect(await restUntil()).toBeNull();
  });

  test('one such call a second keeps nobody off the primary while it answers the others', async () => {
    const { ask, asked, restUntil } = setUp();
    for (let second = 0; second < 20; second++) {
      await ask({ deadlineMs: 300 });
      expect(await ask()).toBe(0);
    }
    expect(await restUntil()).toBeNull();
    expect(asked.filter((index) => index === 0)).toHaveLength(40);
  });

  test('a primary that hangs costs two calls their share of the deadline, and no more', async () => {
    const { ask, asked, restUntil } = setUp({}, [null, 100]);
    for (let each = 0; each < 5; each++) expect(await ask({ deadlineMs: 600 })).toBe(1);
    expect(asked).toEqual([0, 1, 0, 1, 1, 1, 1]);
    expect(await restUntil()).not.toBeNull();
  });

  test('attempts that were under way together are one observation', async () => {
    const { clock, failover, call, restUntil } = setUp({}, [null, 100]);
    const crowd = Array.from({ length: 10 }, () => failover.run(call, { deadlineMs: 600 }));
    await clock.advance(1000);
    await Promise.all(crowd);
    expect(await restUntil()).toBeNull();
  });

  test('an answer in between starts over', async () => {
    const { ask, times, restUntil } = setUp({}, [null, 100]);
    await ask({ deadlineMs: 600 });
    times[0] = 200;
    expect(await ask()).toBe(0);
    times[0] = null;
    await ask({ deadlineMs: 600 });
    expect(await restUntil()).toBeNull();
    await ask({ deadlineMs: 600 });
    expect(await restUntil()).not.toBeNull();
  });

  test('one that was generous counts at once: three times the slowest of the last twenty answers, of at least five', async () => {
    for (const [answers, deadlineMs, rests] of [
      [4, 1200, false],
      [5, 1198, false],
      [5, 1200, true],
    ] as const) {
      const { ask, times, restUntil } = setUp();
      for (let each = 0; each < answers; each++) await ask();
      times[0] = null;
      expect(await ask({ deadlineMs })).toBe(1);
      expect((await restUntil()) !== null).toBe(rests);
    }
  });

  test('an answer that took long is forgotten after twenty others', async () => {
    const { ask, times, restUntil } = setUp({}, [1900, 100]);
    await ask();
    times[0] = 200;
    for (let each = 0; each < 20; each++) await ask();
    times[0] = null;
    await ask({ deadlineMs: 1200 });
    expect(await restUntil()).not.toBeNull();
  });

  test.each([{ firstContentTimeoutMs: 150 }, { deadlineMs: 300 }] satisfies CallOptions[])(
    '%o says nothing of the tier the first time',
    async (options) => {
      const { ask, restUntil } = setUp();
      expect(await ask(options)).toBe(1);
      expect(await restUntil()).toBeNull();
    },
  );

  test("the policy's deadlineMs is treated like a call's, its attemptTimeoutMs counts at once", async () => {
    const deadline = setUp({ deadlineMs: 300 });
    expect(await deadline.ask()).toBe(1);
    expect(await deadline.restUntil()).toBeNull();

    const attempt = setUp({ attemptTimeoutMs: 150 });
    expect(await attempt.ask()).toBe(1);
    expect(await attempt.restUntil()).not.toBeNull();
  });

  test('what a provider says itself always counts, however little time it was given', async () => {
    const { failover, restUntil } = setUp();
    const call = async (_tier: Tier, { index }: { index: number }) => {
      if (index === 0) throw Object.assign(new Error('Overloaded'), { status: 529 });
      return index;
    };
    expect((await failover.run(call, { deadlineMs: 300 })).value).toBe(1);
    expect(await restUntil()).not.toBeNull();
  });

  describe('a stream that stalls after its first content for longer than its reader waits', () => {
    async function* stalls() {
      yield 'content';
      await new Promise(() => undefined);
    }
    function setUpStalls() {
      const { clock, failover, restUntil, ask } = setUp();
      const read = async () => {
        const { value } = await failover.run(() => stalls(), { idleTimeoutMs: 500 });
        const rest = drain(value).catch(({ code }: { code: string }) => code);
        await clock.advance(600);
        return rest;
      };
      return { read, restUntil, ask };
    }

    test('puts nobody to rest at once', async () => {
      const { read, restUntil } = setUpStalls();
      expect(await read()).toBe('TIERFALL_STREAM_STALLED');
      expect(await restUntil()).toBeNull();
    });

    test('does so the second time: content that nothing followed is no answer in between', async () => {
      const { read, restUntil } = setUpStalls();
      await read();
      expect(await read()).toBe('TIERFALL_STREAM_STALLED');
      expect(await restUntil()).not.toBeNull();
    });

    test('does not, where the tier has answered another call in between', async () => {
      const { read, restUntil, ask } = setUpStalls();
      await read();
      await ask();
      await read();
      expect(await restUntil()).toBeNull();
    });
  });
});
