/**
 * `tierfall/langchain` in agents of LangGraph, against providers on loopback. `npm run frameworks -- tests/langchain`
 */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { tool } from '@langchain/core/tools';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent } from 'langchain';
import { createFailover, isTierfallError, type PolicyOptions } from 'tierfall';
import { failoverChatModel, type FailoverChatModel, type FailoverChatModelOptions } from 'tierfall/langchain';
import { z } from 'zod';
import {
  answers,
  httpError,
  startLoopbackProvider,
  streamError,
  type LoopbackProvider,
} from '../../support/loopback-provider.ts';
import { callsTool } from '../support/calls-tool.ts';

const [first, second] = ['gpt-5.2', 'llama-4-maverick'] as const;
const loopback: LoopbackProvider = await startLoopbackProvider();
after(() => loopback.close());
afterEach(() => loopback.clear());

let ran = 0;
const weather = tool(({ city }) => `sunny in ${city}, ${++ran}`, {
  name: 'weather',
  description: 'The weather in a city',
  schema: z.object({ city: z.string() }),
});

function setUp({ policy = {}, ...options }: FailoverChatModelOptions & { policy?: PolicyOptions } = {}) {
  ran = 0;
  const failover = createFailover({ chain: [`openai/${first}`, `groq/${second}`], policy });
  const urls: Readonly<Record<string, string>> = {
    openai: loopback.url('openai'),
    groq: `${loopback.url('groq')}/openai/v1`,
  };
  const llm = failoverChatModel(
    failover,
    ({ provider, model }) =>
      new ChatOpenAI({ model, apiKey: 'not-a-key', configuration: { baseURL: urls[provider]! } }),
    options,
  );
  return { failover, llm };
}

const question = { messages: [{ role: 'user', content: 'How is the weather in Rome?' }] };
const calls = () => [loopback.calls(first), loopback.calls(second)];

const agents = {
  createReactAgent: (llm: FailoverChatModel) => createReactAgent({ llm, tools: [weather] }),
  'createReactAgent, tools bound before': (llm: FailoverChatModel) =>
    createReactAgent({ llm: llm.bindTools([weather]), tools: [weather] }),
  'createAgent of langchain': (llm: FailoverChatModel) => createAgent({ model: llm, tools: [weather] }),
};
for (const [name, agentOf] of Object.entries(agents)) {
  test(`an agent goes on with the next model in the middle of its loop: ${name}`, async () => {
    loopback.on(first, httpError(503));
    loopback.script(first, [callsTool('weather', { city: 'Rome' })]);
    loopback.on(second, answers('It is sunny.'));
    const agent = agentOf(setUp().llm);
    const { messages } = await agent.invoke(question);
    assert.equal(messages.at(-1)?.text, 'It is sunny.');
    assert.deepEqual([ran, ...calls()], [1, 2, 1]);
  });
}

test('a reader of messages sees each answer once, and none that begins after half of another', async () => {
  loopback.on(first, streamError({ status: 529 }));
  loopback.on(second, answers('It is sunny.'));
  const agent = createReactAgent({ llm: setUp().llm, tools: [weather] });
  let whole = '';
  for await (const [message] of await agent.stream(question, { streamMode: 'messages' })) whole += message.text;
  assert.equal(whole, 'It is sunny.');

  loopback.clear();
  loopback.on(first, streamError({ status: 529, after: 'half a' }));
  const broken = createReactAgent({ llm: setUp().llm, tools: [weather] });
  let text = '';
  await assert.rejects(async () => {
    for await (const [message] of await broken.stream(question, { streamMode: 'messages' })) text += message.text;
  });
  assert.deepEqual([text, ...calls()], ['half a', 1, 0]);
});

test('its threads are sessions: each stays on the model that served it', async () => {
  const { llm, failover } = setUp({
    policy: { stickySessions: { idleMs: 3_600_000 } },
    perCall: ({ configurable }) => ({ session: configurable?.['thread_id'] }),
  });
  const agent = createReactAgent({ llm, tools: [weather] });
  loopback.script(first, [httpError(503)]);
  await agent.invoke(question, { configurable: { thread_id: 'one' } });
  await failover.reset('default', { by: 'test' });
  await agent.invoke(question, { configurable: { thread_id: 'two' } });
  assert.deepEqual(calls(), [2, 1]);
});

test('where nobody answers the agent rejects with ChainExhaustedError', async () => {
  loopback.on('*', httpError(401));
  const agent = createReactAgent({ llm: setUp().llm, tools: [weather] });
  await assert.rejects(agent.invoke(question), (error) => isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED'));
  assert.deepEqual(calls(), [1, 1]);
});

test('an answer in a schema comes from the model that answers', async () => {
  loopback.on(first, httpError(503));
  loopback.on(second, answers('{"city":"Rome"}'));
  const agent = createReactAgent({ llm: setUp().llm, tools: [], responseFormat: z.object({ city: z.string() }) });
  const { structuredResponse } = await agent.invoke(question);
  assert.deepEqual(structuredResponse, { city: 'Rome' });
});
