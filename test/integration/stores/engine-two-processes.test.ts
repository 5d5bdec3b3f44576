import { afterEach, describe, expect, test, vi } from 'vitest';
import { createFailover, replay, type Failover } from '../../../src/index.js';
import { createManualClock } from '../../../src/testing/manual-clock.js';
import { backends, joining, type SharedPlace } from './backends.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const soon = <T>(look: () => T) => vi.waitFor(look, { timeout: 10_000, interval: 10 });
const operator = { by: 'ann', reason: 'the bill' };

/** What a failover is told, as short lines. */
function listen(failover: Failover): string[] {
  const told: string[] = [];
  failover.on('tier-change', ({ from, to, origin }) => told.push(`${from.index} -> ${to.index} ${origin}`));
  failover.on('paused', ({ target, by, origin }) => told.push(`${JSON.stringify(target)} paused by ${by} ${origin}`));
  failover.on('resumed', ({ target, origin }) => told.push(`${JSON.stringify(target)} resumed ${origin}`));
  failover.on('store-error', ({ error }) => told.push(`store error: ${error?.message}`));
  return told;
}

describe.each(backends)('$name$note', ({ isThere, tells, place: makePlace }) => {
  async function setUp(options: object = {}) {
    const place: SharedPlace = makePlace();
    cleanups.push(() => place.clear());
    const make = async () => {
      const member = await joining(place, options);
      cleanups.push(() => member.failover.close());
      return member;
    };
    const [one, other] = [await make(), await make()];
    return { one: one.failover, other: other.failover, store: one.store, make };
  }

  test.runIf(isThere)(
    tells
      ? 'tells the other process of steps, pauses and resets without a call of it'
      : 'is read again after stalenessMs',
    async () => {
      const clock = createManualClock({ now: Date.now() });
      const { one, other } = await setUp(tells ? {} : { clock, stalenessMs: 2000 });
      const told = listen(other);
      await other.state('bot');
      /** What the other process does of its own accord: nothing, or its next call after `stalenessMs`. */
      const next = async (line: string): Promise<void> => {
        if (!tells) {
          await other.state('bot');
          expect(told).not.toContain(line);
          await clock.advance(2000);
          await other.state('bot');
        }
        await soon(() => expect(told).toContain(line));
        told.length = 0;
      };
      // A watch that has just begun may not be listening yet; from then on the loads say so.
      if (tells) await soon(async () => expect((await other.run(() => 1)).value).toBe(1));
      await one.record('bot', { tier: 0, ok: false, kind: 'quota' });
      await next('0 -> 1 remote');
      await one.pause('bot', operator);
      await next('"bot" paused by ann remote');
      await expect(other.run(() => 1, { instance: 'bot' })).rejects.toMatchObject({
        code: 'TIERFALL_PAUSED',
        ...operator,
      });
      await one.reset('bot', { by: 'ann' });
      await next('1 -> 0 remote');
      await one.pause({ provider: 'a' }, operator);
      await next('{"provider":"a"} paused by ann remote');
      expect((await other.run((tier) => tier.provider, { instance: 'bot' })).value).toBe('b');
      await one.pause({ all: true }, operator);
      await next('{"all":true} paused by ann remote');
      await one.resume({ all: true }, { by: 'ann' });
      await next('{"all":true} resumed remote');
      expect(told).toEqual([]);
    },
  );

  test.runIf(isThere)('two processes that change one instance at once lose nothing', async () => {
    const { one, other, store } = await setUp();
    await Promise.all([one.state('bot'), other.state('bot')]);
    const changes = Array.from({ length: 40 }, (_, index) => index);
    /** Each is another end of a hold, so that none is without effect. */
    const hold = (failover: Failover, who: number) => async (index: number) =>
      failover.hold('bot', index % 3, { by: `${who}-${index}`, until: 9_000_000_000_000 + 2 * index + who });
    await Promise.all([...changes.map(hold(one, 0)), ...changes.map(hold(other, 1))]);
    const rows = await store.history('instance:bot', { limit: 1000 });
    const by = new Set(rows.map((row) => row.by));
    for (const who of [0, 1]) for (const index of changes) expect(by).toContain(`${who}-${index}`);
    const stored = await store.load('instance:bot');
    expect(replay(rows.toReversed(), { chain: one.chain })).toEqual(stored?.state);
    // Each hears of the other's last change in its own time.
    await one.pause('bot', operator);
    await soon(async () => expect((await other.state('bot')).paused).toMatchObject(operator));
    expect(await other.state('bot')).toEqual(await one.state('bot'));
  });

  test.runIf(isThere)('what was the state at a time, by whom, page by page and filtered', async () => {
    const clock = createManualClock({ now: 1_790_000_000_000 });
    const { one, other } = await setUp({ clock });
    const seen: { at: number; state: unknown }[] = [];
    const steps = [
      () => one.record('bot', { tier: 0, ok: false, kind: 'quota' }),
      () => one.pause('bot', operator),
      () => one.resume('bot', { by: 'bob' }),
      () => one.hold('bot', 2, { by: 'ann' }),
      () => one.reset('bot', { by: 'cleo' }),
    ];
    for (const step of steps) {
      await clock.advance(1000);
      await step();
      seen.push({ at: clock.now(), state: await one.state('bot') });
    }
    await one.history('bot', { limit: 1 });
    for (const { at, state } of seen) {
      const rows = await other.history('bot', { limit: 100, until: at });
      expect(replay(rows.toReversed(), { chain: one.chain })).toEqual(state);
    }
    const all = await other.history('bot', { limit: 100 });
    const paged = [];
    for (let page = await other.history('bot', { limit: 2 }); page.length > 0; ) {
      paged.push(...page);
      page = await other.history('bot', { limit: 2, before: page.at(-1)!.seq! });
    }
    expect(paged).toEqual(all);
    expect(await other.history('bot', { limit: 9, type: 'paused' })).toMatchObject([{ by: 'ann', reason: 'the bill' }]);
    expect(await other.history('bot', { limit: 9, kind: 'quota', type: 'tier-change' })).toMatchObject([
      { from: 'a/1', to: 'b/2', reason: 'quota', at: seen[0]?.at },
    ]);
    expect(await other.history('bot', { limit: 9, since: seen[4]!.at })).toMatchObject([
      ...(await other.history('bot', { limit: 9, type: 'tier-change', since: seen[4]!.at })),
      { by: 'cleo' },
    ]);
    const names: string[] = [];
    for await (const name of other.instances()) names.push(name);
    expect(names).toEqual(['bot']);
  });

  test.runIf(isThere)(
    'shared rests spare the other process the failed call, and one probe is sent by lease',
    async () => {
      const clock = createManualClock({ now: Date.now() });
      const policy = { recovery: 'probe', cooldown: { initialMs: 10_000, factor: 2, maxMs: 60_000 } };
      // The clock jumps while requests are on their way.
      const patient = { loadTimeoutMs: 1e9, storeTimeoutMs: 1e9 };
      const { one, other } = await setUp({ clock, share: 'rests', policy, ...patient });
      const asked: string[] = [];
      let isRevoked = true;
      let trial: PromiseWithResolvers<void> | undefined;
      const call = async (failover: Failover, instance: string) =>
        failover.run(
          async (tier) => {
            if (tier.provider !== 'a') return tier.provider;
            asked.push(instance);
            await trial?.promise;
            if (isRevoked) throw Object.assign(new Error('invalid x-api-key'), { status: 401 });
            return tier.provider;
          },
          { instance },
        );
      const stale = () => (tells ? undefined : clock.advance(2000));
      await other.state('two');
      expect((await call(one, 'one')).value).toBe('b');
      await soon(async () => {
        await stale();
        expect(await other.select('two')).toMatchObject({ index: 1 });
      });
      expect((await call(other, 'two')).value).toBe('b');
      expect(asked).toEqual(['one']);

      isRevoked = false;
      await clock.advance(70_000);
      // One tries the tier at a time: while its call is under way the other process goes where calls work.
      trial = Promise.withResolvers();
      const first = call(one, 'one');
      await soon(() => expect(asked.length).toBe(2));
      expect((await call(other, 'two')).value).toBe('b');
      expect(asked.length).toBe(2);
      trial.resolve();
      expect((await first).value).toBe('a');
      await soon(async () => {
        await stale();
        const answers = await Promise.all([call(one, 'one'), call(other, 'two')]);
        expect(answers.map(({ value }) => value)).toEqual(['a', 'a']);
      });
    },
  );

  test.runIf(isThere).each([-8, 8])(
    'a wait is shared to the millisecond with a machine whose clock is %i minutes off, also with one that starts late',
    async (minutes) => {
      const place: SharedPlace = makePlace();
      cleanups.push(() => place.clear());
      // The time of the store, which nobody's clock changes.
      const time = createManualClock({ now: Date.now() });
      const member = async (offsetMs: number) => {
        const store = Object.assign(await place.open(), { now: async () => time.now() });
        const clock = { ...time, now: () => time.now() + offsetMs };
        const failover = createFailover({ chain: ['a/1', 'b/2'], store, clock, share: 'rests', stalenessMs: 50 });
        cleanups.push(() => failover.close());
        await failover.state('start');
        return failover;
      };
      const writer = await member(0);
      const early = await member(minutes * 60_000);
      await writer.record('one', { tier: 0, ok: false, kind: 'rate_limit', scope: 'credential', retryAfterMs: 1500 });
      const indexAt = async (failover: Failover, name: string) => {
        const selection = await failover.select(name);
        return selection.ok ? selection.index : undefined;
      };
      // A store that tells nobody is read again once what is known is 50 ms old.
      await time.advance(51);
      await soon(async () => expect(await indexAt(early, 'two')).toBe(1));
      await time.advance(949);
      const late = await member(minutes * 60_000);
      expect(await indexAt(late, 'two')).toBe(1);
      await time.advance(499);
      expect([await indexAt(early, 'three'), await indexAt(late, 'three')]).toEqual([1, 1]);
      await time.advance(1);
      expect(await indexAt(late, 'four')).toBe(0);
    },
  );

  test.runIf(isThere)('what is forgotten in one process is forgotten in the other', async () => {
    const { one, other, store } = await setUp({ stalenessMs: 20 });
    await one.pause('bot', operator);
    await one.record('bot', { tier: 0, ok: false, kind: 'quota' });
    await soon(async () => expect((await other.state('bot')).paused).toMatchObject(operator));
    await one.forget('bot');
    await soon(async () => expect(await other.state('bot')).toMatchObject({ tier: 0, paused: null }));
    expect(await store.load('instance:bot')).toBeUndefined();
    expect(await one.history('bot', { limit: 5 })).toEqual([]);
    const names: string[] = [];
    for await (const name of other.instances()) names.push(name);
    expect(names).toEqual([]);
    await other.record('bot', { tier: 0, ok: false, kind: 'overloaded' });
    await soon(async () => expect((await one.state('bot')).tier).toBe(1));
  });

  test.runIf(isThere)('a process does not read again what it wrote itself', async () => {
    // No time passes, so nothing has to be read again for its age.
    const clock = createManualClock({ now: Date.now() });
    const { one, other, store } = await setUp({ share: 'rests', clock });
    const told = listen(one);
    await one.state('bot');
    const loaded: string[] = [];
    const load = store.load.bind(store);
    store.load = (key) => {
      loaded.push(key);
      return load(key);
    };
    /** Until `one` has been told what another process did, and so of all that was committed before. */
    const hearOf = async (reason: string) => {
      await other.pause({ all: true }, { by: 'ann', reason });
      await soon(() => expect(told).toContain('{"all":true} paused by ann remote'));
      await other.resume({ all: true }, { by: 'ann' });
      await soon(() => expect(told).toContain('{"all":true} resumed remote'));
      told.length = 0;
    };
    // What was read before a watch was listening is read once more when it is.
    if (tells) await hearOf('before');
    loaded.length = 0;
    for (let round = 0; round < 20; round++) {
      await one.hold('bot', 2, { by: 'ann', until: clock.now() + 60_000 + round });
      await one.record('bot', { tier: round % 2, ok: false, kind: 'quota', scope: 'credential' });
    }
    if (tells) await hearOf('after');
    expect(new Set(loaded)).toEqual(new Set(tells ? ['all'] : []));
  });

  test.runIf(isThere)('an operator need not know the chain', async () => {
    const { one, store } = await setUp({ stalenessMs: 20 });
    const script = createFailover({ chain: ['z/9'], store });
    cleanups.push(() => script.close());
    expect((await one.run((tier) => tier.provider, { instance: 'bot' })).value).toBe('a');
    await script.pause({ provider: 'a' }, operator);
    await soon(async () => expect((await one.run((tier) => tier.provider, { instance: 'bot' })).value).toBe('b'));
    const another = createFailover({ chain: ['z/9'], store });
    cleanups.push(() => another.close());
    await another.resume({ provider: 'a' }, { by: 'ann' });
    await soon(async () => expect((await one.run((tier) => tier.provider, { instance: 'bot' })).value).toBe('a'));
  });
});
