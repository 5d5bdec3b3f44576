import * as fc from '../support/fast-check.js';
import { expect, test } from 'vitest';
import { createFailover, createMemoryStore, replay, type Failover, type StateStore } from '../../src/index.js';
import { createManualClock, type ManualClock } from '../../src/testing/manual-clock.js';
import { breakableStore } from './breakable-store.js';

const chain = ['a/1', 'b/2', 'c/3'] as const;
const tier = fc.nat(chain.length - 1);

type Act = (failover: Failover, now: number) => Promise<unknown>;
const does = (act: Act) => ({ act });
const acts = fc.oneof(
  fc
    .tuple(tier, fc.constantFrom(0, 5, 3000))
    .map(([at, age]) =>
      does((it, now) => it.record('bot', { tier: at, ok: false, kind: 'overloaded', startedAt: now - age })),
    ),
  tier.map((at) => does((it) => it.record('bot', { tier: at, ok: true }))),
  fc
    .tuple(tier, fc.constantFrom(-1, 3000))
    .map(([at, ms]) => does((it, now) => it.hold('bot', at, { by: 'ann', until: now + ms }))),
  fc.constantFrom('operator' as const, 'health' as const).chain((source) =>
    fc.constantFrom(
      does((it) => it.pause('bot', { source, by: source, reason: 'r' })),
      does((it) => it.resume('bot', { source, by: source })),
    ),
  ),
  fc.constantFrom(
    does((it) => it.reset('bot', { by: 'ann' })),
    does((it) => it.recordExternalTrigger('bot', 'over_budget')),
    does((it) => it.state('bot')),
  ),
);
const steps = fc.array(
  fc.record({
    afterMs: fc.constantFrom(0, 1, 5, 400, 2500, 9000),
    who: fc.nat(1),
    what: fc.oneof(
      { weight: 8, arbitrary: acts },
      fc.boolean().map((isDown) => ({ isDown })),
    ),
  }),
  { maxLength: 25 },
);

/** One process: its way to the store takes a while and can break, and it notes what it is told. */
function member(clock: ManualClock, inner: StateStore, policy: object, watches: boolean, delays: Iterator<number>) {
  const { store, network } = breakableStore(inner, watches, delays);
  const failover = createFailover({ chain, clock, store, policy });
  const told = { tier: 0, isPath: true, pauses: new Set<string>() };
  failover.on('tier-change', ({ from, to }) => {
    told.isPath &&= from.index === told.tier;
    told.tier = to.index;
  });
  failover.on('paused', ({ source }) => told.pauses.add(source));
  failover.on('resumed', ({ source, origin }) => {
    if (origin === 'local' && source === 'operator') told.pauses.clear();
    else told.pauses.delete(source);
  });
  return { failover, network, told };
}

test('two processes, delays and broken connections: each change is told once in each, and both end with the fold of one ledger', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom('wrap' as const, 'pause' as const, 'throw' as const),
      fc.boolean(),
      steps,
      fc.infiniteStream(fc.nat(6)),
      async (onExhausted, watches, script, delays) => {
        const clock = createManualClock();
        const inner = createMemoryStore();
        const policy = { onExhausted, cooldown: { initialMs: 2000, factor: 1, maxMs: 2000 } };
        const members = [0, 1].map(() => member(clock, inner, policy, watches, delays));
        for (const { failover } of members) await failover.state('bot');
        for (const { afterMs, who, what } of script) {
          await clock.advance(afterMs);
          const { failover, network } = members[who]!;
          if ('isDown' in what) network.isDown = what.isDown;
          else void what.act(failover, clock.now()).catch(() => undefined);
        }
        for (const { network } of members) network.isDown = false;
        for (let round = 0; round < 6; round++) {
          await clock.advance(20_000);
          for (const { failover } of members) await failover.state('bot');
        }
        const rows = (await members[0]!.failover.history('bot', { limit: 10_000 })).toReversed();
        const state = replay(rows, members[0]!.failover);
        for (const { failover, told } of members) {
          expect(await failover.state('bot')).toEqual(state);
          // Each change begins where the one before it ended.
          expect(told).toMatchObject({ isPath: true, tier: state.reportedTier });
          expect([...told.pauses].sort()).toEqual(state.pauses.map(({ source }) => source).sort());
        }
      },
    ),
    { numRuns: 300 },
  ));
