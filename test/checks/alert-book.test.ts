import { describe, expect, it, vi } from 'vitest';
import { createAlertBook, type Alert, type CheckResult } from '../../src/checks/index.js';
import { createMemoryStore, isTierfallError, StoreError } from '../../src/index.js';
import { createConsoleNotifier } from '../../src/notifiers/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import type { Notifier } from '../../src/ports/notifier.js';
import type { StateStore } from '../../src/ports/state-store.js';
import { places } from './places.js';

function alert(id: string, given: Partial<Alert> = {}): Alert {
  return {
    id,
    check: 'stuck-loop',
    category: 'health',
    severity: 'warning',
    instance: 'bot',
    domain: null,
    title: `title of ${id}`,
    detail: 'details',
    evidence: { times: 5 },
    firstSeenAt: 1000,
    lastSeenAt: 2000,
    ...given,
  };
}

function run(checkedAt: number, ...alerts: Alert[]): CheckResult {
  return { checkedAt, counts: { critical: 0, warning: alerts.length, info: 0 }, alerts, failureReports: [] };
}

/** Writes down what it is told. */
function notebook(): Notifier & { told: string[] } {
  const told: string[] = [];
  return {
    name: 'notebook',
    told,
    attach: () => ({
      notify: ({ event, payload }) => {
        if (event === 'alert-raised' || event === 'alert-resolved') told.push(`${event} ${payload.alert.id}`);
      },
      close: async () => undefined,
    }),
  };
}

const ids = (alerts: readonly Alert[]) => alerts.map(({ id }) => id);

describe('an alert book', () => {
  it('tells what is new and what is resolved, once, and takes a relapse for new', async () => {
    const notifier = notebook();
    const book = createAlertBook({ notifiers: [notifier] });
    const changes = [];
    for (const [at, present] of [
      [1, ['a']],
      [2, ['a', 'b']],
      [3, ['b']],
      [4, ['b', 'a']],
      [5, []],
      [6, []],
      [7, []],
      [8, ['a']],
    ] as const) {
      const { raised, resolved } = await book.update(run(at, ...present.map((id) => alert(id))));
      changes.push([ids(raised), ids(resolved)]);
    }
    expect(changes).toEqual([
      [['a'], []],
      [['b'], []],
      [[], []],
      // Back after one run without it: it was active all the time.
      [[], []],
      [[], []],
      [[], ['b', 'a']],
      [[], []],
      [['a'], []],
    ]);
    expect(notifier.told).toEqual([
      'alert-raised a',
      'alert-raised b',
      'alert-resolved b',
      'alert-resolved a',
      'alert-raised a',
    ]);
  });

  it('answers with what is active, most urgent first, and filters', async () => {
    const book = createAlertBook();
    const urgent = alert('u', {
      severity: 'critical',
      firstSeenAt: 9000,
      instance: null,
      domain: 'd',
      category: 'quality',
    });
    await book.update(run(1, alert('old'), alert('new', { firstSeenAt: 5000, instance: 'other' }), urgent));
    expect(ids(await book.active())).toEqual(['u', 'old', 'new']);
    expect(ids(await book.active({ severity: 'warning' }))).toEqual(['old', 'new']);
    expect(ids(await book.active({ instance: 'other' }))).toEqual(['new']);
    expect(ids(await book.active({ instance: null }))).toEqual(['u']);
    expect(ids(await book.active({ category: 'quality', domain: 'd' }))).toEqual(['u']);
    await expect(book.active({ agent: 'x' } as never)).rejects.toThrow(/agent: unknown option/u);
  });

  it('shows an alert as it is now, and ignores a run that is older than the last', async () => {
    const book = createAlertBook();
    await book.update(run(5, alert('a')));
    await book.update(run(6, alert('a', { severity: 'critical', title: 'worse' })));
    expect(await book.update(run(1))).toEqual({ raised: [], resolved: [] });
    expect(await book.update(run(1))).toEqual({ raised: [], resolved: [] });
    expect(await book.active()).toMatchObject([{ id: 'a', severity: 'critical', title: 'worse' }]);
    expect(await book.checkedAt()).toBe(6);
  });

  it('goes on after a run of a machine whose clock was years ahead', async () => {
    const clock = createManualClock();
    const store = createMemoryStore();
    const hour = 3_600_000;
    await createAlertBook({ store, clock }).update(run(clock.now() + 10_000 * hour, alert('a')));
    const book = createAlertBook({ store, clock });
    expect(ids((await book.update(run(clock.now(), alert('a'), alert('b')))).raised)).toEqual(['b']);
    expect(await book.checkedAt()).toBe(clock.now());
    expect(await book.update(run(clock.now() - hour))).toEqual({ raised: [], resolved: [] });
    // A clock that is a little ahead is none of these.
    await book.update(run(clock.now() + hour / 10, alert('a'), alert('b'), alert('c')));
    expect((await book.update(run(clock.now(), alert('d')))).raised).toEqual([]);
  });

  it('says when the newest run was, also while the store fails', async () => {
    const inner = createMemoryStore();
    let fails = false;
    const load: StateStore['load'] = async (key) => (fails ? Promise.reject(new Error('down')) : inner.load(key));
    const book = createAlertBook({ store: { ...inner, load } });
    expect(await book.checkedAt()).toBe(null);
    await book.update(run(5));
    expect(await createAlertBook({ store: inner }).checkedAt()).toBe(5);
    fails = true;
    await book.update(run(7));
    expect(await book.checkedAt()).toBe(7);
  });

  it.each(places.filter(({ isThere }) => isThere))(
    'tells nothing twice over a restart and two processes, in $name',
    async ({ open }) => {
      const { store } = open();
      const notifier = notebook();
      const first = createAlertBook({ store, notifiers: [notifier] });
      const second = createAlertBook({ store, notifiers: [notifier] });
      await Promise.all([first.update(run(1, alert('a'), alert('b'))), second.update(run(1, alert('a'), alert('b')))]);
      const restarted = createAlertBook({ store, notifiers: [notifier] });
      expect(ids(await restarted.active()).toSorted()).toEqual(['a', 'b']);
      await restarted.update(run(2, alert('a')));
      await restarted.update(run(3, alert('a')));
      expect(notifier.told.toSorted()).toEqual(['alert-raised a', 'alert-raised b', 'alert-resolved b']);
    },
  );

  it('does not wait for ever for a store that does not answer', async () => {
    const inner = createMemoryStore();
    const clock = createManualClock();
    let isStalled = true;
    const store: StateStore = {
      ...inner,
      load: async (key) => (isStalled ? new Promise<never>(() => undefined) : inner.load(key)),
    };
    const errors: unknown[] = [];
    const book = createAlertBook({ store, clock, onError: (error) => errors.push(error) });
    const updated = book.update(run(1, alert('a')));
    const shown = book.active();
    await clock.advance(5000);
    expect(ids((await updated).raised)).toEqual(['a']);
    expect(ids(await shown)).toEqual(['a']);
    const message = expect.stringContaining('did not answer a load of the alerts within 5000 ms');
    expect(errors).toEqual([expect.objectContaining({ code: 'TIERFALL_STORE', message })]);
    isStalled = false;
    await book.update(run(2, alert('a')));
    expect(ids(await createAlertBook({ store: inner }).active())).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('goes on from memory while the store fails, and writes what it holds afterwards', async () => {
    const inner = createMemoryStore();
    let fails = true;
    const store: StateStore = {
      ...inner,
      load: async (key) => (fails ? Promise.reject(new Error('down')) : inner.load(key)),
    };
    const notifier = notebook();
    const errors: unknown[] = [];
    const book = createAlertBook({ store, notifiers: [notifier], onError: (error) => errors.push(error) });
    expect(ids((await book.update(run(1, alert('a')))).raised)).toEqual(['a']);
    expect(ids((await book.update(run(2, alert('a')))).raised)).toEqual([]);
    expect(errors.every((error) => isTierfallError(error, 'TIERFALL_STORE'))).toBe(true);
    fails = false;
    await book.update(run(3, alert('a')));
    expect(ids(await createAlertBook({ store }).active())).toEqual(['a']);
    expect(notifier.told).toEqual(['alert-raised a']);
  });

  it.each([
    ['an error of the store as it is', new StoreError({ operation: 'load', message: 'damaged' }), 'damaged'],
    ['anything else as an error of the store', 'down', 'alerts could not be stored: unknown'],
  ])('hands on %s, also to a callback that fails itself', async (_, thrown, message) => {
    const errors: string[] = [];
    const load = async () => Promise.reject(thrown);
    const book = createAlertBook({
      store: { ...createMemoryStore(), load },
      onError: (error): unknown => {
        errors.push(error instanceof StoreError ? error.message : 'none');
        return Promise.reject(new Error('of the host'));
      },
    });
    expect(ids((await book.update(run(1, alert('a')))).raised)).toEqual(['a']);
    expect(errors).toEqual([message]);
  });

  it('keeps a run that was taken in while an older state of the book was being read', async () => {
    const inner = createMemoryStore();
    let answer: (() => void) | undefined;
    let isDown = false;
    let isHeld = false;
    const store: StateStore = {
      ...inner,
      async load(key) {
        if (isDown) throw new Error('down');
        const found = await inner.load(key);
        if (isHeld) await new Promise<void>((resolve) => (answer = resolve));
        return found;
      },
    };
    const notifier = notebook();
    const book = createAlertBook({ store, notifiers: [notifier] });
    isHeld = true;
    const reading = book.active();
    await vi.waitFor(() => expect(answer).toBeDefined());
    isHeld = false;
    await book.update(run(1, alert('a')));
    answer?.();
    await reading;
    isDown = true;
    await book.update(run(2, alert('a')));
    expect(notifier.told).toEqual(['alert-raised a']);
  });

  it('leaves out an alert that lacks what is shown of one', async () => {
    const store = createMemoryStore();
    await createAlertBook({ store }).update(run(5, alert('a')));
    const { state, version } = (await store.load('activity:alerts'))!;
    const wrong = [{ detail: 7 }, { evidence: null }, { instance: {} }, { category: 1 }];
    const entries = wrong.map((given, index) => ({ alert: { ...alert(`w${index}`), ...given }, missed: 0 }));
    await store.commit('activity:alerts', version, { ...(state as object), entries }, []);
    expect(await createAlertBook({ store }).active()).toEqual([]);
  });

  it('begins anew where what is stored is none, and leaves out what cannot be read of it', async () => {
    const store = createMemoryStore();
    await createAlertBook({ store }).update(run(5, alert('a')));
    const stored = (await store.load('activity:alerts'))!;
    const state = stored.state as { entries: object[] };
    const entries = [...state.entries, 'x', null, { alert: {}, missed: 0 }, { alert: alert('b') }];
    await store.commit('activity:alerts', stored.version, { ...state, entries }, []);
    expect(ids(await createAlertBook({ store }).active())).toEqual(['a']);
    await store.commit('activity:alerts', stored.version + 1, { ...state, schema: 99 }, []);
    const book = createAlertBook({ store });
    expect([await book.active(), await book.checkedAt()]).toEqual([[], null]);
    expect(ids((await book.update(run(6, alert('a')))).raised)).toEqual(['a']);
  });

  it('takes an alert that a run has twice for one', async () => {
    const book = createAlertBook();
    expect(ids((await book.update(run(1, alert('a'), alert('a')))).raised)).toEqual(['a']);
    expect(ids(await book.active())).toEqual(['a']);
  });

  it('survives a notifier that throws, and tells the others', async () => {
    const broken: Notifier = {
      name: 'broken',
      attach: () => ({
        notify: () => {
          throw new Error('broken');
        },
        close: async () => Promise.reject(new Error('broken')),
      }),
    };
    const worse: Notifier = {
      name: 'worse',
      attach: () => ({
        notify: () => undefined,
        close: () => {
          throw new Error('worse');
        },
      }),
    };
    const notifier = notebook();
    const book = createAlertBook({ notifiers: [broken, worse, notifier] });
    await book.update(run(1, alert('a')));
    await book.close();
    expect(notifier.told).toEqual(['alert-raised a']);
  });

  it('is rendered by the notifiers', async () => {
    const lines: string[] = [];
    const output = { info: (text: string) => lines.push(text), warn: (text: string) => lines.push(text) };
    const book = createAlertBook({ notifiers: [createConsoleNotifier({ output })] });
    await book.update(run(1, alert('a', { severity: 'critical', title: 'bot repeats itself', domain: '<b>' })));
    await book.close();
    expect(lines.join('')).toMatch(/Critical alert[^]*bot repeats itself[^]*Check: stuck-loop/u);
  });

  it('refuses wrong options and results by name', async () => {
    expect(() => createAlertBook({ stores: 1 } as never)).toThrow(/stores: unknown option.*store/u);
    expect(() => createAlertBook(null as never)).toThrow(/options: must be an object/u);
    expect(() => createAlertBook({ store: { load: 1 } } as never)).toThrow(/store: must be a store/u);
    expect(() => createAlertBook({ clock: {} } as never)).toThrow(/clock: must have now/u);
    expect(() => createAlertBook({ clock: { now: Date.now } } as never)).toThrow(/clock: must have now, setTimeout/u);
    expect(() => createAlertBook({ onError: 1 } as never)).toThrow(/onError: must be a function/u);
    await expect(createAlertBook().active(null as never)).rejects.toThrow(/filter: must be an object of severity/u);
    expect(() => createAlertBook({ notifiers: ['x'] } as never)).toThrow(/notifiers: must be a list/u);
    await expect(createAlertBook().update({} as never)).rejects.toThrow(/result: must be what runChecks resolved to/u);
  });
});
