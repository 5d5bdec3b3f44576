import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFailover, createMemoryStore, type StateStore } from '../../src/index.js';
import { createOperatorHandler, trustHost, type OperatorHealth } from '../../src/http/index.js';
import { chain, createWorld, stepDown, tokens, type World } from './support/world.js';
import { EventReader } from './support/stream.js';

const open: EventReader[] = [];
afterEach(async () => {
  for (const reader of open.splice(0)) await reader.close();
});

async function stream(world: Pick<World, 'handler'>, headers: Record<string, string> = {}): Promise<EventReader> {
  const response = await world.handler(
    new Request('http://operator.test/stream', { headers: { authorization: `Bearer ${tokens.dana}`, ...headers } }),
  );
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = new EventReader(response);
  open.push(reader);
  return reader;
}

/** A store that does not tell of commits. */
function withoutWatch(store: StateStore): StateStore {
  const silent = { ...store };
  delete silent.watch;
  return silent;
}

describe('GET /stream', () => {
  it('begins with who reads, what they may do, the version of the chain and the server’s time', async () => {
    const world = createWorld();
    const hello = await (await stream(world)).next();
    expect(hello).toMatchObject({
      event: 'hello',
      data: { actor: 'dana', can: ['read', 'operate', 'configure'], version: 0, now: world.clock.now() },
    });
  });

  it('offers only reading on a server that only shows', async () => {
    const hello = await (await stream(createWorld({ readOnly: true }))).next();
    expect(hello?.data.can).toEqual(['read']);
  });

  it('tells of a step down in another process, of an agent this one never loaded, with its rows', async () => {
    const world = createWorld();
    const other = createFailover({ chain: [...chain], store: world.store, clock: world.clock });
    const events = await stream(world);
    await events.next();
    await stepDown(other, 'elsewhere');
    await world.clock.advance(1000);
    const { data } = await events.until('instance');
    expect(data.view).toMatchObject({ name: 'elsewhere', badge: '②', cause: 'rate_limit' });
    expect(data.events.map(({ type }: { type: string }) => type)).toEqual(['tier-change', 'tier-failed']);
    expect(data.events[0]).not.toHaveProperty('set');
  });

  it('tells within five seconds where the store does not say what changes', async () => {
    const shared = createMemoryStore();
    const world = createWorld({}, { store: withoutWatch(shared) });
    const other = createFailover({ chain: [...chain], store: shared, clock: world.clock });
    await stepDown(other, 'before');
    const events = await stream(world);
    await events.next();
    await stepDown(other, 'elsewhere');
    const told = events.until('instance');
    for (let second = 0; second < 5; second++) await advance(world, 1000);
    expect((await told).data.view).toMatchObject({ name: 'elsewhere', badge: '②' });
  });

  it('says after hello that the store does not work, where it does not', async () => {
    const shared = createMemoryStore();
    let isDown = false;
    const store: StateStore = {
      ...shared,
      commit: async (...facts) => (isDown ? Promise.reject(new Error('down')) : shared.commit(...facts)),
    };
    const world = createWorld({}, { store });
    isDown = true;
    await stepDown(world.failover, 'inbox').catch(() => undefined);
    const events = await stream(world);
    expect((await events.next())?.event).toBe('hello');
    expect(await events.next()).toMatchObject({ event: 'store', data: { ok: false } });
  });

  it('begins with hello also where an agent changes while it opens', async () => {
    const shared = createMemoryStore();
    const gate = Promise.withResolvers<void>();
    const store: StateStore = {
      ...withoutWatch(shared),
      async *instances() {
        await gate.promise;
        yield* shared.instances();
      },
    };
    const world = createWorld({}, { store });
    const opening = stream(world);
    await world.clock.settle();
    await stepDown(world.failover, 'inbox');
    await world.clock.advance(200);
    gate.resolve();
    expect((await (await opening).next())?.event).toBe('hello');
  });

  it('tells nothing old after what is new, however long a reading of the store takes', async () => {
    const shared = createMemoryStore();
    const gate = Promise.withResolvers<void>();
    let isSlow = false;
    const history: StateStore['history'] = async (...query) => {
      if (isSlow) await gate.promise;
      return shared.history(...query);
    };
    const world = createWorld({}, { store: { ...withoutWatch(shared), history } });
    await stepDown(world.failover, 'inbox');
    const events = await stream(world);
    await stepDown(world.failover, 'inbox');
    isSlow = true;
    await world.clock.advance(200);
    isSlow = false;
    await world.failover.pause('inbox', { by: 'kim', reason: 'a look' });
    await world.clock.advance(4000);
    gate.resolve();
    await world.clock.settle();
    await world.failover.pause({ all: true }, { by: 'kim', reason: 'the end' });
    const told: unknown[] = [];
    for (let event = await events.next(); event?.event !== 'pauses'; event = await events.next()) {
      if (event?.event === 'instance') told.push(event.data.view.paused?.by);
    }
    expect(told).toEqual(['kim']);
  });

  it('tells of a paused provider, and of every agent it concerns', async () => {
    const world = createWorld();
    await stepDown(world.failover, 'inbox');
    const events = await stream(world);
    await events.next();
    await world.failover.pause({ provider: 'openai' }, { by: 'kim', reason: 'bills of sk-live-abcdefgh12345678' });
    const told = events.until('pauses');
    await advance(world, 500);
    expect((await told).data).toMatchObject({
      all: null,
      providers: [{ provider: 'openai', pause: { by: 'kim', reason: 'bills of [redacted]' } }],
    });
    await advance(world, 500);
    expect((await events.until('instance')).data.view).toMatchObject({ name: 'inbox', badge: '③' });
  });

  it.each([
    ['a store that says what changes', true],
    ['one that does not', false],
  ])('asks to read the list again where an instance is forgotten, in %s', async (_, watches) => {
    const shared = createMemoryStore();
    const world = createWorld({}, { store: watches ? shared : withoutWatch(shared) });
    const other = createFailover({ chain: [...chain], store: shared, clock: world.clock });
    await other.pause('mispelt', { by: 'kim', reason: 'a slip' });
    const events = await stream(world);
    await events.next();
    await other.forget('mispelt');
    await advance(world, watches ? 500 : 5000);
    expect((await events.next())?.event).toBe('refresh');
    expect((await world.ask('GET', '/instances')).body.instances).toEqual([]);
    await other.close();
  });

  it('tells when a rest is over, which nobody commits', async () => {
    // Minutes pass at once here: nobody may take real time to say that the reader may still read.
    const world = createWorld({ authorize: trustHost(() => 'dana') });
    const events = await stream(world);
    await events.next();
    await stepDown(world.failover, 'inbox');
    await advance(world, 1000);
    expect((await events.until('instance')).data.view.tiers[0].restUntil).not.toBeNull();
    const told = events.until('instance');
    for (let step = 0; step < 5; step++) await advance(world, 60_000);
    expect((await told).data.view.tiers[0].restUntil).toBeNull();
  });

  it('tells of what other processes commit for all, by the record it is in', async () => {
    let status = { enabled: true, pauses: [] as unknown[], rules: [], checkedAt: 1, storeOk: true };
    const health: OperatorHealth = { status: () => status, pause: vi.fn(), resume: vi.fn(), alert: vi.fn() };
    const world = createWorld({ health });
    const other = createFailover({ chain: [...chain], store: world.store, clock: world.clock });
    await stepDown(world.failover, 'inbox');
    const events = await stream(world);
    await events.next();
    await other.recordExternalTrigger('elsewhere', 'disk_full', { detail: 'sda1' });
    await other.update({ chain: [chain[0], chain[2]] }, { by: 'kim' });
    await advance(world, 500);
    expect((await events.until('config')).data).toMatchObject({ version: 1, by: 'kim' });
    const rows = (await events.until('instance', ({ view }) => view.name === 'elsewhere')).data.events;
    expect(rows).toContainEqual(expect.objectContaining({ kind: 'disk_full', detail: 'sda1' }));
    status = { ...status, pauses: [{ target: { provider: 'openai' } }] };
    await world.store.commit('health:status', 0, {}, []);
    expect((await events.until('health', ({ pauses }) => pauses.length > 0)).data.pauses).toHaveLength(1);
    await other.close();
  });

  it('asks its readers to read again where the store cannot say what has changed, or was away', async () => {
    const watches: { listener: (key: string) => void; status: ((live: boolean) => void) | undefined }[] = [];
    const store: StateStore = {
      ...createMemoryStore(),
      watch(listener, status) {
        watches.push({ listener, status });
        return () => undefined;
      },
    };
    const world = createWorld({}, { store });
    const events = await stream(world);
    await events.next();
    const { listener, status } = watches.at(-1)!;
    listener(undefined as unknown as string);
    expect((await events.until('refresh')).data).toEqual({});
    status?.(false);
    status?.(true);
    expect((await events.next())?.event).toBe('refresh');
    // What is neither of an instance, nor of all, is nobody's business here.
    listener('activity:alerts');
    status?.(true);
    await stepDown(world.failover, 'inbox');
    await advance(world, 1000);
    expect((await events.next())?.event).toBe('instance');
  });

  it('sends the status of the monitor when it changes', async () => {
    let status = { enabled: true, pauses: [] as unknown[], rules: [], checkedAt: 1, storeOk: true };
    const health: OperatorHealth = { status: () => status, pause: vi.fn(), resume: vi.fn(), alert: vi.fn() };
    const world = createWorld({ health });
    const events = await stream(world);
    await events.next();
    await advance(world, 1000);
    expect((await events.until('health')).data.pauses).toEqual([]);
    status = { ...status, pauses: [{ target: { provider: 'openai' } }] };
    await advance(world, 1000);
    expect((await events.until('health')).data.pauses).toHaveLength(1);
  });

  it('resumes from the last event: nothing is missed, nothing is told twice', async () => {
    const world = createWorld();
    const watching = await stream(world);
    await watching.next();
    const first = await stream(world);
    await first.next();
    await stepDown(world.failover, 'one');
    await advance(world, 200);
    const { id } = await first.until('instance');
    await first.close();
    await stepDown(world.failover, 'two');
    await advance(world, 200);
    await watching.until('instance', ({ view }) => view.name === 'two');
    const second = await stream(world, { 'last-event-id': id });
    expect((await second.next())?.event).toBe('hello');
    expect((await second.next())?.data.view.name).toBe('two');
    await stepDown(world.failover, 'three');
    await advance(world, 200);
    expect((await second.next())?.data.view.name).toBe('three');
  });

  it.each([
    ['in the same process, while nobody watched', true],
    ['at another process', false],
  ])('resumes %s: what changed meanwhile is told', async (_, isSame) => {
    const world = createWorld();
    await stepDown(world.failover, 'old');
    await world.clock.advance(60_000);
    const first = await stream(world);
    const { id } = (await first.next())!;
    await first.close();
    await world.clock.advance(30_000);
    await stepDown(world.failover, 'meanwhile');
    await world.failover.history('meanwhile', { limit: 1 });
    await world.clock.advance(30_000);
    const failover = createFailover({ chain: [...chain], store: world.store, clock: world.clock });
    const other = { handler: createOperatorHandler({ failover, authorize: trustHost(() => 'dana') }) };
    const second = await stream(isSame ? world : other, { 'last-event-id': id });
    await second.next();
    expect((await second.next())?.data).toMatchObject({ view: { name: 'meanwhile' }, events: [{}, {}] });
  });

  describe('resumes at another process, also where', () => {
    /** The place of a reader, and a handler of another process of its store once these agents have stepped down. */
    async function away(names: readonly string[]) {
      const world = createWorld();
      const first = await stream(world);
      const { id } = (await first.next())!;
      await first.close();
      await advance(world, 30_000);
      for (const name of names) await stepDown(world.failover, name);
      await advance(world, 30_000);
      const failover = createFailover({ chain: [...chain], store: world.store, clock: world.clock });
      return { id, world, other: { handler: createOperatorHandler({ failover, authorize: trustHost(() => 'dana') }) } };
    }

    it('the connection is lost again before all that was missed was sent', async () => {
      const { id, other } = await away(['one', 'two']);
      const cut = await stream(other, { 'last-event-id': id });
      const hello = (await cut.next())!;
      await cut.close();
      const again = await stream(other, { 'last-event-id': hello.id });
      const one = await again.until('instance');
      await again.close();
      expect(one.data.view.name).toBe('one');
      const last = await stream(other, { 'last-event-id': one.id });
      const told = [await last.until('instance'), await last.until('instance')];
      expect(told.map(({ data }) => data.view.name)).toContain('two');
    });

    it('what was missed is more than may wait for a reader', async () => {
      const names = Array.from({ length: 150 }, (_, index) => `${index}-${'n'.repeat(9000)}`);
      const { id, other } = await away(names);
      const reader = await stream(other, { 'last-event-id': id });
      const told = new Set<string>();
      while (told.size < names.length) told.add((await reader.until('instance')).data.view.name);
      expect(told).toEqual(new Set(names));
    });

    it('a provider was paused meanwhile', async () => {
      const { id, world, other } = await away([]);
      await world.failover.pause({ provider: 'openai' }, { by: 'kim', reason: 'looking' });
      await advance(world, 200);
      const reader = await stream(other, { 'last-event-id': id });
      const { providers } = (await reader.until('pauses')).data;
      expect(providers).toMatchObject([{ provider: 'openai', pause: { by: 'kim' } }]);
    });

    it('more agents than are sent one by one have changed', async () => {
      const { id, other } = await away(Array.from({ length: 1001 }, (_, index) => `agent-${index}`));
      const reader = await stream(other, { 'last-event-id': id });
      expect((await reader.next())?.event).toBe('hello');
      expect((await reader.next())?.event).toBe('refresh');
    });

    it('something changes while what was missed is read', async () => {
      const { id, world, other } = await away(['one']);
      const watching = await stream(other);
      const reader = await stream(other, { 'last-event-id': id });
      expect((await reader.next())?.event).toBe('hello');
      await world.failover.pause('later', { by: 'kim', reason: 'looking' });
      await advance(world, 200);
      expect((await reader.until('instance')).data.view.name).toBe('one');
      expect((await reader.until('instance')).data.view.name).toBe('later');
      expect((await watching.until('instance')).data.view.name).toBe('later');
    });
  });

  it.each(['', 'nonsense', 'a.b.c', '%00', 'x'.repeat(5000)])('takes %j as no id', async (id) => {
    const world = createWorld();
    expect((await (await stream(world, { 'last-event-id': id })).next())?.event).toBe('hello');
  });

  it('is refused with 503 when a thousand are open, and opens again when one has gone', async () => {
    const world = createWorld();
    const readers: Response[] = [];
    const ask = () =>
      world.handler(
        new Request('http://operator.test/stream', { headers: { authorization: `Bearer ${tokens.dana}` } }),
      );
    for (let count = 0; count < 1000; count++) readers.push(await ask());
    const refused = await ask();
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    await readers[0]!.body!.cancel();
    const again = await ask();
    expect(again.status).toBe(200);
    await Promise.all([...readers.slice(1), again].map((response) => response.body!.cancel()));
  });

  it('ends for a reader that does not read', async () => {
    const world = createWorld();
    const response = await world.handler(
      new Request('http://operator.test/stream', { headers: { authorization: `Bearer ${tokens.dana}` } }),
    );
    const name = 'n'.repeat(9000);
    for (let round = 0; round < 200; round++) {
      await world.failover.pause(name, { by: `kim ${round}`, reason: 'again' });
      await advance(world, 110);
    }
    const length = (await response.arrayBuffer()).byteLength;
    expect(length).toBeGreaterThan(500_000);
    expect(length).toBeLessThan(1_500_000);
  });

  it('ends when nobody says in time that its reader may still read', async () => {
    let answer: Promise<string> = Promise.resolve('dana');
    const world = createWorld({ authorize: trustHost(() => answer) });
    const events = await stream(world);
    await events.next();
    answer = new Promise(() => undefined);
    const ended = events.next();
    await advance(world, 15_000);
    await advance(world, 15_000);
    expect(await ended).toBeUndefined();
  });

  it('ends when the reader may no longer read', async () => {
    let actor: string | null = 'dana';
    const world = createWorld({ authorize: trustHost(() => actor) });
    const events = await stream(world);
    await events.next();
    actor = null;
    const ended = events.next();
    await advance(world, 15_000);
    expect(await ended).toBeUndefined();
  });

  it('leaves no timer and no watch behind, and touches no call', async () => {
    const store = createMemoryStore();
    let watches = 0;
    const world = createWorld(
      {},
      {
        store: {
          ...store,
          watch(...facts) {
            const stop = store.watch!(...facts);
            watches += 1;
            return () => {
              watches -= 1;
              stop();
            };
          },
        },
      },
    );
    const before = { watches, timers: world.clock.pending };
    const events = await stream(world);
    await events.next();
    expect(watches).toBe(before.watches + 1);
    await events.close();
    expect({ watches, timers: world.clock.pending }).toEqual(before);
  });
});

/** Lets time pass, and what it wakes finish. */
async function advance(world: World, ms: number): Promise<void> {
  await world.clock.advance(ms);
  await world.clock.settle();
}
