import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/notifiers/selection/throttle.js';
import { createThrottle } from '../../src/notifiers/selection/throttle.js';
import type { Notification } from '../../src/ports/notifier.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { usedHeap } from '../support/used-heap.js';
import { claude, gpt, restored, steppedDown } from '../support/notifications.js';

const windowMs = 300_000;

function start({ burst = 10 } = {}) {
  const clock = createManualClock({ now: 0 });
  const told: { at: number; notification: Notification; digest: Digest | undefined }[] = [];
  const emit = (notification: Notification, digest: Digest | undefined) =>
    told.push({ at: clock.now(), notification, digest });
  const throttle = createThrottle({ clock, windowMs, burst, emit });
  return { clock, told, throttle };
}

/** `down`, `up` and when, as a reader sees them. */
function wordsOf(told: ReturnType<typeof start>['told']): string[] {
  return told.map(({ at, notification, digest }) => {
    const word = 'direction' in notification.payload ? notification.payload.direction : notification.event;
    return `${at / 1000}s ${word}${digest === undefined ? '' : ` +${digest.more}`}`;
  });
}

describe('the throttle', () => {
  it('tells the first at once, counts the rest and says how many at the end of the window', async () => {
    const { clock, told, throttle } = start();
    for (let i = 0; i < 42; i++) {
      throttle.push(steppedDown());
      await clock.advance(1_000);
    }
    await clock.advance(windowMs);
    expect(wordsOf(told)).toEqual(['0s down', '300s down +40']);
    expect(told[1]?.digest).toEqual({ more: 40, periodMs: 299_000, others: [], unlisted: 0 });
  });

  it('waits for two windows at most when the wall clock is set back by a day', async () => {
    const { clock, told } = start();
    let aheadMs = 86_400_000;
    const wallClock = { ...clock, now: () => clock.now() + aheadMs };
    const emit = (notification: Notification) => told.push({ at: clock.now(), notification, digest: undefined });
    const throttle = createThrottle({ clock: wallClock, windowMs, burst: 10, emit });
    throttle.push(steppedDown());
    await clock.advance(1_000);
    throttle.push(restored());
    throttle.push(steppedDown());
    aheadMs = 0;
    await clock.advance(2 * windowMs);
    // Nobody looked at the clock between the change and the first window's end, so that one is waited for again.
    expect(wordsOf(told)).toEqual(['0s down', '1s up', '600s down']);
  });

  it('tells a restoration at once, also inside the window of its step-down', async () => {
    const { clock, told, throttle } = start();
    throttle.push(steppedDown());
    await clock.advance(10_000);
    throttle.push(restored());
    expect(wordsOf(told)).toEqual(['0s down', '10s up']);
  });

  it.each([
    { flaps: 3, last: 'up' },
    { flaps: 4, last: 'down' },
    { flaps: 99, last: 'up' },
    { flaps: 100, last: 'down' },
  ])('ends with the truth after $flaps changes', async ({ flaps, last }) => {
    const { clock, told, throttle } = start();
    throttle.push(steppedDown());
    for (let i = 0; i < flaps; i++) {
      await clock.advance(1_000);
      throttle.push(i % 2 === 0 ? restored() : steppedDown());
    }
    await clock.advance(2 * windowMs);
    const words = wordsOf(told);
    expect(words).toHaveLength(Math.min(3, flaps + 1));
    expect(words.at(-1)).toMatch(new RegExp(`^\\d+s ${last}`));
    // Every change was told or counted.
    expect(told.reduce((sum, { digest }) => sum + 1 + (digest?.more ?? 0), 0)).toBe(flaps + 1);
  });

  it('never lets a stale word of one pair of tiers follow a newer word of another', async () => {
    const { clock, told, throttle } = start();
    const third = { index: 2, provider: 'mistral', model: 'large' };
    throttle.push(steppedDown());
    throttle.push(restored());
    throttle.push(steppedDown());
    throttle.push(steppedDown({ from: claude, to: third }));
    await clock.advance(2 * windowMs);
    const targets = told.map(({ notification }) => ('to' in notification.payload ? notification.payload.to.model : ''));
    expect(targets).toEqual([claude.model, gpt.model, third.model]);
    expect(told[2]?.digest?.more).toBe(1);
  });

  it('tells a burst of instances one by one, then gathers the last word of each', async () => {
    const { clock, told, throttle } = start({ burst: 2 });
    for (let i = 0; i < 5; i++) throttle.push(steppedDown({ instance: `agent-${i}` }));
    await clock.advance(windowMs);
    expect(wordsOf(told)).toEqual(['0s down', '0s down', '300s down +2']);
    const digest = told[2]?.digest;
    expect(digest?.others.map(({ payload }) => 'instance' in payload && payload.instance)).toEqual([
      'agent-3',
      'agent-2',
    ]);
    expect(digest?.unlisted).toBe(0);
  });

  it('keeps to digests while it lasts, and begins anew after a quiet window', async () => {
    const { clock, told, throttle } = start({ burst: 1 });
    for (let i = 0; i < 4; i++) {
      throttle.push(steppedDown({ instance: `a${i}` }));
      throttle.push(steppedDown({ instance: `b${i}` }));
      await clock.advance(windowMs);
    }
    expect(wordsOf(told)).toEqual(['0s down', '300s down', '600s down +1', '900s down +1', '1200s down +1']);
    await clock.advance(windowMs);
    throttle.push(steppedDown({ instance: 'c' }));
    expect(told).toHaveLength(6);
  });

  it('tells another instance at once after a digest, as long as the burst lasts', async () => {
    const { clock, told, throttle } = start({ burst: 2 });
    throttle.push(steppedDown({ instance: 'a' }));
    throttle.push(steppedDown({ instance: 'a' }));
    await clock.advance(windowMs + 10_000);
    throttle.push(steppedDown({ instance: 'b' }));
    throttle.push(steppedDown({ instance: 'c' }));
    await clock.advance(windowMs);
    expect(wordsOf(told)).toEqual(['0s down', '300s down', '310s down', '600s down']);
  });

  it('lists what fits and counts the rest of ten thousand instances', async () => {
    const { clock, told, throttle } = start({ burst: 1 });
    for (let i = 0; i < 10_000; i++) throttle.push(steppedDown({ instance: `agent-${i}` }));
    await clock.advance(windowMs);
    expect(told).toHaveLength(2);
    expect(told[1]?.digest).toMatchObject({ more: 9_998, unlisted: 9_990 });
    expect(told[1]?.digest?.others).toHaveLength(8);
  });

  it('counts those for whom there was no room, also where other events have taken it, or followed', async () => {
    const { clock, told, throttle } = start({ burst: 1 });
    const third = { index: 2, provider: 'mistral', model: 'large' };
    const all = (about: (given: { instance: string }) => Notification, prefix: string) => {
      for (let i = 0; i < 1_500; i++) throttle.push(about({ instance: `${prefix}-${i}` }));
    };
    const sum = () => told.reduce((total, { digest }) => total + 1 + (digest?.more ?? 0), 0);
    all(steppedDown, 'a');
    all((given) => steppedDown({ ...given, to: third }), 'b');
    await clock.advance(windowMs);
    expect(sum()).toBe(3_000);
    all(steppedDown, 'c');
    all(restored, 'c');
    await clock.advance(2 * windowMs);
    expect(sum()).toBe(6_000);
  });

  it('holds no more than it can use of a hundred thousand instances', () => {
    const { throttle } = start({ burst: 1 });
    const before = usedHeap();
    for (let i = 0; i < 100_000; i++) throttle.push(steppedDown({ instance: `agent-${i}` }));
    // All of them would be some sixty megabytes.
    expect(usedHeap() - before).toBeLessThan(5_000_000);
    throttle.flush();
  });

  it('is not outwitted by a new model name for every event', async () => {
    const { clock, told, throttle } = start({ burst: 2 });
    for (let i = 0; i < 1_000; i++) {
      throttle.push(
        steppedDown({ instance: `agent-${i}`, to: { index: 1, provider: 'made-up', model: `model-${i}` } }),
      );
    }
    expect(told.length).toBeLessThanOrEqual(52);
    await clock.advance(windowMs);
    expect(told.length).toBeLessThanOrEqual(53);
  });

  it('tells of each key of a model that took over', () => {
    const { told, throttle } = start();
    const [a, b, c] = ['a', 'b', 'c'].map((credential, index) => ({ ...gpt, index, credential }));
    throttle.push(steppedDown({ from: a!, to: b! }));
    throttle.push(steppedDown({ from: b!, to: c! }));
    throttle.push(steppedDown({ from: b!, to: c! }));
    expect(wordsOf(told)).toEqual(['0s down', '0s down']);
    throttle.flush();
    expect(told).toHaveLength(3);
  });

  it('leaves no timer behind once nothing is held back', async () => {
    const { clock, throttle } = start();
    throttle.push(steppedDown());
    expect(clock.delays).toEqual([]);
    throttle.push(steppedDown());
    expect(clock.delays).toEqual([windowMs]);
    throttle.flush();
    expect(clock.delays).toEqual([]);
  });

  it('tells pauses and resumptions of one target in the right order', async () => {
    const { clock, told, throttle } = start();
    const base = { target: 'agent', source: 'operator', by: 'ann', at: 0, origin: 'local' } as const;
    const pause = (): void => throttle.push({ event: 'paused', payload: { ...base, reason: 'maintenance' } });
    const resume = (): void => throttle.push({ event: 'resumed', payload: base });
    pause();
    resume();
    pause();
    resume();
    pause();
    await clock.advance(windowMs);
    expect(wordsOf(told)).toEqual(['0s paused', '0s resumed', '300s paused +2']);
  });

  it("tells a person's pause at once beside a machine's, which the machine lifts alone", () => {
    const { told, throttle } = start();
    const base = { target: { provider: 'openai' }, reason: '', by: 'x', at: 0, origin: 'local' } as const;
    throttle.push({ event: 'paused', payload: { ...base, source: 'health' } });
    throttle.push({ event: 'paused', payload: { ...base, source: 'operator' } });
    throttle.push({ event: 'resumed', payload: { ...base, source: 'health' } });
    expect(wordsOf(told)).toEqual(['0s paused', '0s paused', '0s resumed']);
  });

  it('keeps a used-up budget that waits when an answer has no price', async () => {
    const { clock, told, throttle } = start();
    const about = { instance: 'bot', tier: gpt, at: 0, origin: 'local' } as const;
    const amounts = { scope: 'instance', used: 2, limit: 1, softLimit: 1, count: 'total', windowEndAt: 1 } as const;
    for (let i = 0; i < 2; i++) throttle.push({ event: 'budget-exceeded', payload: { ...about, ...amounts } });
    throttle.push({ event: 'budget-unpriced', payload: about });
    await clock.advance(windowMs);
    expect(wordsOf(told)).toEqual(['0s budget-exceeded', '0s budget-unpriced', '300s budget-exceeded']);
  });
});
