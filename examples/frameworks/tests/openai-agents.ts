/**
 * `tierfall/openai-agents` under the real SDK: its runner, its models of chat completions and of responses, against providers
 * on loopback. `npm run frameworks -- tests/openai-agents`
 */
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  Runner,
  retryPolicies,
  tool,
  type Model,
} from '@openai/agents';
import OpenAI from 'openai';
import { createFailover, isTierfallError, judges, type PolicyOptions } from 'tierfall';
import { failoverAgentsModel, failoverModelProvider, type FailoverAgentsModelOptions } from 'tierfall/openai-agents';
import { z } from 'zod';
import {
  answers,
  drops,
  endsEarly,
  httpError,
  stalls,
  startLoopbackProvider,
  streamError,
  type LoopbackProvider,
} from '../../support/loopback-provider.ts';
import { callsTool } from '../support/calls-tool.ts';

const [first, second] = ['gpt-5.2', 'llama-4-maverick'] as const;
const loopback: LoopbackProvider = await startLoopbackProvider();
after(() => loopback.close());
afterEach(() => loopback.clear());

/** With the retries that the client makes by itself left on. */
const clients: Readonly<Record<string, OpenAI>> = {
  openai: new OpenAI({ apiKey: 'not-a-key', baseURL: loopback.url('openai') }),
  groq: new OpenAI({ apiKey: 'not-a-key', baseURL: `${loopback.url('groq')}/openai/v1` }),
};
type Make = (client: OpenAI, model: string) => Model;
const chats: Make = (client, model) => new OpenAIChatCompletionsModel(client, model);

function chainOf({
  make = chats,
  policy = {},
  ...options
}: FailoverAgentsModelOptions & { make?: Make; policy?: PolicyOptions } = {}) {
  const failover = createFailover({ chain: [`openai/${first}`, `groq/${second}`], policy });
  // Without the failover's `fetch`: what keeps the client from its retries must be the model itself.
  const modelOf = ({ provider, model }: { provider: string; model: string }): Model => make(clients[provider]!, model);
  return { failover, modelOf, model: failoverAgentsModel(failover, modelOf, options as object) };
}

const runner = new Runner({ tracingDisabled: true });
const calls = () => [loopback.calls(first), loopback.calls(second)];
const agentOf = (model: Model) => new Agent({ name: 'Agent', model });

async function read(agent: Agent, settings: { signal?: AbortSignal } = {}) {
  const streamed = await runner.run(agent, 'Hello', { stream: true, ...settings });
  let text = '';
  try {
    for await (const delta of streamed.toTextStream()) text += delta;
    await streamed.completed;
  } catch (error) {
    return { text, error };
  }
  return { text, error: undefined };
}

for (const status of [401, 429, 503]) {
  test(`a run goes on with the next model after ${status}, and each is asked once`, async () => {
    loopback.on(first, httpError(status));
    const result = await runner.run(agentOf(chainOf().model), 'Hello');
    assert.equal(result.finalOutput, `hello from ${second}`);
    assert.deepEqual(result.rawResponses[0]?.providerData?.['tierfall'], {
      tier: `groq/${second}`,
      index: 1,
      attempts: 2,
    });
    assert.deepEqual(calls(), [1, 1]);
  });
}

test('the wait that a provider asks for is kept', async () => {
  loopback.on(first, httpError(429, { retryAfterSeconds: 60 }));
  const { model, failover } = chainOf();
  await runner.run(agentOf(model), 'Hello');
  loopback.on(first, answers('back'));
  await runner.run(agentOf(model), 'Hello');
  assert.deepEqual(calls(), [1, 2]);
  const { retryAfterUntil } = (await failover.state('default')).tiers[0]!;
  assert.ok(retryAfterUntil !== null && retryAfterUntil > Date.now() + 50_000);
});

for (const [name, reply] of [
  ['the request fails', httpError(503)],
  ['an error event comes first', streamError({ status: 529 })],
  ['it ends without a word', endsEarly('')],
] as const) {
  test(`a stream is the next model’s when ${name}`, async () => {
    loopback.on(first, reply);
    assert.deepEqual(await read(agentOf(chainOf().model)), { text: `hello from ${second}`, error: undefined });
    assert.deepEqual(calls(), [1, 1]);
  });
}

for (const [name, reply] of [
  ['fails', streamError({ status: 529, after: 'half a' })],
  ['is cut', drops('mid-stream')],
  ['just ends', endsEarly('half a')],
] as const) {
  test(`a stream that ${name} after its first word fails there, and the next run goes elsewhere`, async () => {
    loopback.on(first, reply);
    const { model } = chainOf();
    const { text, error } = await read(agentOf(model));
    assert.notEqual(text, '');
    assert.notEqual(error, undefined);
    assert.deepEqual(calls(), [1, 0]);
    assert.equal((await read(agentOf(model))).text, `hello from ${second}`);
  });
}

test('a tool that one model called runs once, and the next model ends the run; all of it counts', async () => {
  loopback.on(first, httpError(503));
  loopback.script(first, [callsTool('weather', { city: 'Rome' })]);
  let ran = 0;
  const weather = tool({
    name: 'weather',
    description: 'The weather in a city',
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => `sunny in ${city}, ${++ran}`,
  });
  const policy = { tokenBudget: { limit: 1000, windowMs: 3_600_000 } };
  const { model, failover } = chainOf({ policy, recordUsage: true });
  const result = await runner.run(new Agent({ name: 'Agent', model, tools: [weather] }), 'Hello');
  assert.deepEqual([result.finalOutput, ran], [`hello from ${second}`, 1]);
  const used = result.rawResponses.reduce((sum, { usage }) => sum + usage.totalTokens, 0);
  assert.ok(used > 0);
  assert.equal((await failover.budget('default'))?.used, used);
});

test('a refusal is for the next model where a judge says so, and nobody rests', async () => {
  const message = { role: 'assistant', content: null, refusal: 'No.' };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  loopback.on(first, httpError(200, { body: { id: 'c', created: 1, model: 'm', object: 'chat.completion', choices } }));
  const { model, failover } = chainOf({ judge: judges.refusal, policy: { reroute: ['content_policy'] } });
  assert.equal((await runner.run(agentOf(model), 'Hello')).finalOutput, `hello from ${second}`);
  assert.equal((await failover.state('default')).tier, 0);
});

test('a run that its caller aborts counts against nobody', async () => {
  loopback.on(first, stalls('headers'));
  const { model, failover } = chainOf();
  const controller = new AbortController();
  const run = runner.run(agentOf(model), 'Hello', { signal: controller.signal });
  const ended = assert.rejects(run);
  await loopback.stalled();
  controller.abort();
  await ended;
  assert.deepEqual(calls(), [1, 0]);
  assert.equal((await failover.state('default')).lastFailureKind, null);
});

test('where nobody answers the run rejects with ChainExhaustedError, which a retry policy leaves alone', async () => {
  loopback.on('*', httpError(401));
  const { model } = chainOf();
  const retry = { maxRetries: 3, policy: retryPolicies.providerSuggested() };
  const agent = new Agent({ name: 'Agent', model, modelSettings: { retry } });
  await assert.rejects(runner.run(agent, 'Hello'), (error) => isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED'));
  assert.deepEqual(calls(), [1, 1]);
});

test('a runner whose provider of models is the chain needs no change in its agents', async () => {
  loopback.on(first, httpError(503));
  const { failover, modelOf } = chainOf();
  const own = new Runner({ tracingDisabled: true, modelProvider: failoverModelProvider(failover, modelOf) });
  const unnamed = await own.run(new Agent({ name: 'Agent' }), 'Hello');
  const named = await own.run(new Agent({ name: 'Agent', model: second }), 'Hello');
  assert.deepEqual([unnamed.finalOutput, named.finalOutput], [`hello from ${second}`, `hello from ${second}`]);
  assert.deepEqual(calls(), [1, 2]);
});

test('models of responses and of chat completions stand in one chain', async () => {
  const make: Make = (client, model) =>
    model === first ? new OpenAIResponsesModel(client, model) : chats(client, model);
  loopback.on(first, streamError({ status: 529 }));
  assert.equal((await read(agentOf(chainOf({ make }).model))).text, `hello from ${second}`);
  loopback.on(first, answers('from a response'));
  assert.deepEqual(await read(agentOf(chainOf({ make }).model)), { text: 'from a response', error: undefined });
});
