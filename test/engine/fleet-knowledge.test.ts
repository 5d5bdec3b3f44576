import { describe, expect, test } from 'vitest';
import type { SharedTroubles } from '../../src/core/tier/rests/shared-trouble.js';
import { createFailover, createMemoryStore, type FailoverEvents, type StateStore } from '../../src/index.js';
import { createManualClock, type ManualClock } from '../../src/testing/manual-clock.js';
import { without } from '../support/fake-stores.js';
import { overloaded, rateLimited, revoked, scripted } from '../support/scripted.js';

const chain = ['a/1', 'b/2'] as const;

function fleet(options: object = {}, store?: (shared: StateStore, clock: ManualClock) => StateStore) {
  const clock = createManualClock();
  const shared = createMemoryStore({ now: () => clock.now() });
  const make = () =>
    createFailover({ chain, clock, share: 'rests', store: store?.(shared, clock) ?? shared, ...options });
  return { clock, shared, make };
}

const wherever = async (failover: ReturnType<ReturnType<typeof fleet>['make']>, instance: string) =>
  (await failover.run(({ provider }) => provider, { instance })).value;

describe("share: 'rests': one record for each cause", () => {
  test('a retired model is not forgotten for a plain server error', async () => {
    const { clock, make } = fleet();
    const failover = make();
    await failover.record('first', { tier: 0, ok: false, kind: 'model_unavailable', scope: 'model' });
    await failover.record('first', { tier: 0, ok: false, kind: 'server_error', scope: 'model' });
    await clock.advance(60_000);
    expect(await wherever(failover, 'third')).toBe('b');
  });

  test('a wait of a second does not make the rest of a revoked key firm: a pinned call is refused for a second', async () => {
    const { clock, make } = fleet();
    const failover = make();
    await failover.record('first', { tier: 0, ok: false, kind: 'auth', scope: 'credential' });
    await failover.record('first', { tier: 0, ok: false, kind: 'rate_limit', scope: 'credential', retryAfterMs: 1000 });
    const pinned = () => failover.run(({ provider }) => provider, { instance: 'other', pinned: 0 });
    await expect(pinned()).rejects.toMatchObject({ code: 'TIERFALL_PINNED_TIER' });
    await clock.advance(1000);
    expect(await wherever(failover, 'third')).toBe('b');
    expect((await pinned()).value).toBe('a');
  });

  test('an answer ends what the call was made after, and no wait', async () => {
    const { clock, make } = fleet();
    const failover = make();
    await failover.record('first', { tier: 0, ok: false, kind: 'auth', scope: 'credential' });
    await failover.record('first', {
      tier: 0,
      ok: false,
      kind: 'rate_limit',
      scope: 'credential',
      retryAfterMs: 60_000,
    });
    await clock.advance(10);
    await failover.record('second', { tier: 0, ok: true });
    await clock.advance(59_990);
    // Only the wait was left, and it is over.
    expect(await wherever(failover, 'third')).toBe('a');
  });

  test.each(['load', 'commit'] as const)(
    "a provider's longest wait is kept when many learn at once, over a store whose %s takes 40 ms",
    async (slow) => {
      const { clock, shared, make } = fleet({}, (inner, time) => {
        const later = async <T>(work: () => Promise<T>) => {
          await new Promise<void>((resolve) => time.setTimeout(resolve, 40));
          return work();
        };
        return slow === 'load'
          ? { ...inner, load: (key) => later(() => inner.load(key)) }
          : { ...inner, commit: (...facts) => later(() => inner.commit(...facts)) };
      });
      const members = [make(), make(), make()];
      const opening = Promise.all(members.map((member) => member.state('start')));
      await clock.advance(100);
      await opening;
      const began = clock.now();
      const recording = Array.from({ length: 300 }, (_, at) =>
        members[at % 3]!.record(`worker-${at}`, {
          tier: 0,
          ok: false,
          kind: 'rate_limit',
          scope: 'credential',
          retryAfterMs: 1000 * (1 + ((at * 7) % 298)),
        }),
      );
      await clock.advance(10_000);
      await Promise.all(recording);
      const { troubles } = (await shared.load('rest:own-credential:a'))!.state as SharedTroubles;
      expect(troubles).toMatchObject([{ kind: 'rate_limit', wait: { ms: 298_000 } }]);
      const until = troubles[0]!.wait!.from + 298_000;
      expect(until - 298_000 - began).toBeLessThan(1000);
      await clock.advance(until - 200 - clock.now());
      const reader = make();
      const first = reader.select('fresh');
      await clock.advance(199);
      expect(await first).toMatchObject({ index: 1 });
      await clock.advance(1);
      expect(await members[1]!.select('start')).toMatchObject({ index: 0 });
    },
  );

  test('a reset by another process ends them for an instance that has not failed itself', async () => {
    const { clock, make } = fleet();
    const [learns, serves, desk] = [make(), make(), make()];
    await learns.record('first', { tier: 0, ok: false, kind: 'auth', scope: 'credential' });
    await clock.advance(3000);
    expect(await wherever(serves, 'second')).toBe('b');
    await clock.advance(3000);
    await desk.reset('second', { by: 'ann' });
    await clock.advance(3000);
    expect(await wherever(serves, 'second')).toBe('a');
    expect(await wherever(serves, 'third')).toBe('b');
    // What is learnt after the reset counts again.
    await learns.record('first', { tier: 0, ok: false, kind: 'quota', scope: 'credential' });
    await clock.advance(3000);
    expect(await wherever(serves, 'second')).toBe('b');
    await desk.pause('second', { by: 'ann', reason: 'a look' });
    await desk.resume('second', { by: 'ann' });
    await clock.advance(3000);
    expect(await wherever(serves, 'second')).toBe('b');
  });

  test('an unrelated reset does not end the wait of the fleet', async () => {
    const { clock, make } = fleet();
    const [one, other] = [make(), make()];
    await Promise.all([one.state('x'), other.state('y')]);
    await one.record('x', { tier: 0, ok: false, kind: 'rate_limit', scope: 'credential', retryAfterMs: 60_000 });
    await clock.settle();
    await other.reset('unrelated', { by: 'ann' });
    await clock.settle();
    expect([await wherever(one, 'y'), await wherever(other, 'z')]).toEqual(['b', 'b']);
    expect(await wherever(other, 'unrelated')).toBe('a');
  });
});

describe("share: 'rests': what the fleet decides is announced", () => {
  function listening(failover: ReturnType<ReturnType<typeof fleet>['make']>) {
    const events: Pick<FailoverEvents['tier-change'], 'instance' | 'source' | 'direction' | 'reason'>[] = [];
    failover.on('tier-change', ({ instance, source, direction, reason }) =>
      events.push({ instance, source, direction, reason }),
    );
    return events;
  }

  test('an instance that a rest of the fleet moves is told once, with one row, and its return once', async () => {
    const { clock, make } = fleet({ policy: { cooldown: { initialMs: 10_000 } } });
    const [one, other] = [make(), make()];
    const events = listening(other);
    await other.state('other');
    const { call } = scripted({ 'a/1': [revoked(), 'well'] });
    await one.run(call, { instance: 'finder' });
    await clock.settle();
    for (let count = 0; count < 5; count++) {
      await Promise.all([wherever(other, 'other'), wherever(other, 'other')]);
      await clock.advance(1000);
    }
    expect(events).toEqual([{ instance: 'other', source: 'shared', direction: 'down', reason: 'auth' }]);
    const rows = await other.history('other', { limit: 10 });
    expect(rows).toMatchObject([{ type: 'tier-change', from: 'a/1', to: 'b/2', source: 'shared', reason: 'auth' }]);
    await clock.advance(5000);
    expect(await wherever(other, 'other')).toBe('a');
    expect(events.slice(1)).toEqual([{ instance: 'other', source: 'auto', direction: 'up', reason: 'recovered' }]);
  });

  test("so is one that a provider's pause moves; select() counts as a call", async () => {
    const { clock, make } = fleet({ share: undefined });
    const failover = make();
    const events = listening(failover);
    await failover.pause({ provider: 'a' }, { by: 'ann', reason: 'incident' });
    for (let count = 0; count < 3; count++) expect(await failover.select('bot')).toMatchObject({ index: 1 });
    await wherever(failover, 'bot');
    expect(events).toEqual([{ instance: 'bot', source: 'shared', direction: 'down', reason: 'paused' }]);
    await failover.resume({ provider: 'a' }, { by: 'ann' });
    await clock.advance(1000);
    expect(await wherever(failover, 'bot')).toBe('a');
    expect(events.map(({ direction }) => direction)).toEqual(['down', 'up']);
  });

  test('an instance nobody calls is told nothing, and a state stays the fold of its rows', async () => {
    const { clock, shared, make } = fleet();
    const failover = make();
    const events = listening(failover);
    await failover.state('idle');
    await failover.record('finder', { tier: 0, ok: false, kind: 'auth', scope: 'credential' });
    await clock.advance(1000);
    expect(events.filter(({ instance }) => instance === 'idle')).toEqual([]);
    await wherever(failover, 'idle');
    await clock.settle();
    expect(((await shared.load('instance:idle'))!.state as { tier: number }).tier).toBe(1);
  });

  test('a process that reads it in the store announces it as remote', async () => {
    const { clock, make } = fleet();
    const [one, other] = [make(), make()];
    const events: string[] = [];
    await other.state('bot');
    other.on('tier-change', ({ source, origin }) => events.push(`${source} ${origin}`));
    await one.record('finder', { tier: 0, ok: false, kind: 'auth', scope: 'credential' });
    await wherever(one, 'bot');
    await clock.settle();
    expect(events).toEqual(['shared remote']);
  });
});

describe("share: 'rests': what it costs", () => {
  test('300 failing calls among 9,000 instances hold the event loop for at most 50 ms', async () => {
    const { make } = fleet();
    const failover = make();
    for (let at = 0; at < 9000; at++) await failover.run(() => 1, { instance: `worker-${at}` });
    const gates = Array.from({ length: 300 }, () => Promise.withResolvers<void>());
    const calls = gates.map(({ promise }, at) =>
      failover.run(
        async ({ provider }) => {
          if (provider === 'b') return 'answer';
          await promise;
          throw at % 2 === 0 ? overloaded() : rateLimited(30);
        },
        { instance: `worker-${at * 30}` },
      ),
    );
    // In processor time: a busy machine is not what is measured.
    const spentMs = () => process.threadCpuUsage().user / 1000;
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    let held = 0;
    for (const { resolve } of gates) {
      const began = spentMs();
      resolve();
      await turn();
      held = Math.max(held, spentMs() - began);
    }
    await Promise.all(calls);
    expect(held).toBeLessThan(50);
  });

  test.each([true, false])(
    'one incident of 3,000 calls makes few commits and few reads (a store with notifications: %s)',
    async (watches) => {
      let [commits, loads] = [0, 0];
      const { clock, make } = fleet({}, (inner) => {
        const store: StateStore = {
          ...inner,
          load: (key) => (loads++, inner.load(key)),
          commit: (...facts) => (commits++, inner.commit(...facts)),
        };
        if (!watches) delete store.watch;
        return store;
      });
      const failover = make();
      await failover.state('default');
      loads = 0;
      const calls = Array.from({ length: 3000 }, (_, place) =>
        failover.run(async ({ provider }) => {
          if (provider === 'b') return 'answer';
          await new Promise<void>((resolve) => clock.setTimeout(resolve, 100 + place));
          throw rateLimited(30);
        }),
      );
      await clock.advance(4000);
      await Promise.all(calls);
      await clock.advance(2000);
      expect(commits).toBeLessThan(20);
      // With notifications nothing is read again: the process has written it all itself.
      expect(loads).toBeLessThan(watches ? 1 : 30);
      const rows = await failover.history('default', { limit: 10_000 });
      expect(rows.length).toBeLessThan(10);
      expect(rows.at(-1)).toMatchObject({ type: 'tier-failed', kind: 'rate_limit', tier: 'a/1' });
      // The wait of the last of them counts, to the millisecond.
      const [tier] = (await failover.state('default')).tiers;
      expect(tier!.retryAfterUntil).toBe(clock.now() - 6000 + 100 + 2999 + 30_000);
    },
  );

  test('a process does not read again what it wrote itself, and reads what another one wrote', async () => {
    let loads: string[] = [];
    const { clock, shared, make } = fleet({}, (inner) => ({
      ...inner,
      load: (key) => (loads.push(key), inner.load(key)),
    }));
    const failover = make();
    const other = createFailover({ chain, clock, share: 'rests', store: shared });
    await Promise.all([failover.state('bot'), other.state('bot')]);
    loads = [];
    for (let round = 0; round < 10; round++) {
      await failover.record('bot', { tier: round % 2, ok: false, kind: 'quota', scope: 'credential' });
      await failover.hold('bot', 0, { by: 'ann', until: clock.now() + 1000 + round });
      await clock.advance(10);
    }
    expect(loads).toEqual([]);
    await other.pause('bot', { by: 'bob', reason: 'stop' });
    await clock.settle();
    expect(loads).toEqual(['instance:bot']);
    await expect(failover.run(() => 1, { instance: 'bot' })).rejects.toMatchObject({ by: 'bob' });
  });
});

describe('operators act without knowing the chain', () => {
  test('they pause and resume a provider that their own chain lacks', async () => {
    const { clock, shared, make } = fleet();
    const worker = make();
    const script = createFailover({ chain: ['z/9'], clock, store: shared });
    expect(await wherever(worker, 'bot')).toBe('a');
    await script.pause({ provider: 'a' }, { by: 'olga', reason: 'incident' });
    await clock.settle();
    expect(await wherever(worker, 'bot')).toBe('b');
    // Another script, which has not read the pause that it is to end.
    await createFailover({ chain: ['z/9'], clock, store: shared }).resume({ provider: 'a' }, { by: 'olga' });
    await clock.settle();
    expect(await wherever(worker, 'bot')).toBe('a');
  });

  test('a process whose chain lacks a tier keeps its rests', async () => {
    const { clock, shared, make } = fleet();
    const first = make();
    await first.record('bot', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 60_000 });
    await clock.settle();
    const script = createFailover({ chain: ['b/2'], clock, store: shared });
    await script.pause('bot', { by: 'olga', reason: 'deploy' });
    await script.resume('bot', { by: 'olga' });
    await clock.advance(59_000);
    const second = createFailover({ chain, clock, store: shared });
    expect((await second.run(({ provider }) => provider, { instance: 'bot' })).value).toBe('b');
    await clock.advance(1000);
    expect((await second.run(({ provider }) => provider, { instance: 'bot' })).value).toBe('a');
  });
});

test.each([true, false])(
  'a reset by another process, read long after it, ends no wait that was named since, watch: %s',
  async (watches) => {
    const { clock, make } = fleet({}, (shared) => (watches ? shared : without(shared, 'watch')));
    const [here, there] = [make(), make()];
    for (const instance of ['ann', 'bob']) await wherever(here, instance);
    await there.reset('bob', { by: 'ann' });
    await clock.advance(1);
    await here.record('cid', { tier: 0, ok: false, error: rateLimited(7200) });
    await clock.advance(3000);
    expect(await wherever(here, 'bob')).toBe('b');
  },
);
