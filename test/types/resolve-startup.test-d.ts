import { describe, expectTypeOf, it } from 'vitest';
import { createFailover, resolveStartup, type Attempt, type Tier } from '../../src/index.js';

class Client {
  readonly key = '';
}

describe('resolveStartup', () => {
  it('infers the runtime from resolve and the tier from the chain', async () => {
    const started = await resolveStartup({
      chain: ['anthropic/opus', { provider: 'openai', model: 'gpt', region: 'eu' }],
      resolve: async (tier, { index, signal }) => {
        expectTypeOf(tier.provider).toEqualTypeOf<'anthropic' | 'openai'>();
        expectTypeOf(index).toEqualTypeOf<number>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return new Client();
      },
    });
    expectTypeOf(started.runtime).toEqualTypeOf<Client>();
    expectTypeOf(started.tier.provider).toEqualTypeOf<'anthropic' | 'openai'>();
    expectTypeOf(started.remaining).toEqualTypeOf<(typeof started.tier)[]>();
    expectTypeOf(started.attempts).toEqualTypeOf<Attempt[]>();
    expectTypeOf(started.index).toEqualTypeOf<number>();
  });

  it('gives every tier a model, also one that inherits it', async () => {
    const { tier } = await resolveStartup({
      chain: [{ provider: 'anthropic', model: 'opus' }, { provider: 'bedrock', region: 'us' }, 'vertex'],
      resolve: (each) => each.model.length,
    });
    expectTypeOf(tier.model).toEqualTypeOf<string>();
    expectTypeOf(tier.provider).toEqualTypeOf<'anthropic' | 'bedrock' | 'vertex'>();
    expectTypeOf<Extract<typeof tier, { provider: 'bedrock' }>['region']>().toEqualTypeOf<'us'>();
  });

  it('reads a chain declared elsewhere', async () => {
    interface MyTier extends Tier {
      readonly baseURL: string;
    }
    const chain: MyTier[] = [];
    const { tier, remaining } = await resolveStartup({ chain, resolve: (each) => each.baseURL });
    expectTypeOf(tier).toEqualTypeOf<MyTier>();
    expectTypeOf(remaining).toEqualTypeOf<MyTier[]>();
  });

  it('hands over to createFailover', async () => {
    const { tier, remaining, attempts } = await resolveStartup({
      chain: ['anthropic/opus', { provider: 'openai', model: 'gpt', region: 'eu' }],
      resolve: () => new Client(),
    });
    const failover = createFailover({ chain: [tier, ...remaining], startup: attempts });
    expectTypeOf<(typeof failover.chain)[number]>().toEqualTypeOf<typeof tier>();
  });

  it('takes synchronous and asynchronous resolvers, and kinds to fall back on', () => {
    const started = resolveStartup({
      chain: ['a/b'],
      resolve: () => 1,
      fallbackOn: ['auth', 'timeout'],
      pinned: false,
    });
    expectTypeOf(started).resolves.toHaveProperty('runtime').toEqualTypeOf<number>();
    // @ts-expect-error no such kind
    void resolveStartup({ chain: ['a/b'], resolve: () => 1, fallbackOn: ['logged-out'] });
    // @ts-expect-error nothing says how to start
    void resolveStartup({ chain: ['a/b'] });
  });
});
