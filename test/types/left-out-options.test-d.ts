import { describe, expectTypeOf, test } from 'vitest';
import type { CallOptions, ClassifierRule, HistoryQuery, OutcomeReport } from '../../src/index.js';
import { createFailover, resolveStartup } from '../../src/index.js';
import { createTelegramNotifier } from '../../src/notifiers/index.js';
import { createSqliteStore } from '../../src/stores/sqlite.js';

declare const limit: number | undefined;
declare const signal: AbortSignal | undefined;
declare const name: string | undefined;

describe('an option that is `undefined` is one left out, also under exactOptionalPropertyTypes', () => {
  test('of a failover and its policy', () => {
    const failover = createFailover({
      chain: [{ provider: 'a', model: 'b', credential: name }, 'c/d'],
      policy: { deadlineMs: limit, retry: { maxAttempts: limit }, cooldown: { rate_limit: { maxMs: limit } } },
      store: undefined,
      logger: undefined,
      stalenessMs: limit,
    });
    expectTypeOf(failover.chain[0]!.provider).toEqualTypeOf<'a' | 'c'>();
  });

  test('of a call, also where the value is a stream', async () => {
    const failover = createFailover({ chain: ['a/b'], policy: undefined });
    const options = { signal, instance: name, deadlineMs: limit, isComplete: undefined };
    expectTypeOf(options).toExtend<CallOptions>();
    const { value } = await failover.run(async (tier) => tier.model, options);
    expectTypeOf(value).toEqualTypeOf<'b'>();
  });

  test('of what operators and hosts do', () => {
    const failover = createFailover({ chain: ['a/b'] });
    const act = () => [
      failover.hold('agent', 0, { by: 'ann', until: limit }),
      failover.recordExternalTrigger('agent', 'cost', { detail: name, until: limit }),
    ];
    expectTypeOf(act).returns.toEqualTypeOf<Promise<void>[]>();
    expectTypeOf<{ limit: 5; before: number | undefined; kind: undefined }>().toExtend<HistoryQuery>();
    expectTypeOf<{ tier: 0; ok: false; startedAt: number | undefined }>().toExtend<OutcomeReport>();
    expectTypeOf<{ id: 'x'; kind: 'quota'; status: number | undefined }>().toExtend<ClassifierRule>();
  });

  test('of a start, a store and a notifier', () => {
    expectTypeOf(resolveStartup).toBeCallableWith({ chain: ['a/b'], resolve: () => 1, signal, pinned: undefined });
    expectTypeOf(createSqliteStore).toBeCallableWith({ path: 'x.db', historyLimit: limit });
    expectTypeOf(createTelegramNotifier).toBeCallableWith({ token: '', chatId: 1, threadId: limit, link: name });
  });
});
