import { describe, expect, it } from 'vitest';
import { createActivityLog, createAlertBook } from '../../src/checks/index.js';
import type { OperatorAlertBook } from '../../src/http/index.js';
import { createMemoryStore } from '../../src/index.js';
import { EventReader } from './support/stream.js';
import { createWorld, tokens } from './support/world.js';

/** A process of its own on a store. */
function createProcess(store = createMemoryStore()) {
  const log = createActivityLog({ store });
  return createWorld({ checks: { source: log.source, book: createAlertBook({ store }) } }, { store });
}

it('an agent of which nothing was rejected or failed has no failure report', async () => {
  const store = createMemoryStore();
  const { ask, clock } = createProcess(store);
  const log = createActivityLog({ store, clock });
  log.record({ instance: 'bot', task: 'a', outcome: 'accepted', at: clock.now() - 1000 });
  await log.flush();
  const empty = { instance: 'bot', hours: 24, report: null, markdown: null };
  expect((await ask('GET', '/failure-report/bot')).body).toEqual(empty);
  log.record({ instance: 'bot', task: 'b', outcome: 'failed', at: clock.now() - 1000 });
  await log.flush();
  const { body } = await ask('GET', '/failure-report/bot?hours=2');
  expect(body).toMatchObject({ hours: 2, report: { failed: 1 } });
  expect(body.markdown).toContain('# Failure report of bot');
});

it('a run takes no fields, and says so', async () => {
  const { status, body } = await createProcess().ask('POST', '/checks/run', { body: { now: 1 } });
  expect({ status, issues: body.issues }).toEqual({
    status: 400,
    issues: [{ path: 'now', message: 'unknown key; none is expected here' }],
  });
});

describe('a page that is open', () => {
  const alert = {
    id: 'a1',
    check: 'stuck-loop',
    category: 'quality',
    severity: 'critical',
    instance: 'bot',
    domain: null,
    title: 'bot repeats itself',
    detail: 'detail',
    evidence: {},
    firstSeenAt: 1,
    lastSeenAt: 2,
  } as const;
  const runAt = (checkedAt: number) => ({ checkedAt, counts: {}, alerts: [alert], failureReports: [] }) as never;

  it.each([
    ['another process, whose book is in the store', 200],
    ['the host itself, whose book is in memory', 5000],
  ])('receives the alerts that a run of %s raised', async (by, withinMs) => {
    const store = createMemoryStore();
    const log = createActivityLog({ store });
    const isStored = by.startsWith('another');
    const book = createAlertBook(isStored ? { store } : {});
    const world = createWorld({ checks: { source: log.source, book } }, { store });
    const { handler, clock } = world;
    const headers = { authorization: `Bearer ${tokens.sam}` };
    const reader = new EventReader(await handler(new Request('http://operator.test/stream', { headers })));
    await reader.until('hello');
    // What is there already is read by who opens the stream.
    await clock.advance(5000);
    await reader.until('alerts');
    await (isStored ? createAlertBook({ store }) : book).update(runAt(clock.now()));
    await clock.advance(withinMs);
    await clock.settle();
    const told = await Promise.race([reader.until('alerts').then(() => 'told'), clock.settle().then(() => 'silent')]);
    expect(told).toBe('told');
    expect((await world.ask('GET', '/alerts')).body.total).toBe(1);
    await reader.close();
  });
});

describe('when the checks ran', () => {
  it('is null before the first run, and then the time of the run', async () => {
    const { ask, clock } = createProcess();
    expect((await ask('GET', '/alerts')).body).toEqual({ alerts: [], total: 0, checkedAt: null });
    await clock.advance(5000);
    const { body } = await ask('POST', '/checks/run', { body: {} });
    expect(body.checkedAt).toBe(clock.now());
    expect((await ask('GET', '/alerts')).body.checkedAt).toBe(clock.now());
  });

  it('is known after a restart and to every process of the store', async () => {
    const one = createProcess();
    const other = createProcess(one.store);
    await one.clock.advance(60_000);
    await one.ask('POST', '/checks/run', { body: {} });
    expect((await other.ask('GET', '/alerts')).body.checkedAt).toBe(one.clock.now());
    await other.clock.advance(90_000);
    await other.ask('POST', '/checks/run', { body: {} });
    expect((await one.ask('GET', '/alerts')).body.checkedAt).toBe(other.clock.now());
    expect((await createProcess(one.store).ask('GET', '/alerts')).body.checkedAt).toBe(other.clock.now());
  });

  it('is that of the runs of this process where the book does not say', async () => {
    const kept = createAlertBook();
    const book: OperatorAlertBook = {
      update: async (result) => kept.update(result),
      active: async (filter) => kept.active(filter),
    };
    const source = createActivityLog({ store: createMemoryStore() }).source;
    const { ask, clock } = createWorld({ checks: { source, book } });
    expect((await ask('GET', '/alerts')).body.checkedAt).toBe(null);
    await ask('POST', '/checks/run', { body: {} });
    expect((await ask('GET', '/alerts')).body.checkedAt).toBe(clock.now());
  });
});
