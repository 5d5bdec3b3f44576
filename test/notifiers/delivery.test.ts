import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/index.js';
import type { HttpNotifierOptions, TelegramNotifierOptions } from '../../src/notifiers/index.js';
import { createSlackNotifier, createTelegramNotifier, createWebhookNotifier } from '../../src/notifiers/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { settle, until } from '../support/event-loop.js';
import { attach, boom, fakeFetch, sentByTelegram } from '../support/notifier-host.js';
import { claude, gpt, restored, steppedDown } from '../support/notifications.js';

/** A channel that is down while `isDown` says so. */
function start(isDown: () => boolean, options: Partial<TelegramNotifierOptions> = {}) {
  const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
  const answer = () => (isDown() ? new Response('', { status: 502 }) : sentByTelegram());
  const { fetch, sent } = fakeFetch(clock, answer);
  const notifier = createTelegramNotifier({ token: '1:a', chatId: 1, fetch, throttleMs: 0, ...options });
  const texts = () => sent.map(({ body }) => String(body['text']));
  return { host: attach(notifier, clock), notifier, clock, sent, texts };
}

const url = 'https://example.org/hook';
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const hang = () => new Promise<Response>(() => undefined);

function notFound(): Response {
  return Response.json({ ok: false, description: 'Bad Request: chat not found' }, { status: 400 });
}

describe('delivery', () => {
  it('returns before anything is sent', () => {
    const { host, sent } = start(() => false);
    expect(host.notify(steppedDown())).toBeUndefined();
    expect(sent).toHaveLength(0);
  });

  it('costs a dead channel a handful of requests an hour, and says twice how it is', async () => {
    let down = true;
    const { host, clock, sent, texts } = start(() => down);
    for (let minute = 0; minute < 60; minute++) {
      host.notify(steppedDown({ instance: `agent-${minute}` }));
      await clock.advance(60_000);
    }
    // Four tries, then one after 30 s, 1, 2, 4 and 8 min, then every 10 min.
    expect(sent).toHaveLength(13);
    expect(host.changes.map((change) => change.state)).toEqual(['failing']);
    down = false;
    await clock.advance(600_000);
    expect(host.changes.map((change) => change.state)).toEqual(['failing', 'recovered']);
    const delivered = texts().slice(13);
    expect(delivered).toHaveLength(60);
    expect(delivered[0]).toContain('<code>agent-0</code>');
    expect(delivered[59]).toContain('<code>agent-59</code>');
  });

  it('takes three refused messages in a row for a channel that refuses us', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const { fetch, sent } = fakeFetch(clock, (turn) => (turn === 1 ? sentByTelegram() : notFound()));
    const host = attach(createTelegramNotifier({ token: '1:a', chatId: 1, fetch, throttleMs: 0 }), clock);
    for (let i = 0; i < 20; i++) host.notify(steppedDown({ instance: `agent-${i}` }));
    await settle(20);
    // One refused, one taken, three refused.
    expect(sent).toHaveLength(5);
    expect(host.changes.map((change) => change.state)).toEqual(['failing', 'recovered', 'failing']);
    await clock.advance(29_999);
    expect(sent).toHaveLength(5);
    await clock.advance(1);
    expect(sent).toHaveLength(6);
    await host.close();
  });

  it('drops the oldest of a full queue and says how many', async () => {
    let down = true;
    const { host, clock, texts } = start(() => down, { queueLimit: 5, maxAttempts: 1 });
    for (let i = 0; i < 20; i++) host.notify(steppedDown({ instance: `agent-${i}` }));
    await settle();
    down = false;
    await clock.advance(30_000);
    const delivered = texts().slice(1);
    expect(delivered).toHaveLength(5);
    expect(delivered[0]).toContain('<code>agent-15</code>');
    expect(delivered[0]).toContain('15 earlier messages could not be delivered.');
    expect(delivered[1]).not.toContain('earlier');
  });

  it('delivers what is queued and held back when it is closed', async () => {
    const { host, texts } = start(() => false, { throttleMs: 300_000 });
    host.notify(steppedDown());
    host.notify(steppedDown());
    host.notify(steppedDown());
    await host.close();
    expect(texts()).toHaveLength(2);
    expect(texts()[1]).toContain('and 1 more in the last second');
    host.notify(restored());
    await settle();
    expect(texts()).toHaveLength(2);
  });

  it('asks a dead channel once more when it is closed, and lets go', async () => {
    let down = true;
    const { host, clock, texts, sent } = start(() => down, { maxAttempts: 1 });
    host.notify(steppedDown());
    await settle();
    down = false;
    await host.close();
    expect(texts()).toHaveLength(2);
    expect(clock.delays).toEqual([]);

    down = true;
    const other = start(() => down, { maxAttempts: 1 });
    other.host.notify(steppedDown());
    await other.host.close();
    expect(other.sent).toHaveLength(2);
    expect(other.clock.delays).toEqual([]);
    expect(sent).toHaveLength(2);
  });

  it('closes within its deadline when the channel hangs', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const host = attach(createTelegramNotifier({ token: '1:a', chatId: 1, fetch: hang, closeTimeoutMs: 3_000 }), clock);
    host.notify(steppedDown());
    let closed = false;
    const closing = host.close().then(() => (closed = true));
    await clock.advance(2_999);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(clock.delays).toEqual([]);
  });

  it('aborts a request whose time is up', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const signals: AbortSignal[] = [];
    const fetch: typeof globalThis.fetch = (_url, init) => {
      if (init?.signal) signals.push(init.signal);
      return new Promise<Response>(() => undefined);
    };
    const host = attach(createTelegramNotifier({ token: '1:a', chatId: 1, fetch, sendTimeoutMs: 2_000 }), clock);
    host.notify(steppedDown());
    await clock.advance(1_999);
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    await clock.advance(1);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    const closing = host.close();
    await clock.advance(5_000);
    await closing;
  });

  it.each([
    ['webhook', (options: HttpNotifierOptions) => createWebhookNotifier({ url, secret, ...options })],
    ['slack', (options: HttpNotifierOptions) => createSlackNotifier({ webhookUrl: url, ...options })],
  ])(
    'takes the status of a %s for its answer: what trickles in behind a 200 is not waited for',
    async (_name, make) => {
      const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
      let cancelled = 0;
      const { fetch, sent } = fakeFetch(
        clock,
        () => new Response(new ReadableStream({ cancel: () => void cancelled++ })),
      );
      const host = attach(make({ fetch }), clock);
      host.notify(steppedDown());
      // Signing takes turns of the event loop, not of the clock.
      await until(() => sent.length > 0);
      await clock.advance(60_000);
      expect({ sent: sent.length, changes: host.changes, cancelled }).toEqual({ sent: 1, changes: [], cancelled: 1 });
      await host.close();
    },
  );

  it.each([
    ['webhook', (options: HttpNotifierOptions) => createWebhookNotifier({ url, secret, ...options })],
    ['slack', (options: HttpNotifierOptions) => createSlackNotifier({ webhookUrl: url, ...options })],
    ['telegram', (options: HttpNotifierOptions) => createTelegramNotifier({ token: '1:a', chatId: 1, ...options })],
  ])('keeps what a %s that has moved did not take', async (_name, make) => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const moved = () => new Response(null, { status: 308, headers: { location: 'https://elsewhere.example' } });
    const { fetch, sent } = fakeFetch(clock, (turn) => (turn === 0 ? moved() : sentByTelegram()));
    const host = attach(make({ fetch }), clock);
    host.notify(steppedDown());
    await until(() => host.changes.length === 1);
    await clock.advance(600_000);
    await until(() => host.changes.length === 2);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.body).toEqual(sent[0]?.body);
    await host.close();
  });

  it.each([
    ['webhook', 408, (options: HttpNotifierOptions) => createWebhookNotifier({ url, secret, ...options })],
    ['webhook', 425, (options: HttpNotifierOptions) => createWebhookNotifier({ url, secret, ...options })],
    ['slack', 408, (options: HttpNotifierOptions) => createSlackNotifier({ webhookUrl: url, ...options })],
  ])('asks a %s that answers %i again after a second', async (_name, status, make) => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const { fetch, sent } = fakeFetch(clock, (turn) => new Response('', { status: turn === 0 ? status : 200 }));
    const host = attach(make({ fetch }), clock);
    host.notify(steppedDown());
    await until(() => clock.delays.includes(1_000));
    await clock.advance(1_000);
    await until(() => sent.length === 2);
    await host.close();
    expect(host.changes).toEqual([]);
  });

  it.each([
    ['webhook', (options: HttpNotifierOptions) => createWebhookNotifier({ url, secret, ...options })],
    ['slack', (options: HttpNotifierOptions) => createSlackNotifier({ webhookUrl: url, ...options })],
  ])('gives a message up that a %s cannot take, and sends the next one', async (_name, make) => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const { fetch, sent } = fakeFetch(clock, (turn) => new Response('', { status: turn === 0 ? 413 : 200 }));
    const host = attach(make({ fetch, throttleMs: 0 }), clock);
    host.notify(steppedDown({ instance: 'too-large' }));
    host.notify(steppedDown({ instance: 'next' }));
    await until(() => host.changes.length === 2);
    expect(sent.map(({ body }) => /too-large|next/u.exec(JSON.stringify(body))?.[0])).toEqual(['too-large', 'next']);
    expect(host.changes).toMatchObject([{ state: 'failing', error: { status: 413 } }, { state: 'recovered' }]);
    await host.close();
  });

  it('drops the message that failed where the queue has filled behind it', async () => {
    const lines: string[] = [];
    const answers: (() => void)[] = [];
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const notifier = createTelegramNotifier({
      token: '1:a',
      chatId: 1,
      throttleMs: 0,
      queueLimit: 1,
      maxAttempts: 1,
      logger: { debug: (line) => lines.push(line) },
      fetch: () => new Promise((resolve) => answers.push(() => resolve(new Response('', { status: 502 })))),
    });
    const host = attach(notifier, clock);
    host.notify(steppedDown({ instance: 'first' }));
    await until(() => answers.length === 1);
    host.notify(steppedDown({ instance: 'second' }));
    answers[0]?.();
    await until(() => host.changes.length === 1);
    expect(lines).toContain('telegram: 1 message lost, the queue is full');
    const closing = host.close();
    await until(() => answers.length === 2);
    answers[1]?.();
    await closing;
    expect(host.changes.at(-1)).toMatchObject({ state: 'failing', dropped: 2 });
  });

  it('reads no more of an answer than it needs', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    let pulled = 0;
    const endless = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1;
            controller.enqueue(new Uint8Array(4_096).fill(97));
          },
        }),
        { status: 500 },
      );
    const { fetch } = fakeFetch(clock, endless);
    const host = attach(createTelegramNotifier({ token: '1:a', chatId: 1, fetch, maxAttempts: 1 }), clock);
    host.notify(steppedDown());
    await settle(20);
    expect(host.changes).toHaveLength(1);
    expect(pulled).toBeLessThan(10);
    await host.close();
  });

  it('serves two failovers with one queue and one throttle; the last one to close delivers the rest', async () => {
    const { host, notifier, clock, texts } = start(() => false, { throttleMs: 300_000 });
    const other = attach(notifier, clock);
    host.notify(steppedDown());
    other.notify(steppedDown());
    await settle();
    expect(texts()).toHaveLength(1);
    await host.close();
    expect(texts()).toHaveLength(1);
    other.notify(restored());
    await other.close();
    expect(texts()).toHaveLength(2);
    expect(texts()[1]).toMatch(/Back on tier 1[^]*and 1 more/);
  });

  it('sends what holds of each of two failovers whose instances have the same name', async () => {
    const { host, notifier, clock, texts } = start(() => false, { throttleMs: 300_000 });
    const other = attach(notifier, clock);
    const failing = { state: 'failing', error: new StoreError({ operation: 'load', message: 'down' }), at: 0 } as const;
    host.notify(steppedDown());
    host.notify(restored());
    host.notify(steppedDown());
    other.notify(steppedDown({ from: claude, to: gpt }));
    for (const each of [other, host]) each.notify({ event: 'store-error', payload: failing });
    other.notify({ event: 'store-error', payload: { state: 'recovered', at: 0 } });
    await clock.advance(300_000);
    const words = texts().map(
      (text) => /(Stepped down|Back on|The store is failing|The store works again)/.exec(text)?.[1],
    );
    expect(words.slice(0, 2)).toEqual(['Stepped down', 'Back on']);
    const count = (word: string) => words.filter((each) => each === word).length;
    expect([count('Stepped down'), count('Back on'), count('The store is failing')]).toEqual([3, 1, 2]);
    expect(words.at(-1)).toBe('The store is failing');
    await Promise.all([host.close(), other.close()]);
  });

  it('delivers for a failover that came and went while another one was closing', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const answers: (() => void)[] = [];
    const fetch: typeof globalThis.fetch = () =>
      new Promise((resolve) => answers.push(() => resolve(sentByTelegram())));
    const notifier = createTelegramNotifier({ token: '1:a', chatId: 1, fetch });
    const first = attach(notifier, clock);
    first.notify(steppedDown());
    const firstClosed = first.close();
    const second = attach(notifier, clock);
    second.notify(restored());
    second.notify(restored());
    await settle();
    const secondClosed = second.close();
    for (let turn = 0; turn < 4; turn++) {
      for (const answer of answers) answer();
      await settle();
    }
    await Promise.all([firstClosed, secondClosed]);
    // The second failover's two: one at once, one that was held back until it closed.
    expect(answers).toHaveLength(3);
    expect(clock.delays).toEqual([]);
  });

  it('survives a host, a link and a logger that throw', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const { fetch, sent } = fakeFetch(clock, () => new Response('', { status: 403 }));
    const notifier = createTelegramNotifier({ token: '1:a', chatId: 1, fetch, link: boom });
    const line = notifier.attach({ clock, onStateChange: boom });
    line.notify(steppedDown());
    await settle();
    expect(sent).toHaveLength(1);
    await line.close();
    const lines: string[] = [];
    const link = (): never => {
      throw 'boom' as never;
    };
    const odd = createTelegramNotifier({
      token: '1:a',
      chatId: 1,
      fetch,
      link,
      logger: { debug: (l) => lines.push(l) },
    });
    const third = attach(odd, clock);
    third.notify(steppedDown());
    await third.close();
    expect(lines[0]).toBe('telegram: caught a thrown value');
    const noisy = createTelegramNotifier({ token: '1:a', chatId: 1, fetch, logger: { debug: boom } });
    const other = noisy.attach({ clock, onStateChange: () => undefined });
    expect(() => other.notify(steppedDown())).not.toThrow();
    await other.close();
  });

  it('sets no timer that would ring at once for a wait of months', async () => {
    const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
    const months = () => Response.json({ ok: false, parameters: { retry_after: 9_000_000 } }, { status: 429 });
    const { fetch, sent } = fakeFetch(clock, months);
    const host = attach(createTelegramNotifier({ token: '1:a', chatId: 1, fetch }), clock);
    host.notify(steppedDown());
    await settle();
    expect(sent).toHaveLength(1);
    // What every runtime's timers hold; a longer delay rings after a millisecond.
    expect(clock.delays).toEqual([2 ** 31 - 1]);
    await host.close();
  });

  it('does not tell of itself', async () => {
    const { host, sent } = start(() => false);
    host.notify({ event: 'notifier-error', payload: { notifier: 'telegram', state: 'failing', at: 0 } });
    host.notify({ event: 'notifier-error', payload: { notifier: 'slack', state: 'failing', at: 0 } });
    await settle();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.body['text']).toContain('<code>slack</code>');
  });

  it.each([
    [{ events: ['tier-change'] as const }, ['down', 'up', 'other']],
    [{ directions: ['down'] as const }, ['down', 'other', 'paused']],
    [{ kinds: ['timeout'] }, ['up', 'paused']],
    [{ kinds: ['quota'] }, ['down', 'up', 'other', 'paused']],
    [{ instances: ['agent-2'] }, ['other', 'paused']],
    [{ events: ['tier-change'] as const, directions: ['up'] as const, instances: ['support-bot'] }, ['up']],
    [undefined, ['down', 'up', 'other', 'paused']],
  ])('tells what the filter %j lets through', async (filter, expected) => {
    const { host, texts } = start(() => false, filter && { filter });
    const at = 0;
    host.notify(steppedDown());
    host.notify(restored());
    host.notify(steppedDown({ instance: 'agent-2' }));
    host.notify({
      event: 'paused',
      payload: { target: { all: true }, source: 'operator', by: 'ann', reason: 'drill', at, origin: 'local' },
    });
    host.notify({
      event: 'retry',
      payload: {
        instance: 'support-bot',
        tier: { index: 0, provider: 'a', model: 'b' },
        kind: 'timeout',
        attempt: 2,
        delayMs: 1,
        at,
      },
    });
    await settle(20);
    const signs = { down: /Stepped down[^]*support-bot/, up: /Back on/, other: /agent-2/, paused: /Paused/ };
    const told = Object.entries(signs).filter(([, sign]) => texts().some((text) => sign.test(text)));
    expect(told.map(([name]) => name)).toEqual(expected);
    expect(texts()).toHaveLength(expected.length);
  });
});
