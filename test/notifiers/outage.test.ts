import { describe, expect, it } from 'vitest';
import { createSessionWatcher, createTelegramNotifier } from '../../src/notifiers/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { attach, fakeFetch } from '../support/notifier-host.js';
import { restored, steppedDown } from '../support/notifications.js';

const HOUR_MS = 3_600_000;
const BURST = 10;
const WINDOWS = HOUR_MS / 300_000;

/** Every message of an hour, with the last one that was still held back at its end. */
function start() {
  const clock = createManualClock({ now: Date.UTC(2026, 10, 22, 2) });
  const { fetch, sent } = fakeFetch(clock);
  const notifier = createTelegramNotifier({ token: '1:a', chatId: 1, fetch });
  return { clock, sent, notifier };
}

/** Events told or counted by the messages. */
function accounted(sent: ReturnType<typeof start>['sent']): number {
  return sent.reduce((sum, { body }) => sum + 1 + Number(/and (\d+) more/.exec(String(body['text']))?.[1] ?? 0), 0);
}

describe('an outage of an hour', () => {
  it('with 1,000 sessions on a fallback sends what the throttle allows and not one more', async () => {
    const { clock, sent, notifier } = start();
    const watcher = createSessionWatcher({ clock, notifiers: [notifier] });
    const sessions = Array.from({ length: 1_000 }, (_, index) => `session-${index}`);
    for (const session of sessions) watcher.observe({ session, provider: 'openai', model: 'gpt-5' });
    // All sessions fall back in the first minute; each then answers every minute, on one fallback or the other.
    for (let minute = 0; minute < 60; minute++) {
      for (const [index, session] of sessions.entries()) {
        watcher.observe({
          session,
          provider: 'anthropic',
          model: (minute + index) % 2 === 0 ? 'claude' : 'claude-small',
        });
      }
      await clock.advance(60_000);
    }
    // Four kinds of news (gpt-5 to either fallback, either fallback to the other): ten of each one by one, then two
    // digests a window, for that is how the sessions part at any time.
    expect(sent).toHaveLength(4 * BURST + 2 * WINDOWS);
    const longest = Math.max(...sent.map(({ body }) => String(body['text']).length));
    expect(longest).toBeLessThan(4_096);
    await watcher.close();
  });

  it('that flaps every minute on 1,000 instances tells each direction once per window', async () => {
    const { clock, sent, notifier } = start();
    const host = attach(notifier, clock);
    for (let minute = 0; minute < 60; minute++) {
      for (let index = 0; index < 1_000; index++) {
        const given = { instance: `agent-${index}`, session: `session-${index}`, at: clock.now() };
        host.notify(minute % 2 === 0 ? steppedDown(given) : restored(given));
      }
      await clock.advance(60_000);
    }
    await host.close();
    // Each direction: ten one by one, then a digest at the end of each of eleven windows; at the end the last word.
    expect(sent).toHaveLength(2 * (BURST + WINDOWS - 1) + 1);
    expect(accounted(sent)).toBe(60_000);
    expect(sent.at(-1)?.body['text']).toMatch(/Back on tier 1/);
  });

  it('of one instance is told in one message an hour when nothing changes, and in two when it ends', async () => {
    const { clock, sent, notifier } = start();
    const host = attach(notifier, clock);
    host.notify(steppedDown());
    await clock.advance(HOUR_MS);
    expect(sent).toHaveLength(1);
    host.notify(restored());
    await clock.advance(HOUR_MS);
    expect(sent).toHaveLength(2);
    await host.close();
  });

  it('of one flapping instance sends one message per window and direction', async () => {
    const { clock, sent, notifier } = start();
    const host = attach(notifier, clock);
    for (let second = 0; second < 3_600; second += 10) {
      host.notify(second % 20 === 0 ? steppedDown({ at: clock.now() }) : restored({ at: clock.now() }));
      await clock.advance(10_000);
    }
    await clock.advance(600_000);
    expect(sent.length).toBeLessThanOrEqual(2 * (WINDOWS + 1));
    expect(accounted(sent)).toBe(360);
    expect(sent.at(-1)?.body['text']).toMatch(/Back on tier 1/);
    const times = (title: RegExp) => sent.filter(({ body }) => title.test(String(body['text']))).map(({ at }) => at);
    for (const title of [/Stepped down/, /Back on/]) {
      const gaps = times(title).map((at, index, all) => at - (all[index - 1] ?? -HOUR_MS));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(300_000);
    }
    await host.close();
  });
});
