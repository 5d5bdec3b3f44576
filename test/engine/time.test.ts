import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFailover, type Tier } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded } from '../support/scripted.js';

/** The failover on the machine's own two clocks: the one that people set, and the one that counts while it is awake. */
function onBothClocks() {
  const time = { wall: 1_790_000_000_000, awake: 5000 };
  vi.spyOn(Date, 'now').mockImplementation(() => time.wall);
  vi.spyOn(performance, 'now').mockImplementation(() => time.awake);
  return { time, failover: createFailover({ chain: ['a/1', 'b/2'] }) };
}

/** A failover on one clock that can be set back; its primary is down until told otherwise. */
function onOneClock() {
  const time = createManualClock();
  const state = { offsetMs: 0, isDown: true, asked: [] as number[] };
  const clock = {
    now: () => time.now() + state.offsetMs,
    setTimeout: time.setTimeout.bind(time),
    clearTimeout: time.clearTimeout.bind(time),
  };
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock });
  const call = async (_tier: Tier, { index }: { index: number }) => {
    state.asked.push(index);
    if (index === 0 && state.isDown) throw overloaded();
    return index;
  };
  return { time, state, failover, call };
}

const HOUR = 3_600_000;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the clocks of the machine', () => {
  it('measures how long a call took by the one that nobody sets', async () => {
    const { time, failover } = onBothClocks();
    const { attempts } = await failover.run(async () => {
      time.awake += 40.4;
      time.wall -= HOUR;
    });
    expect(attempts).toEqual([{ tier: 'a/1', index: 0, ok: true, durationMs: 40 }]);
  });

  it('never gives a negative duration, also of an attempt that failed while the clock was set back', async () => {
    const { time, failover } = onBothClocks();
    const { attempts } = await failover.run(async (_, { index }) => {
      time.awake += 30;
      if (index === 1) return 'answer';
      time.wall -= HOUR;
      throw overloaded();
    });
    expect(attempts.map(({ durationMs }) => durationMs)).toEqual([30, 30]);
  });

  it('goes back to the better tier within a second after a sleep that outlasted its rest', async () => {
    const { time, failover } = onBothClocks();
    const asked: number[] = [];
    const call = async () => failover.run(async (_, { index }) => void asked.push(index));
    await failover.record('default', { tier: 0, ok: false, kind: 'auth' });
    await call();

    time.wall += 24 * HOUR;
    time.awake += 1000;
    await call();
    await call();
    expect(asked).toEqual([1, 0, 0]);
  });

  it('knows when a failed call began: one from before the last failure of its tier steps nobody', async () => {
    const { time, failover } = onBothClocks();
    const late = failover.run(async (_, { index }) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (index === 0) throw overloaded();
    });
    time.awake += 2000;
    time.wall += 2000;
    await failover.record('default', { tier: 0, ok: false, kind: 'overloaded' });
    expect((await late).index).toBe(1);
    const { tiers } = await failover.state('default');
    expect(tiers.map(({ failures }) => failures)).toEqual([1, 0]);
  });

  it('knows it of an attempt that was under way while the clock was set back', async () => {
    const { time, failover } = onBothClocks();
    const late = failover.run(
      async (_, { index }) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (index === 0) throw overloaded();
      },
      { signal: new AbortController().signal },
    );
    time.awake += 5000;
    time.wall -= HOUR;
    await late;
    // The tier rests from the failure on, by the clock as it stands now.
    const [tier] = (await failover.state('default')).tiers;
    expect((tier?.restUntil ?? 0) - time.wall).toBe(7400);
  });

  it.each([-HOUR, HOUR])('a deadline neither hangs nor fires at once where the clock is set by %d ms', async (byMs) => {
    const { time, failover } = onBothClocks();
    const { value } = await failover.run(
      async (_, { index }) => {
        time.wall += byMs;
        time.awake += 100;
        if (index === 0) throw overloaded();
        return 'in time';
      },
      { deadlineMs: 1000 },
    );
    expect(value).toBe('in time');
    const error = await failover
      .run(
        async () => {
          time.wall += byMs;
          time.awake += 2000;
          throw overloaded();
        },
        { deadlineMs: 1000, instance: 'late' },
      )
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TIERFALL_DEADLINE' });
  });
});

describe('a clock that is set back', () => {
  it('leaves a rest its own length', async () => {
    const { time, state, failover, call } = onOneClock();
    await failover.run(call);
    state.isDown = false;
    await time.advance(1000);
    state.offsetMs = -HOUR;
    let seconds = 0;
    for (; (await failover.run(call)).value !== 0 && seconds < 100; seconds++) await time.advance(1000);
    // 7.4 s from when it is noticed, and the second before that.
    expect(seconds).toBeLessThanOrEqual(9);
  });

  it('after a recovery, takes no new failure for a late report of the old one', async () => {
    const { time, state, failover, call } = onOneClock();
    await failover.run(call);
    state.isDown = false;
    for (let each = 0; each < 5; each++) {
      await time.advance(10_000);
      await failover.run(call);
    }
    state.offsetMs = -HOUR;
    state.isDown = true;
    state.asked.length = 0;
    for (let each = 0; each < 50; each++) await failover.run(call);
    expect(state.asked.filter((index) => index === 0).length).toBeLessThanOrEqual(2);
  });
});
