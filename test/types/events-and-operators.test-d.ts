import { describe, expectTypeOf, it } from 'vitest';
import {
  createFailover,
  isTierfallError,
  type ChainExhaustedError,
  type Failover,
  type FailoverEvents,
  type Kind,
  type LedgerEvent,
  type State,
  type StoreError,
  type TierChangeEvent,
  type TierfallError,
  type EventTier,
} from '../../src/index.js';

const failover = createFailover({ chain: ['anthropic/opus', 'openai/gpt'] });
type T = (typeof failover.chain)[number];

describe('events', () => {
  it('are typed by name', () => {
    const stop = failover.on('tier-change', (event) => {
      expectTypeOf(event).toEqualTypeOf<TierChangeEvent>();
      expectTypeOf(event.from).toEqualTypeOf<EventTier>();
      expectTypeOf(event.direction).toEqualTypeOf<'down' | 'up' | 'reset'>();
      expectTypeOf(event.source).toEqualTypeOf<'auto' | 'operator' | 'external' | 'shared'>();
      expectTypeOf(event.origin).toEqualTypeOf<'local' | 'remote'>();
      expectTypeOf(event.until).toEqualTypeOf<number | undefined>();
    });
    expectTypeOf(stop).toEqualTypeOf<() => void>();
    failover.on('attempt-failed', ({ kind }) => expectTypeOf(kind).toEqualTypeOf<Kind>());
    failover.on('store-error', ({ error }) => expectTypeOf(error).toEqualTypeOf<StoreError | undefined>());
    // @ts-expect-error no such event
    failover.on('tier-changed', () => undefined);
  });

  it('are these thirteen', () => {
    expectTypeOf<keyof FailoverEvents>().toEqualTypeOf<
      | 'tier-change'
      | 'attempt-failed'
      | 'retry'
      | 'exhausted'
      | 'available'
      | 'paused'
      | 'resumed'
      | 'store-error'
      | 'notifier-error'
      | 'budget-warning'
      | 'budget-exceeded'
      | 'budget-unpriced'
      | 'config-updated'
    >();
  });

  it('name a tier and nothing else of it', () => {
    expectTypeOf<keyof EventTier>().toEqualTypeOf<'index' | 'provider' | 'model' | 'credential'>();
  });
});

describe('operators', () => {
  it('pause an instance, a provider or everything', () => {
    const pauses = [
      failover.pause('a', { by: 'ana', reason: 'why' }),
      failover.pause({ provider: 'openai' }, { by: 'ana', reason: 'why' }),
      failover.pause({ all: true }, { by: 'ana', reason: 'why' }),
      failover.for('a').pause({ by: 'ana', reason: 'why' }),
    ];
    expectTypeOf(pauses).toEqualTypeOf<Promise<void>[]>();
    // @ts-expect-error a pause says why
    void failover.pause('a', { by: 'ana' });
    // @ts-expect-error everything, or not
    void failover.pause({ all: false }, { by: 'ana', reason: 'why' });
  });

  it('read state and history', () => {
    expectTypeOf(failover.state('a')).resolves.toEqualTypeOf<State>();
    expectTypeOf(failover.history('a', { limit: 5 })).resolves.toEqualTypeOf<LedgerEvent[]>();
    expectTypeOf(failover.instances()).toEqualTypeOf<AsyncIterable<string>>();
  });
});

describe('hosts whose work runs elsewhere', () => {
  it('select a tier of the chain, or learn why there is none', async () => {
    const selection = await failover.select('a');
    if (selection.ok) {
      expectTypeOf(selection.tier).toEqualTypeOf<T>();
      expectTypeOf(selection.index).toEqualTypeOf<number>();
    } else {
      expectTypeOf(selection.reason).toEqualTypeOf<'paused' | 'resting'>();
      expectTypeOf(selection.retryAt).toEqualTypeOf<number | null>();
    }
  });

  it('report how it went', () => {
    const records = [
      failover.record('a', { tier: 0, ok: true, usage: { inputTokens: 1, outputTokens: 2 } }),
      failover.record('a', { tier: { provider: 'openai', model: 'gpt' }, ok: false, error: new Error('x') }),
      failover.record('a', { tier: 'openai/gpt', ok: false, kind: 'overloaded', retryAfterMs: 5 }),
    ];
    expectTypeOf(records).toEqualTypeOf<Promise<void>[]>();
    // @ts-expect-error no such kind
    void failover.record('a', { tier: 0, ok: false, kind: 'ratelimit' });
  });
});

describe('a failover handed around', () => {
  it('fits where one of any chain is wanted', () => {
    expectTypeOf(failover).toExtend<Failover>();
  });
});

describe('errors', () => {
  it('are recognised by marker and code', () => {
    const error: unknown = new Error('x');
    if (isTierfallError(error)) expectTypeOf(error).toExtend<TierfallError>();
    if (isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED')) expectTypeOf(error).toEqualTypeOf<ChainExhaustedError>();
    // @ts-expect-error no such code
    isTierfallError(new Error('x'), 'TIERFALL_OOPS');
  });

  it('are told apart by a switch over their code', () => {
    const error: unknown = new Error('x');
    if (!isTierfallError(error)) return;
    switch (error.code) {
      case 'TIERFALL_CHAIN_EXHAUSTED':
        expectTypeOf(error).toEqualTypeOf<ChainExhaustedError>();
        break;
      case 'TIERFALL_STORE':
        expectTypeOf(error).toEqualTypeOf<StoreError>();
        break;
      default:
        // @ts-expect-error only the two above were taken out of what it can be
        expectTypeOf(error.code).toExtend<'TIERFALL_CLOSED'>();
    }
  });
});
