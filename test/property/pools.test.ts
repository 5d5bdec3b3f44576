import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import { createFailover, createMemoryStore, type PolicyOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError } from '../support/scripted.js';

/** What a key does on its next call. */
interface Turn {
  takesMs: number;
  fails: 'none' | 'auth' | 'limit' | 'model-limit' | 'overloaded' | 'network' | 'invalid';
  waitSeconds: number;
}

interface Step {
  afterMs: number;
  session: number;
}

interface Play {
  order: 'fill' | 'least-used' | 'session';
  recovery: 'probe' | 'on-success';
  onExhausted: 'wrap' | 'throw';
  isFleet: boolean;
  turns: Turn[][];
  steps: Step[];
}

const keys = ['a', 'b', 'c'];
const chain = (order: Play['order']) =>
  [
    { provider: 'p', model: 'm', credentials: keys, order },
    { provider: 'p', model: 'small', credentials: keys.slice(0, 2), order },
    { provider: 'q', model: 'n' },
  ] as const;
const tierCount = 6;

const turn = fc.record({
  takesMs: fc.constantFrom(0, 0, 5, 3000),
  fails: fc.constantFrom('none', 'none', 'auth', 'limit', 'limit', 'model-limit', 'overloaded', 'network', 'invalid'),
  waitSeconds: fc.integer({ min: 1, max: 40 }),
} as const);
const plays: fc.Arbitrary<Play> = fc.record({
  order: fc.constantFrom('fill', 'least-used', 'session'),
  recovery: fc.constantFrom('probe', 'on-success'),
  onExhausted: fc.constantFrom('wrap', 'throw'),
  isFleet: fc.boolean(),
  turns: fc.array(fc.array(turn, { minLength: 1, maxLength: 12 }), { minLength: tierCount, maxLength: tierCount }),
  steps: fc.array(fc.record({ afterMs: fc.constantFrom(0, 1, 500, 4000, 20_000), session: fc.nat(5) }), {
    minLength: 1,
    maxLength: 30,
  }),
} as const);

function errorOf({ fails, waitSeconds }: Turn): unknown {
  const headers = { 'retry-after': String(waitSeconds) };
  switch (fails) {
    case 'auth':
      return apiError(401);
    case 'limit':
      return apiError(429, { message: 'Too many requests', headers });
    case 'model-limit':
      return apiError(429, { message: 'Rate limit reached for gpt-4o in organization', headers });
    case 'overloaded':
      return apiError(529, { headers });
    case 'network':
      return Object.assign(new Error('fetch failed'), { code: 'ECONNREFUSED' });
    default:
      return apiError(400, { code: 'invalid_request_error' });
  }
}

/** One request, and what came before it in the same call. */
interface Request {
  call: number;
  tier: { provider: string; model: string; credential: string | undefined };
  startedAt: number;
  /** Failed requests of the same call before it. */
  before: { tier: Request['tier']; fails: Turn['fails'] }[];
}

/** Plays the calls, each as it comes, and looks at every request before it is answered. */
async function play(each: Play, look: (request: Request, waits: Map<string, number>) => void) {
  const clock = createManualClock();
  const policy: PolicyOptions = { recovery: each.recovery, onExhausted: each.onExhausted };
  const store = createMemoryStore({ now: () => clock.now() });
  const shared = each.isFleet ? ({ store, share: 'rests' } as const) : {};
  const failover = createFailover({ chain: chain(each.order), clock, policy, ...shared });
  const told: string[] = [];
  failover.on('tier-change', ({ from, to, direction }) => {
    if (from.provider === to.provider && from.model === to.model) told.push(direction);
  });
  const turns = each.turns.map((own) => [...own]);
  /** Until when each key has asked to be left alone, as its caller knows it. */
  const waits = new Map<string, number>();
  const broken: unknown[] = [];
  const endings: Promise<unknown>[] = [];
  for (const [call, { afterMs, session }] of each.steps.entries()) {
    await clock.advance(afterMs);
    const before: Request['before'] = [];
    const ending = failover.run(
      async ({ provider, model, credential }, { index }) => {
        const tier = { provider, model, credential };
        try {
          look({ call, tier, startedAt: clock.now(), before: [...before] }, waits);
        } catch (error) {
          broken.push(error);
        }
        const own = turns[index]!;
        const now = own.length > 1 ? own.shift()! : own[0]!;
        if (now.takesMs > 0) await new Promise<void>((resolve) => void clock.setTimeout(resolve, now.takesMs));
        if (now.fails === 'none') return index;
        before.push({ tier, fails: now.fails });
        if (now.fails === 'limit' || now.fails === 'model-limit') {
          const names = now.fails === 'limit' ? ['m', 'small'] : [model];
          const until = clock.now() + now.waitSeconds * 1000;
          for (const name of names) {
            const id = `${provider}/${name}@${credential ?? ''}`;
            waits.set(id, Math.max(waits.get(id) ?? 0, until));
          }
        }
        throw errorOf(now);
      },
      { session: `session-${session}` },
    );
    endings.push(ending.catch(() => undefined));
  }
  await clock.advance(60_000);
  await Promise.all(endings);
  await failover.close();
  if (broken.length > 0) throw broken[0];
  return told;
}

describe('Several keys for one model: what never happens', () => {
  test('two keys are tried for a failure that is the provider’s or the model’s', () =>
    fc.assert(
      fc.asyncProperty(plays, async (each) => {
        await play(each, ({ tier, before }) => {
          for (const { tier: failed, fails } of before) {
            const covered =
              (fails === 'network' && tier.provider === failed.provider) ||
              (fails === 'overloaded' && tier.provider === failed.provider && tier.model === failed.model);
            if (covered) expect(tier.credential).toBe(failed.credential);
          }
        });
      }),
      { numRuns: 300 },
    ));

  test('a key is asked again inside the wait that it named', () =>
    fc.assert(
      fc.asyncProperty(plays, async (each) => {
        await play(each, ({ tier, startedAt }, waits) => {
          const until = waits.get(`${tier.provider}/${tier.model}@${tier.credential ?? ''}`) ?? 0;
          expect(startedAt).toBeGreaterThanOrEqual(until);
        });
      }),
      { numRuns: 300 },
    ));

  test('a key of equal rank is told to be back', () =>
    fc.assert(
      fc.asyncProperty(plays, async (each) => {
        fc.pre(each.order !== 'fill');
        expect(await play(each, () => undefined)).not.toContain('up');
      }),
      { numRuns: 200 },
    ));

  test('a session leaves its key while that works', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ session: fc.nat(9), afterMs: fc.nat(20_000), fails: fc.option(fc.nat(3)) })),
        async (steps) => {
          const clock = createManualClock();
          const pool = [
            { provider: 'p', model: 'm', credentials: ['a', 'b', 'c', 'd'], order: 'session' },
            'q/n',
          ] as const;
          const own = createFailover({ chain: pool, clock });
          const failover = createFailover({ chain: pool, clock });
          for (const { session: number, afterMs, fails } of steps) {
            await clock.advance(afterMs);
            const session = `session-${number}`;
            const { index: home } = await own.run(async () => 1, { session });
            const asked: number[] = [];
            const { restUntil } = (await failover.state('default')).tiers[home]!;
            const rests = (restUntil ?? 0) > clock.now();
            await failover.run(
              async (_, { index }) => {
                asked.push(index);
                if (index !== fails) return 1;
                throw errorOf({ takesMs: 0, fails: 'limit', waitSeconds: 10 });
              },
              { session },
            );
            if (rests) expect(asked).not.toContain(home);
            else expect(asked[0]).toBe(home);
          }
        },
      ),
      { numRuns: 200 },
    ));
});
