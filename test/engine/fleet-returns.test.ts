import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, replay, type PolicyOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const chain = ['a/1', 'b/2'] as const;
const ownLadder = { cooldown: { initialMs: 10_000, factor: 1, maxMs: 10_000 } };

/** Processes of one fleet, and what their first tier does; answers take a second. */
function fleetOf(count: number, policy?: PolicyOptions) {
  const clock = createManualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const make = () => createFailover({ chain, clock, store, share: 'rests', ...(policy ? { policy } : {}) });
  const members = Array.from({ length: count }, make);
  const tier = { isDown: true, asked: 0 };
  /** So many calls of one member at once; how many of them the first tier answered. */
  const burst = async (member: number, size: number) => {
    const answers = Array.from({ length: size }, () =>
      members[member]!.run(
        async ({ provider }) => {
          if (provider !== 'a') return provider;
          tier.asked++;
          if (tier.isDown) throw Object.assign(new Error('Overloaded'), { status: 529 });
          await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1000));
          return provider;
        },
        { instance: `agent-${member}` },
      ),
    );
    await clock.advance(1000);
    return (await Promise.all(answers)).filter(({ value }) => value === 'a').length;
  };
  const state = (member: number) => members[member]!.state(`agent-${member}`);
  return { clock, members, tier, burst, state };
}

describe("share: 'rests': a tier that is back is back for all", () => {
  test('an answer to one ends the cooldowns of the others, and several of their calls go there at once', async () => {
    const { clock, tier, burst, state } = fleetOf(3);
    for (const member of [0, 1, 2]) await burst(member, 1);
    expect(tier.asked).toBe(2);
    tier.isDown = false;
    await clock.advance(2000);
    const before = (await state(1)).tiers[0]!;
    expect(before.restUntil).toBeGreaterThan(clock.now() + 3000);
    expect(await burst(0, 10)).toBe(0);
    expect(await burst(2, 10)).toBe(1);
    expect(await burst(1, 20)).toBe(8);
    expect(await burst(0, 20)).toBe(8);
    expect(clock.now()).toBeLessThan(before.restUntil! + 1000);
  });

  test('a tier that has failed here since that answer keeps its rest', async () => {
    const { clock, members, tier, burst, state } = fleetOf(3);
    for (const member of [0, 1]) await burst(member, 1);
    await clock.advance(3000);
    tier.isDown = false;
    expect(await burst(2, 1)).toBe(1);
    await members[1]!.record('agent-1', { tier: 0, ok: false, kind: 'overloaded' });
    const { restUntil } = (await state(1)).tiers[0]!;
    expect(restUntil).toBeGreaterThan(clock.now() + 7000);
    expect(await burst(2, 1)).toBe(1);
    expect(await burst(1, 1)).toBe(0);
    expect((await state(1)).tiers[0]!.restUntil).toBe(restUntil);
  });

  test('what is not the fleet’s, and a wait that the provider named, keep their length', async () => {
    const { clock, members, tier, burst } = fleetOf(5);
    for (const member of [0, 1]) await burst(member, 1);
    await members[3]!.record('agent-3', { tier: 0, ok: false, kind: 'timeout' });
    const alone = clock.now() + 7400;
    await clock.advance(2000);
    tier.isDown = false;
    expect(await burst(2, 1)).toBe(0);
    expect(await burst(2, 1)).toBe(1);
    expect(await burst(3, 1)).toBe(0);
    await clock.advance(alone - clock.now());
    expect(await burst(3, 1)).toBe(1);
    await members[4]!.record('agent-4', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 30_000 });
    await clock.advance(29_000);
    expect(await burst(4, 1)).toBe(0);
  });

  test('the state that a ledger leads to is the state, also after such an end', async () => {
    const { clock, members, tier, burst, state } = fleetOf(3);
    for (const member of [0, 1]) await burst(member, 1);
    await clock.advance(3000);
    tier.isDown = false;
    expect(await burst(2, 1)).toBe(1);
    expect(await burst(1, 1)).toBe(1);
    const rows = await members[1]!.history('agent-1', { limit: 100 });
    const { tier: index, tiers } = replay(rows.toReversed(), members[1]!);
    expect({ index, tiers }).toEqual({ index: 0, tiers: (await state(1)).tiers });
  });
});

describe("share: 'rests': how long a fleet rests a tier that is merely sick", () => {
  /** Seconds until somebody who has not failed may try. */
  const restSeconds = async (fleet: ReturnType<typeof fleetOf>, kind: 'overloaded' | 'auth') => {
    const { clock, members } = fleet;
    for (const member of [0, 1]) {
      await members[member]!.record(`agent-${clock.now()}-${member}`, { tier: 0, ok: false, kind });
    }
    await clock.settle();
    let seconds = 0;
    const stepMs = kind === 'auth' ? 1000 : 100;
    for (; seconds < 4000; seconds += stepMs / 1000) {
      const selection = await members[2]!.select(`fresh-${seconds}-${clock.now()}`);
      if (selection.ok && selection.index === 0) break;
      await clock.advance(stepMs);
    }
    return seconds;
  };

  test('by default half as long as one instance alone, until it has failed a dozen times', async () => {
    const fleet = fleetOf(3, { recovery: 'on-success' });
    const seconds: number[] = [];
    for (let failure = 1; failure <= 13; failure++) seconds.push(await restSeconds(fleet, 'overloaded'));
    for (const early of seconds.slice(0, 12)) expect(Math.abs(early - 3.75)).toBeLessThan(0.2);
    expect(Math.abs(seconds[12]! - 7.55)).toBeLessThan(0.2);
  });

  test('a ladder of the host’s own is kept to', async () => {
    const seconds = await restSeconds(fleetOf(3, { ...ownLadder, recovery: 'on-success' }), 'overloaded');
    expect(Math.abs(seconds - 10)).toBeLessThan(0.2);
  });

  test('what only a person mends rests as long as ever', async () => {
    expect(await restSeconds(fleetOf(3, { recovery: 'on-success' }), 'auth')).toBeGreaterThan(3599);
  });
});
