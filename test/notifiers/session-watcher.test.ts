import { describe, expect, it } from 'vitest';
import type { Observation, SessionWatcherOptions } from '../../src/notifiers/index.js';
import { createSessionWatcher } from '../../src/notifiers/index.js';
import type { Notification, Notifier } from '../../src/ports/notifier.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { usedHeap } from '../support/used-heap.js';

const primary = { provider: 'openai', model: 'gpt-5' };
const fallback = { provider: 'anthropic', model: 'claude-opus-4-5' };
const third = { provider: 'mistral', model: 'large' };

function start(options: SessionWatcherOptions = {}) {
  const clock = createManualClock({ now: 0 });
  const told: string[] = [];
  const describeOne = ({ event, payload }: Notification): void => {
    if (event !== 'session-change') return;
    told.push(`${clock.now() / 1000}s ${payload.session} ${payload.direction} ${payload.to.model}`);
  };
  const notifier: Notifier = { name: 'test', attach: () => ({ notify: describeOne, close: async () => undefined }) };
  const watcher = createSessionWatcher({ clock, notifiers: [notifier], ...options });
  return { clock, told, watcher, notifiers: [notifier] };
}

describe('the session watcher', () => {
  it('tells when a session leaves its first model and when it is back', () => {
    const { told, watcher } = start();
    watcher.observe({ session: 's1', ...primary });
    watcher.observe({ session: 's1', ...primary });
    expect(told).toEqual([]);
    watcher.observe({ session: 's1', ...fallback });
    watcher.observe({ session: 's1', ...fallback });
    watcher.observe({ session: 's1', ...primary });
    expect(told).toEqual(['0s s1 down claude-opus-4-5', '0s s1 up gpt-5']);
  });

  it('keeps nothing and leaves no timer behind once it is closed', async () => {
    const { clock, told, watcher } = start();
    await watcher.close();
    for (const model of [primary, fallback, primary, fallback]) watcher.observe({ session: 's1', ...model });
    expect([watcher.size, clock.pending, told]).toEqual([0, 0, []]);
  });

  it('throttles each session by itself and tells the last word in the end', async () => {
    const { clock, told, watcher } = start();
    for (const session of ['s1', 's2']) watcher.observe({ session, ...primary });
    for (let i = 0; i < 51; i++) {
      await clock.advance(1_000);
      watcher.observe({ session: 's1', ...(i % 2 === 0 ? fallback : primary) });
    }
    watcher.observe({ session: 's2', ...third });
    expect(told).toEqual(['1s s1 down claude-opus-4-5', '2s s1 up gpt-5', '51s s2 down large']);
    await clock.advance(300_000);
    expect(told.slice(3)).toEqual(['301s s1 down claude-opus-4-5']);
    await clock.advance(3_600_000);
    expect(told).toHaveLength(4);
  });

  it('tells a direction no sooner because the other one waited', async () => {
    const { clock, told, watcher } = start();
    const see = async (model: typeof primary, waitMs: number): Promise<void> => {
      watcher.observe({ session: 's1', ...model });
      await clock.advance(waitMs);
    };
    await see(primary, 0);
    await see(fallback, 10_000);
    await see(primary, 290_000);
    await see(fallback, 1_000);
    await see(primary, 4_000); // may be told at 310 s
    await see(third, 600_000);
    expect(told).toEqual([
      '0s s1 down claude-opus-4-5',
      '10s s1 up gpt-5',
      '300s s1 down claude-opus-4-5',
      '600s s1 down large',
    ]);
    expect(clock.pending).toBe(0);
  });

  it('throttles no longer when the wall clock is set back by a day', async () => {
    const { clock, told, notifiers } = start();
    let aheadMs = 86_400_000;
    const wallClock = { ...clock, now: () => clock.now() + aheadMs };
    const watcher = createSessionWatcher({ clock: wallClock, notifiers });
    for (const model of [primary, fallback, primary]) watcher.observe({ session: 's1', ...model });
    aheadMs = 0;
    await clock.advance(1_000);
    watcher.observe({ session: 's1', ...fallback });
    await clock.advance(300_000);
    expect(told).toEqual(['0s s1 down claude-opus-4-5', '0s s1 up gpt-5', '301s s1 down claude-opus-4-5']);
  });

  it('says nothing more of a session that ended where people believe it is', async () => {
    const { clock, told, watcher } = start();
    watcher.observe({ session: 's1', ...primary });
    watcher.observe({ session: 's1', ...fallback });
    watcher.observe({ session: 's1', ...third });
    watcher.observe({ session: 's1', ...fallback });
    await clock.advance(600_000);
    expect(told).toEqual(['0s s1 down claude-opus-4-5']);
  });

  it.each([undefined, null, ''])('skips the session id %j instead of lumping conversations together', (session) => {
    const { told, watcher } = start();
    watcher.observe({ session, ...primary });
    watcher.observe({ session, ...fallback });
    expect(told).toEqual([]);
    expect(watcher.size).toBe(0);
  });

  it('keeps equal session ids of two instances apart', () => {
    const { told, watcher } = start();
    watcher.observe({ instance: 'a', session: 's1', ...primary });
    watcher.observe({ instance: 'b', session: 's1', ...fallback });
    expect(told).toEqual([]);
    expect(watcher.size).toBe(2);
  });

  it.each([
    ['stop', 0],
    ['end_turn', 0],
    ['MAX_TOKENS', 0],
    ['content-filter', 0],
    ['tool-calls', 1],
    ['tool_use', 1],
    ['pause_turn', 1],
    ['something new', 1],
    [null, 1],
  ])('after the finish reason %j remembers %i sessions', (finishReason, remembered) => {
    const { watcher } = start();
    watcher.observe({ session: 's1', ...primary, finishReason });
    expect(watcher.size).toBe(remembered);
  });

  it('tells of a fallback that also ends the session, and of a last word that was still waiting', () => {
    const { told, watcher } = start();
    watcher.observe({ session: 's1', ...primary });
    watcher.observe({ session: 's1', ...fallback, finishReason: 'stop' });
    watcher.observe({ session: 's2', ...primary });
    watcher.observe({ session: 's2', ...fallback });
    watcher.observe({ session: 's2', ...third, finishReason: 'stop' });
    expect(told).toEqual(['0s s1 down claude-opus-4-5', '0s s2 down claude-opus-4-5', '0s s2 down large']);
    expect(watcher.size).toBe(0);
  });

  it('lets a host say what ends a session', () => {
    const { watcher } = start({ isTerminal: (reason) => reason === 'goodbye' });
    watcher.observe({ session: 's1', ...primary, finishReason: 'stop' });
    expect(watcher.size).toBe(1);
    watcher.observe({ session: 's1', ...primary, finishReason: 'goodbye' });
    expect(watcher.size).toBe(0);
  });

  it('forgets idle sessions', async () => {
    const { clock, told, watcher } = start({ idleMs: 60_000 });
    watcher.observe({ session: 's1', ...primary });
    await clock.advance(59_999);
    watcher.observe({ session: 's2', ...primary });
    expect(watcher.size).toBe(2);
    await clock.advance(1);
    watcher.observe({ session: 's2', ...primary });
    expect(watcher.size).toBe(1);
    watcher.observe({ session: 's1', ...fallback });
    expect(told).toEqual([]);
  });

  it('makes room by forgetting the session not seen for longest', () => {
    const { told, watcher } = start({ maxSessions: 2 });
    watcher.observe({ session: 's1', ...primary });
    watcher.observe({ session: 's2', ...primary });
    watcher.observe({ session: 's1', ...primary });
    watcher.observe({ session: 's3', ...primary });
    expect(watcher.size).toBe(2);
    watcher.observe({ session: 's1', ...fallback });
    expect(told).toEqual(['0s s1 down claude-opus-4-5']);
  });

  it('stays flat over a million sessions', () => {
    const { clock, told, watcher } = start();
    let heapAtTenth = 0;
    for (let i = 0; i < 1_000_000; i++) {
      if (i === 100_000) heapAtTenth = usedHeap();
      watcher.observe({ session: `session-${i}`, ...primary });
      if (i % 1_000 === 0) {
        // One in a thousand flaps, so that last words wait for the throttle as well.
        watcher.observe({ session: `session-${i}`, ...fallback });
        watcher.observe({ session: `session-${i}`, ...third });
      }
    }
    expect(watcher.size).toBe(10_000);
    // Nine hundred thousand sessions later: ten bytes each would be nine megabytes.
    expect(usedHeap() - heapAtTenth).toBeLessThan(4_000_000);
    expect(clock.delays.length).toBeLessThanOrEqual(10);
    // Told at once, and the last word when the session made room; the last ten still wait.
    expect(told).toHaveLength(1_990);
  });

  it('never throws on what a host hands it', () => {
    const { told, watcher } = start();
    const hostile: unknown[] = [null, undefined, 7, 'x', {}, { session: 7 }, { session: 's', provider: {}, model: [] }];
    for (const observation of hostile) {
      const observe = (): unknown =>
        Reflect.apply((given: Observation) => watcher.observe(given), undefined, [observation]);
      expect(observe).not.toThrow();
    }
    expect(told).toEqual([]);
  });

  it.each([
    [new TypeError('boom'), 'session watcher: caught a thrown TypeError'],
    ['boom', 'session watcher: caught a thrown value'],
  ])('says in a debug line that it caught %s', (thrown, line) => {
    const lines: string[] = [];
    const { watcher } = start({ logger: { debug: (text) => lines.push(text) } });
    watcher.observe({
      session: 's',
      model: 'm',
      get provider(): never {
        throw thrown;
      },
    });
    expect(lines).toEqual([line]);
  });

  it.each(['throttleMs', 'idleMs', 'maxSessions'])('refuses a wrong %s by name', (option) => {
    expect(() => createSessionWatcher({ notifiers: [], [option]: -1 })).toThrow(new RegExp(`^${option}: `));
  });
});
