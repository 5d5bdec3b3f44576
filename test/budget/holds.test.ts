import { expect, test } from 'vitest';
import { createFailover, type PolicyOptions, usageOf } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const HOUR = 3_600_000;
const usage = usageOf.any;
const answer = (count: number) => ({ usage: { prompt_tokens: count, completion_tokens: 0 } });
const chunk = { choices: [{ delta: { content: 'a' } }], object: 'chat.completion.chunk' };

function setUp(policy: PolicyOptions = {}) {
  const clock = createManualClock();
  const tokenBudget = { limit: 1000, windowMs: HOUR };
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock, policy: { tokenBudget, ...policy } });
  const spend = async (count: number) => {
    await failover.run(async () => answer(count), { usage });
    await clock.settle();
  };
  const budget = async () => {
    const { used, reserved } = (await failover.budget('default'))!;
    return { used, reserved };
  };
  return { clock, failover, spend, budget };
}

async function* chunks() {
  yield chunk;
  yield { ...answer(70), choices: [{ delta: {}, finish_reason: 'stop' }], object: 'chat.completion.chunk' };
}

test('what is held for a stream that nobody ever reads is given back when a whole window has passed', async () => {
  const { clock, failover, spend, budget } = setUp();
  await spend(100);
  await failover.run(() => chunks(), { usage });
  await clock.advance(HOUR);
  expect(await budget()).toEqual({ used: 0, reserved: 100 });
  await clock.advance(HOUR);
  expect(await budget()).toEqual({ used: 0, reserved: 0 });
});

test('a stream that ends in a later window gives back what it held, and nothing of another call', async () => {
  const { clock, failover, spend, budget } = setUp();
  await spend(100);
  const streams = [];
  for (let window = 0; window < 3; window++) {
    streams.push((await failover.run(() => chunks(), { usage })).value);
    await clock.advance(HOUR);
  }
  expect(await budget()).toEqual({ used: 0, reserved: 100 });
  for await (const _ of streams[0]!);
  expect(await budget()).toEqual({ used: 70, reserved: 100 });
  for await (const _ of streams[2]!);
  expect(await budget()).toEqual({ used: 140, reserved: 0 });
});

test('a retry in the tier holds what the first attempt held, also where that was an answer with a failure', async () => {
  const { clock, failover, spend, budget } = setUp({ retry: { maxAttempts: 2, initialDelayMs: 1000, jitter: 0 } });
  await spend(100);
  const second = Promise.withResolvers<unknown>();
  const answers = [
    { choices: [{ error: { code: 502, message: 'x' }, finish_reason: 'error' }], ...answer(10) },
    second.promise,
  ];
  const call = failover.run(() => answers.shift(), { usage });
  await clock.advance(1000);
  expect(answers).toEqual([]);
  expect(await budget()).toEqual({ used: 110, reserved: 100 });
  second.resolve(answer(40));
  await call;
  expect(await budget()).toEqual({ used: 150, reserved: 0 });
});

test('what a stream said before it broke, ahead of its first content, is not counted of the retry', async () => {
  const { clock, failover, budget } = setUp({ retry: { maxAttempts: 2, initialDelayMs: 1000, jitter: 0 } });
  async function* broken() {
    yield { ...answer(500), choices: [], object: 'chat.completion.chunk' };
    throw Object.assign(new Error('overloaded'), { status: 503 });
  }
  const streams = [broken, chunks];
  const call = failover.run(() => streams.shift()!(), { usage });
  await clock.advance(1000);
  for await (const _ of (await call).value);
  expect(streams).toEqual([]);
  expect(await budget()).toEqual({ used: 70, reserved: 0 });
});
