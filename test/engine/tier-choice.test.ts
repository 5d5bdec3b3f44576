import { describe, expect, test } from 'vitest';
import { createFailover, type PolicyOptions } from '../../src/index.js';
import { createManualClock, invalidRequest, rateLimit, serverError, type MakeError } from '../../src/testing/index.js';

const REST_MS = 10_000;

/** A failover whose tiers fail as told, a second after they were asked. */
function setUp(chain: readonly string[], policy: PolicyOptions = {}) {
  const clock = createManualClock();
  const cooldown = { initialMs: REST_MS, factor: 1, maxMs: REST_MS };
  const failover = createFailover({ chain, clock, policy: { cooldown, ...policy } });
  const trouble: (MakeError | undefined)[] = [];
  const asked: number[] = [];
  const call = async (takesMs = 1000) => {
    const { index } = await failover.run(async (_tier, context) => {
      asked.push(context.index);
      const makeError = trouble[context.index];
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, takesMs));
      if (makeError) throw makeError();
      return 'answer';
    });
    return index;
  };
  /** So many calls at once; the tiers that answered, in the order of the calls. */
  const burst = async (size: number, takesMs = 3000) => {
    asked.length = 0;
    const answers = Promise.all(Array.from({ length: size }, () => call()));
    await Promise.allSettled([answers, clock.advance(takesMs)]);
    return answers;
  };
  const timesAsked = () => chain.map((_, index) => asked.filter((each) => each === index).length);
  return { clock, failover, trouble, call, burst, timesAsked };
}

const times = <T>(size: number, value: T) => Array.from({ length: size }, () => value);

describe('a tier that has failed and not answered since', () => {
  for (const recovery of ['on-success', 'probe'] as const) {
    test(`under ${recovery}: of a crowd that steps down to it one call goes there, the others to one that works`, async () => {
      const { clock, trouble, burst, timesAsked } = setUp(['a/1', 'b/2', 'c/3'], { recovery });
      trouble[0] = trouble[1] = serverError();
      expect(await burst(1)).toEqual([2]);
      await clock.advance(REST_MS);
      // The first tier is back; the second still fails, which nobody can know, as nobody asks it.
      trouble[0] = undefined;
      if (recovery === 'on-success') expect(await burst(1)).toEqual([2]);
      expect(await burst(1)).toEqual([0]);
      trouble[0] = serverError();
      expect(await burst(20)).toEqual(times(20, 2));
      expect(timesAsked()[1]).toBe(1);
    });
  }

  test('is left alone by a crowd that is on its way to one that works, also behind another such tier', async () => {
    const { clock, failover, trouble, burst, timesAsked } = setUp(['a/1', 'b/2', 'c/3', 'd/4']);
    for (const tier of [1, 2]) await failover.record('default', { tier, ok: false, kind: 'server_error' });
    await clock.advance(REST_MS);
    trouble[0] = trouble[1] = trouble[2] = serverError();
    expect(await burst(20, 4000)).toEqual(times(20, 3));
    expect(Math.max(...timesAsked().slice(1, 3))).toBe(1);
  });

  test('is where all go when none works: no call is refused because somebody else is trying it', async () => {
    const { clock, trouble, burst } = setUp(['a/1', 'b/2'], { onExhausted: 'throw' });
    trouble[0] = trouble[1] = serverError();
    await expect(burst(1)).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    await clock.advance(REST_MS);
    trouble[0] = undefined;
    expect(await burst(10)).toEqual(times(10, 0));
  });

  test('is no place to go for who finds none at the tier that is coming back', async () => {
    const { clock, failover, trouble, burst, timesAsked } = setUp(['a/1', 'b/2', 'c/3'], { recovery: 'probe' });
    trouble[0] = serverError();
    expect(await burst(1)).toEqual([1]);
    trouble[0] = undefined;
    await clock.advance(REST_MS);
    expect(await burst(1)).toEqual([0]);
    await failover.record('default', { tier: 1, ok: false, kind: 'server_error' });
    await clock.advance(REST_MS);
    await burst(20);
    expect(timesAsked()).toEqual([8, 0, 12]);
  });
});

test('a tier that comes back from a hold has one call at a time, too, until it answers', async () => {
  const { clock, failover, burst, timesAsked } = setUp(['a/1', 'b/2']);
  await failover.hold('default', 0, { by: 'ann', until: clock.now() + REST_MS });
  await clock.advance(REST_MS);
  await burst(20);
  expect(timesAsked()).toEqual([1, 19]);
});

test('work under way at an instance counts, however many others come meanwhile', async () => {
  const { clock, failover } = setUp(['a/1', 'b/2']);
  const slow = failover.run(
    async (_tier, { index }) => {
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1000));
      if (index === 0) throw serverError()();
    },
    { instance: 'slow' },
  );
  await clock.settle();
  for (let other = 0; other < 10_000; other++) failover.for(`other-${other}`);
  await clock.advance(2000);
  expect((await slow).index).toBe(1);
  expect((await failover.state('slow')).tier).toBe(1);
});

test('while a better tier is tried out, a crowd finds only so many places at the one that is coming back', async () => {
  const { clock, trouble, burst, timesAsked } = setUp(['a/1', 'b/2', 'c/3'], { recovery: 'probe' });
  trouble[0] = rateLimit({ retryAfterMs: 40_000 });
  trouble[1] = serverError();
  expect(await burst(1)).toEqual([2]);
  trouble[0] = trouble[1] = undefined;
  await clock.advance(REST_MS);
  expect(await burst(1)).toEqual([1]);
  await clock.advance(30_000);
  await burst(20);
  expect(timesAsked()).toEqual([1, 8, 11]);
});

test('a call that lost its place after a minute does not give away the place of the one that has it now', async () => {
  const { clock, trouble, call, burst, timesAsked } = setUp(['a/1', 'b/2'], { recovery: 'probe' });
  trouble[0] = serverError();
  await burst(1);
  await clock.advance(REST_MS);
  // An error that says nothing about the tier.
  trouble[0] = invalidRequest();
  const slow = call(70_000).catch(() => 'rejected');
  await clock.advance(61_000);
  trouble[0] = undefined;
  const next = call(30_000);
  await clock.advance(10_000);
  expect(await slow).toBe('rejected');
  expect(await burst(5)).toEqual(times(5, 1));
  expect(timesAsked()).toEqual([0, 5]);
  await clock.advance(30_000);
  expect(await next).toBe(0);
});

describe('work that runs elsewhere', () => {
  /** A first tier that has failed and whose rest is over. */
  async function comingBack() {
    const { clock, failover } = setUp(['a/1', 'b/2'], { recovery: 'probe' });
    const startedAt = clock.now();
    await failover.record('default', { tier: 0, ok: false, kind: 'server_error', startedAt });
    await clock.advance(REST_MS);
    const select = async (size: number) => {
      const places: number[] = [];
      for (let turn = 0; turn < size; turn++) {
        const selection = await failover.select('default');
        if (selection.ok) places.push(selection.index);
      }
      return places.filter((index) => index === 0).length;
    };
    const answer = async (size: number) => {
      for (let turn = 0; turn < size; turn++) {
        await failover.record('default', { tier: 0, ok: true, startedAt: clock.now() });
      }
    };
    return { clock, failover, startedAt, select, answer };
  }

  test('a late report of work begun before the failure does not give away the place of the prober', async () => {
    const { clock, failover, startedAt, select } = await comingBack();
    expect(await select(2)).toBe(1);
    await clock.advance(500);
    await failover.record('default', { tier: 0, ok: false, kind: 'server_error', startedAt: startedAt - 1 });
    expect(await select(2)).toBe(0);
  });

  test('comes back a few at a time, more with every answer', async () => {
    const { select, answer } = await comingBack();
    expect(await select(10)).toBe(1);
    await answer(1);
    expect(await select(100)).toBe(8);
    await answer(8);
    expect(await select(100)).toBe(16);
    await answer(16);
    expect(await select(100)).toBe(32);
  });

  test('a report of work begun before the failure gives no place back', async () => {
    const { failover, startedAt, select, answer } = await comingBack();
    expect(await select(10)).toBe(1);
    await answer(1);
    expect(await select(100)).toBe(8);
    await failover.record('default', { tier: 0, ok: true, startedAt: startedAt - 1 });
    expect(await select(100)).toBe(0);
  });

  test('reports of work that was given no place make no room', async () => {
    const { select, answer } = await comingBack();
    await select(1);
    await answer(1);
    await answer(10);
    expect(await select(100)).toBe(8);
  });

  test('that is never reported keeps nobody away for long', async () => {
    const { clock, select, answer } = await comingBack();
    await select(1);
    await answer(1);
    expect(await select(100)).toBe(8);
    for (const more of [8, 16, 100]) {
      expect(await select(100)).toBe(0);
      await clock.advance(60_000);
      expect(await select(100)).toBe(more);
    }
  });

  test('is sent to the tier that is coming back where the other one rests', async () => {
    const { failover, select, answer } = await comingBack();
    await select(1);
    await answer(1);
    await failover.hold('default', 1, { by: 'a test' });
    expect(await select(50)).toBe(50);
  });
});
