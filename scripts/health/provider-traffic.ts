/** Attempts at one provider at a steady rate, watched by a real monitor: only what fails is played, the rest is counted. */
import { createMemoryStore, type Clock, type Failover } from 'tierfall';
import { createHealthMonitor } from 'tierfall/health';
import { createSeededRandom } from 'tierfall/testing';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

let played = 0;

/** Attempts so far. */
export function attempts(): number {
  return played;
}

export function providerTraffic({ everyMs, seed }: { everyMs: number; seed: number }) {
  const random = createSeededRandom(seed);
  const start = Date.UTC(2026, 0, 1);
  let now = start;
  let timers: Timer[] = [];
  let requests = 0;
  let tried = 0;
  let isPaused = false;
  const pauses: number[] = [];
  let onFailure: ((failure: object) => void) | undefined;
  const clock: Clock = {
    now: () => now,
    setTimeout(callback, delayMs) {
      const timer = { at: now + delayMs, callback };
      timers.push(timer);
      return timer;
    },
    clearTimeout(handle) {
      timers = timers.filter((timer) => timer !== handle);
    },
  };
  const store = createMemoryStore({ now: () => now });
  const access = {
    clock,
    holder: 'one',
    providers: ['p'],
    models: ['m'],
    isClosed: false,
    storeOk: () => true,
    ask: async (_operation: string, _key: string, request: (asked: typeof store) => Promise<unknown>) => {
      requests++;
      return await request(store);
    },
    onFailure: (listener: (failure: object) => void) => {
      onFailure = listener;
      return () => undefined;
    },
    attempts: () => tried,
    calls: () => 0,
    refresh: async () => undefined,
    pausesOf: (target: object) =>
      isPaused && 'provider' in target ? [{ source: 'health', by: 'm', reason: 'r', at: pauses.at(-1) }] : [],
    waitUntil: () => 0,
    place: async () => {
      isPaused = true;
      pauses.push(now);
      return true;
    },
    lift: async () => true,
    setRetryAt: () => undefined,
    refuseAll: () => undefined,
    // A canary answers at once: what is asked here is what pauses.
    admit: (_target: object, _by: string, { onEnd }: { onEnd: (end: string) => void }) => {
      isPaused = false;
      void Promise.resolve().then(() => onEnd('answered'));
      return { close: () => undefined };
    },
    onClose: () => undefined,
  };
  const watched = { on: () => () => undefined, [Symbol.for('tierfall.monitor-access')]: access };
  createHealthMonitor(watched as unknown as Failover);

  /** Lets what a failure or a timer has begun come to its end. */
  const settle = async () => {
    for (let before = -1; before !== requests; ) {
      before = requests;
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    }
  };
  const runTimers = async (until: number) => {
    for (;;) {
      const next = timers.reduce<Timer | undefined>(
        (first, timer) => (!first || timer.at < first.at ? timer : first),
        undefined,
      );
      if (!next || next.at > until) break;
      timers = timers.filter((timer) => timer !== next);
      now = Math.max(now, next.at);
      next.callback();
      await settle();
    }
  };

  return {
    /** Plays so long; `share(at)` of the attempts fail. When the provider was paused, in milliseconds from the start. */
    async run(lengthMs: number, share: (at: number) => number, afterPause: 'stop' | 'go on'): Promise<number[]> {
      for (let at = everyMs; at <= lengthMs; at += everyMs) {
        if (isPaused) {
          await runTimers(start + at);
          now = start + at;
          continue;
        }
        played++;
        const isFailed = random() < share(at);
        if (timers.some((timer) => timer.at <= start + at)) await runTimers(start + at);
        now = start + at;
        tried++;
        if (!isFailed) continue;
        onFailure?.({ instance: 'i', provider: 'p', kind: 'overloaded', code: undefined, startedAt: now, at: now });
        await settle();
        if (pauses.length > 0 && afterPause === 'stop') break;
      }
      return pauses.map((at) => at - start);
    },
  };
}
