import { EventEmitter } from 'eventemitter3';
import { describe, expect, it, vi } from 'vitest';
import { createFailover } from '../../src/index.js';
import { attachNotifiers, createTelegramNotifier } from '../../src/notifiers/index.js';
import type { FailoverEventName, FailoverEvents, NotifierErrorEvent } from '../../src/ports/failover.js';
import type { Notification, Notifier } from '../../src/ports/notifier.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { boom, fakeFetch, recordingNotifier } from '../support/notifier-host.js';
import { restored, steppedDown } from '../support/notifications.js';

/** The events of a failover, which is all that `attachNotifiers` uses of it. */
function createEvents() {
  const emitter = new EventEmitter();
  return {
    emit: ({ event, payload }: Notification) => void emitter.emit(event, payload),
    on<E extends FailoverEventName>(event: E, listener: (event: FailoverEvents[E]) => void) {
      emitter.on(event, listener);
      return () => void emitter.off(event, listener);
    },
    listeners: () =>
      emitter
        .eventNames()
        .map(String)
        .toSorted((a, b) => a.localeCompare(b)),
  };
}

describe('attachNotifiers', () => {
  it('hands every local event to every notifier until it is closed', async () => {
    const failover = createEvents();
    const got: string[] = [];
    const collecting = (name: string): Notifier => ({
      name,
      attach: () => ({
        notify: ({ event }) => void got.push(`${name} ${event}`),
        close: async () => void got.push(`${name} closed`),
      }),
    });
    const attached = attachNotifiers(failover, [collecting('a'), collecting('b')]);
    expect(failover.listeners()).toEqual([
      'attempt-failed',
      'available',
      'budget-exceeded',
      'budget-unpriced',
      'budget-warning',
      'config-updated',
      'exhausted',
      'notifier-error',
      'paused',
      'resumed',
      'retry',
      'store-error',
      'tier-change',
    ]);
    failover.emit(steppedDown());
    failover.emit(steppedDown({ origin: 'remote' }));
    failover.emit({ event: 'store-error', payload: { state: 'recovered', at: 0 } });
    expect(got).toEqual(['a tier-change', 'b tier-change', 'a store-error', 'b store-error']);
    await attached.close();
    failover.emit(restored());
    expect(got.slice(4)).toEqual(['a closed', 'b closed']);
    expect(failover.listeners()).toEqual([]);
  });

  it.each(['attachNotifiers', 'createFailover'])(
    'leaves no notifier open where another one cannot be attached: %s',
    async (way) => {
      const opened = recordingNotifier();
      const notifiers = [opened, { name: 'broken', attach: boom }];
      const make = () =>
        way === 'createFailover'
          ? createFailover({ chain: ['openai/gpt-5'], notifiers })
          : attachNotifiers(createEvents(), notifiers);
      expect(make).toThrow('boom');
      expect(opened.got).toEqual(['closed']);
    },
  );

  it('tells once that a notifier began to fail and once that it works again', async () => {
    const failover = createEvents();
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const errors: NotifierErrorEvent[] = [];
    let down = true;
    const { fetch } = fakeFetch(clock, () => new Response('{"ok":true}', { status: down ? 500 : 200 }));
    const notifier = createTelegramNotifier({ token: '1:a', chatId: 1, fetch, name: 'ops', maxAttempts: 1 });
    const attached = attachNotifiers(failover, [notifier], { clock, onError: (event) => errors.push(event) });
    failover.emit(steppedDown());
    failover.emit(restored());
    await clock.advance(60_000);
    down = false;
    await clock.advance(600_000);
    expect(errors).toMatchObject([
      {
        notifier: 'ops',
        state: 'failing',
        error: { code: 'TIERFALL_NOTIFIER', status: 500 },
        at: Date.UTC(2026, 10, 22, 2),
      },
      { notifier: 'ops', state: 'recovered' },
    ]);
    await attached.close();
  });

  it('keeps one that throws from the others', async () => {
    const failover = createEvents();
    const broken: Notifier = {
      name: 'broken',
      attach: () => ({
        notify: () => {
          throw new Error('broken');
        },
        close: () => Promise.reject(new Error('broken')),
      }),
    };
    const good = recordingNotifier();
    const attached = attachNotifiers(failover, [broken, good]);
    failover.emit(steppedDown());
    await attached.close();
    await settle();
    expect(good.got).toEqual(['tier-change', 'closed']);
  });

  it.each<[how: string, line: object | undefined]>([
    ['throws when it is closed', { notify: () => undefined, close: () => boom() }],
    ['has nothing to wait for when it is closed', { notify: () => undefined, close: () => undefined }],
    ['is an async function that rejects', { notify: async () => boom(), close: async () => undefined }],
    ['cannot be closed', { notify: () => undefined }],
    ['opens no line', undefined],
  ])('contains one that %s, on a failover too', async (_how, line) => {
    const unheard = vi.fn();
    process.on('unhandledRejection', unheard);
    const odd: Notifier = { name: 'odd', attach: () => line as never };
    const good = recordingNotifier();
    const events = createEvents();
    const attached = attachNotifiers(events, [odd, good]);
    events.emit(steppedDown());
    await settle();
    await attached.close();
    const failover = createFailover({ chain: ['a/b'], notifiers: [odd, good] });
    await failover.pause('bot', { by: 'ann', reason: 'drill' });
    await settle();
    await failover.close();
    await settle();
    process.off('unhandledRejection', unheard);
    expect(good.got).toEqual(['tier-change', 'closed', 'paused', 'closed']);
    expect(unheard).not.toHaveBeenCalled();
  });
});
