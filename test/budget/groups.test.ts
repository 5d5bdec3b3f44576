import { expect, test } from 'vitest';
import { createFailover, type PolicyOptions, usageOf } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const HOUR = 3_600_000;
const answer = (count: number) => ({ usage: { prompt_tokens: count, completion_tokens: 0 } });
const usage = usageOf.any;

function setUp(budget: Partial<NonNullable<PolicyOptions['tokenBudget']>> = {}) {
  const clock = createManualClock();
  const tokenBudget = { limit: 1000, windowMs: HOUR, scope: 'group' as const, ...budget };
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, policy: { tokenBudget } });
  const spend = async (group: string, count: number) => {
    const { index } = await failover.run(async () => answer(count), { group, usage });
    await clock.settle();
    return index;
  };
  /** What a group has used and holds, as an instance of it that is otherwise idle sees it. */
  const budgetOf = async (group: string) => {
    const instance = `watches ${group}`;
    await failover.recordUsage(instance, { inputTokens: 0, outputTokens: 0 }, { group });
    const { used, reserved } = (await failover.budget(instance))!;
    return { used, reserved };
  };
  return { clock, failover, spend, budgetOf };
}

test('of two calls of one instance that overlap, each counts against its own group, and holds there', async () => {
  const { clock, failover, spend, budgetOf } = setUp();
  await spend('coders', 100);
  const [first, second] = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
  const calls = [
    failover.run(() => first.promise, { group: 'coders', usage }),
    failover.run(() => second.promise, { group: 'writers', usage }),
  ];
  await clock.settle();
  expect([await budgetOf('coders'), await budgetOf('writers')]).toEqual([
    { used: 100, reserved: 100 },
    { used: 0, reserved: 100 },
  ]);
  first.resolve(answer(300));
  second.resolve(answer(50));
  await Promise.all(calls);
  expect([await budgetOf('coders'), await budgetOf('writers')]).toEqual([
    { used: 400, reserved: 0 },
    { used: 50, reserved: 0 },
  ]);
});

test('a stream counts against the group of its own call, also where another one came meanwhile', async () => {
  const { failover, spend, budgetOf } = setUp();
  async function* chunks() {
    yield { choices: [{ delta: { content: 'a' } }], object: 'chat.completion.chunk' };
    yield { ...answer(300), choices: [{ delta: {}, finish_reason: 'stop' }], object: 'chat.completion.chunk' };
  }
  const { value } = await failover.run(() => chunks(), { group: 'coders', usage });
  await spend('writers', 50);
  for await (const _ of value);
  expect([await budgetOf('coders'), await budgetOf('writers')]).toEqual([
    { used: 300, reserved: 0 },
    { used: 50, reserved: 0 },
  ]);
});

test('reports that overlap count against the groups that they name', async () => {
  const { failover, budgetOf } = setUp();
  const tokens = { inputTokens: 300, outputTokens: 0 };
  await Promise.all(['coders', 'writers'].map((group) => failover.recordUsage('agent', tokens, { group })));
  expect([await budgetOf('coders'), await budgetOf('writers')]).toEqual([
    { used: 300, reserved: 0 },
    { used: 300, reserved: 0 },
  ]);
});
