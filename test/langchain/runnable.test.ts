import { StringOutputParser } from '@langchain/core/output_parsers';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { expect, expectTypeOf, test } from 'vitest';
import { httpError, streamError } from '../../examples/support/loopback-provider.js';
import { createFailover, type Tier } from '../../src/index.js';
import { failoverRunnable } from '../../src/langchain/index.js';
import { callsTool, first, modelsAt, second } from './chain.js';
import { loopbackForFile } from '../support/loopback.js';

const loopback = await loopbackForFile();

const prompt = ChatPromptTemplate.fromTemplate('How is the weather in {city}?');

function setUp(options: Parameters<typeof failoverRunnable>[2] = {}) {
  const tokenBudget = { limit: 1000, windowMs: 3_600_000 };
  const failover = createFailover({ chain: [`openai/${first}`, `groq/${second}`], policy: { tokenBudget } });
  const modelFor = modelsAt(loopback);
  const ask = failoverRunnable(
    failover,
    (tier: Tier, context) => prompt.pipe(modelFor(tier, context)).pipe(new StringOutputParser()),
    options as object,
  );
  return { failover, ask };
}

test('a whole chain is asked for each tier, with what it is called with', async () => {
  loopback.on(first, httpError(429, { retryAfterSeconds: 30 }));
  const { ask, failover } = setUp();
  expect(await ask.invoke({ city: 'Rome' })).toBe(`hello from ${second}`);
  expect([loopback.calls(first), loopback.calls(second)]).toEqual([1, 1]);
  expect((await failover.state('default')).tiers[0]?.retryAfterUntil).toBeGreaterThan(Date.now() + 20_000);
});

test('it streams, also as a part of a larger one', async () => {
  loopback.on(first, streamError({ status: 529 }));
  const { ask } = setUp();
  const texts: string[] = [];
  for await (const text of await ask.pipe(new StringOutputParser()).stream({ city: 'Rome' })) texts.push(text);
  expect(texts.join('')).toBe(`hello from ${second}`);
  expect(texts.length).toBeGreaterThan(1);
});

test('a stream never changes the model after its first chunk', async () => {
  loopback.on(first, streamError({ status: 529, after: 'half a' }));
  const { ask } = setUp();
  const read = async () => {
    for await (const text of await ask.stream({ city: 'Rome' })) void text;
  };
  await expect(read()).rejects.toThrow(/overloaded/u);
  expect(loopback.calls(second)).toBe(0);
});

test('what its models use counts, streamed or not', async () => {
  loopback.on('*', callsTool);
  const { ask, failover } = setUp({ recordUsage: true });
  await ask.invoke({ city: 'Rome' });
  expect((await failover.budget('default'))?.used).toBe(50);
  for await (const text of await ask.stream({ city: 'Rome' })) void text;
  expect((await failover.budget('default'))?.used).toBe(100);
});

test('what a stream used is counted for its model, though an update has given that another place meanwhile', async () => {
  loopback.on('*', callsTool);
  const { ask, failover } = setUp({ recordUsage: true });
  const counted: unknown[] = [];
  failover.on('budget-warning', ({ tier }) => counted.push(tier.model));
  const stream = (await ask.stream({ city: 'Rome' }))[Symbol.asyncIterator]();
  const tokenBudget = { limit: 60, windowMs: 3_600_000 };
  await failover.update({ chain: [`groq/${second}`, `openai/${first}`], policy: { tokenBudget } }, { by: 'ops' });
  for (let end = false; !end; ) end = (await stream.next()).done === true;
  expect(counted).toEqual([first]);
});

test('what a stream used is counted for its group, though a call of another one has come meanwhile', async () => {
  loopback.on('*', callsTool);
  const { ask, failover } = setUp({ recordUsage: true, group: 'writers' });
  const tokenBudget = { limit: 60, windowMs: 3_600_000, scope: 'group' } as const;
  await failover.update({ policy: { tokenBudget } }, { by: 'ops' });
  const counted: unknown[] = [];
  failover.on('budget-warning', ({ group }) => counted.push(group));
  const stream = (await ask.stream({ city: 'Rome' }))[Symbol.asyncIterator]();
  await failover.run(() => 1, { group: 'readers' });
  for (let end = false; !end; ) end = (await stream.next()).done === true;
  expect(counted).toEqual(['writers']);
});

test('its types are those of the runnables it is made of', () => {
  const { ask } = setUp();
  expectTypeOf({ city: 'Rome' }).toExtend<Parameters<typeof ask.invoke>[0]>();
  expectTypeOf<ReturnType<typeof ask.invoke>>().resolves.toEqualTypeOf<string>();
});
