import { describe, expectTypeOf, it } from 'vitest';
import { createFailover, createMemoryStore, type Failover, type Tier } from '../../src/index.js';

describe('the tier type is inferred from the chain', () => {
  it('keeps literal providers and models of objects', () => {
    const failover = createFailover({
      chain: [
        { provider: 'anthropic', model: 'opus' },
        { provider: 'openai', model: 'gpt' },
      ],
    });
    type T = (typeof failover.chain)[number];
    expectTypeOf<T['provider']>().toEqualTypeOf<'anthropic' | 'openai'>();
    expectTypeOf<T['model']>().toEqualTypeOf<'opus' | 'gpt'>();
    expectTypeOf<Extract<T, { provider: 'anthropic' }>['model']>().toEqualTypeOf<'opus'>();
  });

  it('splits "provider/model" strings at the first slash', () => {
    const failover = createFailover({ chain: ['anthropic/opus', 'openrouter/meta/llama'] });
    type T = (typeof failover.chain)[number];
    expectTypeOf<T['provider']>().toEqualTypeOf<'anthropic' | 'openrouter'>();
    expectTypeOf<Extract<T, { provider: 'openrouter' }>['model']>().toEqualTypeOf<'meta/llama'>();
  });

  it('mixes strings and objects', () => {
    const failover = createFailover({ chain: ['anthropic/opus', { provider: 'openai', model: 'gpt', region: 'eu' }] });
    type T = (typeof failover.chain)[number];
    expectTypeOf<T['provider']>().toEqualTypeOf<'anthropic' | 'openai'>();
    expectTypeOf<Extract<T, { provider: 'openai' }>['region']>().toEqualTypeOf<'eu'>();
  });

  it('makes a tier with a credential of each key of a pool', () => {
    const failover = createFailover({
      chain: [
        { provider: 'openai', model: 'gpt', credentials: ['a', { name: 'b', fingerprint: 'h' }], region: 'eu' },
        'x/y',
      ],
    });
    type T = (typeof failover.chain)[number];
    expectTypeOf<Extract<T, { provider: 'openai' }>['credential']>().toEqualTypeOf<'a' | 'b'>();
    expectTypeOf<Extract<T, { provider: 'openai' }>['region']>().toEqualTypeOf<'eu'>();
    expectTypeOf<T['credential']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<T>().not.toHaveProperty('credentials');
    // @ts-expect-error not an order
    createFailover({ chain: [{ provider: 'openai', model: 'gpt', credentials: ['a'], order: 'random' }] });
  });

  it('makes a tier with a credential of any name where the names are not written in the chain', () => {
    const names: string[] = ['a', 'b'];
    const failover = createFailover({ chain: [{ provider: 'openai', model: 'gpt', credentials: names }] });
    expectTypeOf(failover.chain[0]!.credential).toEqualTypeOf<string>();
  });

  it("carries the host's own fields", () => {
    const client = { complete: (prompt: string) => Promise.resolve(prompt.length) };
    const failover = createFailover({
      chain: [{ provider: 'anthropic', model: 'opus', client, limits: { tokens: 100 } }],
    });
    type T = (typeof failover.chain)[number];
    expectTypeOf<T['client']>().toEqualTypeOf<typeof client>();
    expectTypeOf<T['limits']['tokens']>().toEqualTypeOf<100>();
  });

  it('reads a chain declared elsewhere, `as const` or not', () => {
    const exact = [{ provider: 'anthropic', model: 'opus' }] as const;
    expectTypeOf(createFailover({ chain: exact }).chain[0]!.model).toEqualTypeOf<'opus'>();

    interface MyTier extends Tier {
      readonly baseURL: string;
    }
    const declared: MyTier[] = [];
    expectTypeOf(createFailover({ chain: declared })).toEqualTypeOf<Failover<MyTier>>();

    const strings: string[] = [];
    expectTypeOf(createFailover({ chain: strings })).toEqualTypeOf<Failover>();
  });

  it('reads the legacy form of one provider and model', () => {
    const failover = createFailover({ provider: 'anthropic', model: 'opus', region: 'us' });
    type T = (typeof failover.chain)[number];
    expectTypeOf<T['provider']>().toEqualTypeOf<'anthropic'>();
    expectTypeOf<T['model']>().toEqualTypeOf<'opus'>();
    expectTypeOf<T['region']>().toEqualTypeOf<'us'>();
  });

  it('stays the same with every option given', () => {
    const failover = createFailover({
      chain: ['anthropic/opus'],
      policy: { onExhausted: 'wait', triggers: ['auth', 'token_budget'], cooldown: { initialMs: 1000 } },
      store: createMemoryStore(),
      share: 'rests',
      clock: { now: () => 0 },
      random: () => 0.5,
      notifiers: [],
      startup: [],
      logger: console,
      stalenessMs: 1,
      loadTimeoutMs: 1,
      storeTimeoutMs: 1,
    });
    expectTypeOf<(typeof failover.chain)[number]['provider']>().toEqualTypeOf<'anthropic'>();
  });
});

describe('what is wrong does not compile', () => {
  it('in a tier, an option or the policy', () => {
    const made = [
      // @ts-expect-error there is no such option
      createFailover({ chain: ['a/b'], stor: createMemoryStore() }),
      // @ts-expect-error a tier needs a model
      createFailover({ chain: [{ provider: 'anthropic' }] }),
      // @ts-expect-error no such trigger
      createFailover({ chain: ['a/b'], policy: { triggers: ['rate-limit'] } }),
      // @ts-expect-error no such policy
      createFailover({ chain: ['a/b'], policy: { onExhausted: 'retry' } }),
      // @ts-expect-error policy has no such key
      createFailover({ chain: ['a/b'], policy: { deadlineMS: 5 } }),
      // @ts-expect-error a clock has now()
      createFailover({ chain: ['a/b'], clock: {} }),
      // @ts-expect-error no such way of sharing
      createFailover({ chain: ['a/b'], share: 'everything' }),
    ];
    expectTypeOf(made).items.toExtend<Failover>();
  });
});
