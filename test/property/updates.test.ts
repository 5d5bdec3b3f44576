import * as fc from '../support/fast-check.js';
import { expect, test } from 'vitest';
import { createFailover, createMemoryStore, isTierfallError, replay, type State, type Tier } from '../../src/index.js';
import { createManualClock } from '../../src/testing/index.js';
import { apiError, rateLimited } from '../support/scripted.js';

const idOf = ({ provider, model }: Tier) => `${provider}/${model}`;
const ids = ['a/1', 'a/2', 'b/1', 'c/1', 'd/1'];

type Step =
  | { do: 'update'; chain: string[]; process: number }
  | { do: 'call'; process: number; ends: ('ok' | 'down' | 'limited')[] }
  | { do: 'finish'; which: number }
  | { do: 'wait'; ms: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('update' as const),
      chain: fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1, maxLength: 4 }),
      process: fc.nat(1),
    }),
    fc.record({
      do: fc.constant('call' as const),
      process: fc.nat(1),
      ends: fc.array(fc.constantFrom('ok' as const, 'down' as const, 'limited' as const), { maxLength: 5 }),
    }),
    fc.record({ do: fc.constant('finish' as const), which: fc.nat(9) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 1000, 60_000, 3_600_000) }),
  ),
  { maxLength: 25 },
) as fc.Arbitrary<Step[]>;

/** A state as a ledger gives it back: what is only counted is in no row. */
function comparable({ tiers, ...rest }: State): unknown {
  const shown = tiers.map(({ restUntil, heldUntil, retryAfterUntil }) => ({ restUntil, heldUntil, retryAfterUntil }));
  return { ...rest, absent: [], tiers: shown };
}

test('updates between, before and after calls: a call never leaves the chain it began with, and states fit their chain', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const clock = createManualClock();
      const store = createMemoryStore();
      const make = () => createFailover({ chain: ['a/1', 'b/1'], store, clock, random: () => 0.5 });
      const failovers = [make(), make()];
      for (const failover of failovers) await failover.run(idOf);
      const open: { finish: () => void; done: Promise<void> }[] = [];
      const end = async ({ finish, done }: (typeof open)[number]) => {
        finish();
        await clock.settle();
        await done;
      };
      for (const step of sequence) {
        if (step.do === 'update') {
          await failovers[step.process]!.update({ chain: step.chain }, { by: 'ops' });
          await clock.settle();
          for (const failover of failovers) {
            expect(failover.chain.map(idOf)).toEqual(step.chain);
            expect((await failover.state('default')).ids).toEqual(step.chain);
          }
        } else if (step.do === 'call') {
          const failover = failovers[step.process]!;
          const began = failover.chain.map(idOf);
          const { promise, resolve } = Promise.withResolvers<void>();
          const ends = [...step.ends];
          const asked: string[] = [];
          const call = failover.run(async (tier) => {
            asked.push(idOf(tier));
            if (asked.length === 1) await promise;
            const how = ends.shift() ?? 'ok';
            if (how === 'down') throw apiError(503);
            if (how === 'limited') throw rateLimited(600);
            return idOf(tier);
          });
          const done = call.then(
            ({ tier, index, attempts }) => {
              expect(began[index]).toBe(idOf(tier));
              expect(attempts.at(-1)!.tier).toBe(began[index]);
            },
            (error: unknown) => {
              if (!isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED')) throw error;
            },
          );
          open.push({
            finish: resolve,
            done: done.then(() => {
              for (const id of asked) expect(began).toContain(id);
              expect(new Set(asked).size).toBe(asked.length);
            }),
          });
          await clock.settle();
        } else if (step.do === 'finish') {
          const [one] = open.splice(step.which % Math.max(1, open.length), 1);
          if (one) await end(one);
        } else await clock.advance(step.ms);
      }
      for (const each of open) await end(each);
      await clock.advance(2000);
      const [one, other] = await Promise.all(failovers.map((failover) => failover.state('default')));
      expect(one).toEqual(other);
      const rows = await failovers[0]!.history('default', { limit: 1000 });
      expect(comparable(replay(rows.toReversed(), { chain: [...failovers[0]!.chain] }))).toEqual(comparable(one!));
      for (const failover of failovers) await failover.close();
    }),
    { numRuns: 150 },
  );
});
