import { mock } from 'node:test';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createFailover, type Tier } from '../../src/index.js';
import { overloaded } from '../support/scripted.js';

/** A failover made with the real clock before anything is faked: as a module of the application under test would. */
const early = createFailover({ chain: ['a/1', 'b/2'] });

/** Takes a failover through a rest, a hanging provider and a wait; `tick` moves the fake time. */
async function walkThrough(failover: typeof early, tick: (ms: number) => void | Promise<void>) {
  const turn = () => new Promise<void>((resolve) => setImmediateUnfaked(resolve));
  let isDown = true;
  const call = async (_tier: Tier, { index }: { index: number }) => {
    if (index === 0 && isDown) throw overloaded();
    return index;
  };
  const seen: unknown[] = [(await failover.run(call)).value];
  const [tier] = (await failover.state('default')).tiers;
  seen.push((tier?.restUntil ?? 0) - Date.now());
  isDown = false;
  await tick(5000);
  seen.push((await failover.run(call)).value);
  await tick(15_000);
  seen.push((await failover.run(call)).value);

  const hanging = failover
    .run(() => new Promise<never>(() => undefined), { deadlineMs: 4000, instance: 'hangs' })
    .catch(({ code }: { code: string }) => code);
  for (let each = 0; each < 5; each++) {
    await turn();
    await tick(1000);
  }
  seen.push(await hanging);
  return seen;
}

const setImmediateUnfaked = setImmediate;

/** The fallback, a rest of 6.5 s, the fallback while it lasts, the primary after it, a deadline that passes. */
const expected = [1, 7400, 1, 0, 'TIERFALL_DEADLINE'];

describe('fake timers move a failover', () => {
  afterEach(() => {
    vi.useRealTimers();
    mock.timers.reset();
  });

  test('those of vitest', async () => {
    vi.useFakeTimers();
    const tick = async (ms: number) => void (await vi.advanceTimersByTimeAsync(ms));
    expect(await walkThrough(createFailover({ chain: ['a/1', 'b/2'] }), tick)).toEqual(expected);
  });

  test('those of vitest, also a failover that was made before', async () => {
    vi.useFakeTimers();
    const tick = async (ms: number) => void (await vi.advanceTimersByTimeAsync(ms));
    expect(await walkThrough(early, tick)).toEqual(expected);
  });

  test('those of node:test, which leave performance alone', async () => {
    mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.UTC(2026, 0, 1) });
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    expect(await walkThrough(failover, (ms) => mock.timers.tick(ms))).toEqual(expected);
  });

  test('those of jest, which put a clock of their own in the place of each global', async () => {
    const { tick, uninstall } = installLikeJest();
    try {
      expect(await walkThrough(createFailover({ chain: ['a/1', 'b/2'] }), tick)).toEqual(expected);
    } finally {
      uninstall();
    }
  });
});

/** What `jest.useFakeTimers()` does to the globals, by way of sinon's fake timers: each is replaced as a whole. */
function installLikeJest() {
  let now = Date.UTC(2026, 0, 1);
  const startedAt = now;
  let timers: { at: number; callback: () => void }[] = [];
  const RealDate = Date;
  class FakeDate extends RealDate {
    constructor(...given: [] | [number]) {
      super(given[0] ?? now);
    }
    static override now(): number {
      return now;
    }
  }
  const fakes: Record<string, unknown> = {
    Date: FakeDate,
    performance: { now: () => now - startedAt },
    setTimeout: (callback: () => void, ms: number) => {
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return timer;
    },
    clearTimeout: (timer: unknown) => (timers = timers.filter((each) => each !== timer)),
  };
  const real = Object.keys(fakes).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)!] as const);
  for (const [name, value] of Object.entries(fakes)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return {
    tick: (ms: number) => {
      const end = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
        if (!next) break;
        timers = timers.filter((each) => each !== next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
    uninstall: () => {
      for (const [name, descriptor] of real) Object.defineProperty(globalThis, name, descriptor);
    },
  };
}
