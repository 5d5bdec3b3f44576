import { describe, expect, it } from 'vitest';
import { createFailover, type NotifierErrorEvent } from '../../src/index.js';
import { attachNotifiers, createTelegramNotifier, type TelegramNotifierOptions } from '../../src/notifiers/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle } from '../support/event-loop.js';
import { attach, fakeFetch } from '../support/notifier-host.js';
import { steppedDown } from '../support/notifications.js';

const down = () => new Response('', { status: 502 });
const hang = () => new Promise<Response>(() => undefined);

function telegram(options: Partial<TelegramNotifierOptions>) {
  return createTelegramNotifier({ token: '1:a', chatId: 1, throttleMs: 0, maxAttempts: 1, ...options });
}

describe('a notifier that is closed with undelivered messages', () => {
  it('reports how many, once, and why', async () => {
    const clock = createManualClock();
    const lines: string[] = [];
    const { fetch } = fakeFetch(clock, down);
    const host = attach(telegram({ fetch, logger: { debug: (line) => lines.push(line) } }), clock);
    for (let i = 0; i < 3; i++) host.notify(steppedDown({ instance: `agent-${i}` }));
    await settle();
    await host.close();

    expect(host.changes).toMatchObject([
      { state: 'failing', error: { status: 502 } },
      { state: 'failing', dropped: 3, error: { code: 'TIERFALL_NOTIFIER' } },
    ]);
    expect(host.changes[1]?.error?.message).toBe('telegram: closed with 3 undelivered messages');
    expect(lines).toContain('telegram: 3 messages lost, the notifier was closed');
  });

  it('says why also when it is closed before its last attempt', async () => {
    const clock = createManualClock();
    const { fetch } = fakeFetch(clock, down);
    const host = attach(telegram({ fetch, maxAttempts: 4, closeTimeoutMs: 500 }), clock);
    host.notify(steppedDown());
    await settle();
    const closing = host.close();
    await clock.advance(500);
    await closing;
    expect(host.changes).toMatchObject([
      { state: 'failing', error: { status: 502 } },
      { state: 'failing', dropped: 1 },
    ]);
  });

  it('counts the message whose answer never came, and those that found no room', async () => {
    const clock = createManualClock();
    const host = attach(telegram({ fetch: hang, queueLimit: 2 }), clock);
    for (let i = 0; i < 5; i++) host.notify(steppedDown({ instance: `agent-${i}` }));
    await settle();
    for (let i = 5; i < 8; i++) host.notify(steppedDown({ instance: `agent-${i}` }));
    const closing = host.close();
    await clock.advance(5_000);
    await closing;

    expect(host.changes.at(-1)).toMatchObject({ state: 'failing', dropped: 8 });
    expect(clock.pending).toBe(0);
  });

  it('reports nothing when all of them were delivered', async () => {
    const clock = createManualClock();
    let isDown = true;
    const { fetch } = fakeFetch(clock, () => (isDown ? down() : Response.json({ ok: true })));
    const host = attach(telegram({ fetch }), clock);
    host.notify(steppedDown());
    await settle();
    isDown = false;
    await host.close();
    expect(host.changes.map(({ state, dropped }) => [state, dropped])).toEqual([
      ['failing', undefined],
      ['recovered', undefined],
    ]);
  });

  it.each(['createFailover', 'attachNotifiers'])('makes a notifier-error of it, with %s', async (how) => {
    const clock = createManualClock();
    const events: NotifierErrorEvent[] = [];
    const { fetch } = fakeFetch(clock, down);
    const notifiers = [telegram({ fetch })];
    const failover = createFailover({ chain: ['a/b'], clock, ...(how === 'createFailover' && { notifiers }) });
    failover.on('notifier-error', (event) => events.push(event));
    const attached =
      how === 'attachNotifiers' &&
      attachNotifiers(failover, notifiers, { clock, onError: (event) => events.push(event) });
    await failover.pause('bot', { by: 'ann', reason: 'drill' });
    if (attached) await attached.close();
    await failover.close();

    expect(events.at(-1)).toMatchObject({
      notifier: 'telegram',
      state: 'failing',
      dropped: 1,
      error: { message: 'telegram: closed with 1 undelivered message' },
      at: clock.now(),
    });
  });
});
