/**
 * An agent of the OpenAI Agents SDK on a chain of two providers. OpenAI answers its first turn with a tool call and limits the
 * rate at the second; Groq ends the run. The providers are a server on loopback.
 */
import { Agent, OpenAIChatCompletionsModel, Runner, tool, type Model } from '@openai/agents';
import OpenAI from 'openai';
import { createFailover } from 'tierfall';
import { failoverAgentsModel } from 'tierfall/openai-agents';
import { z } from 'zod';
import { check, failures, startOutage } from './support/outage.ts';

await using loopback = await startOutage(failures.rateLimit);
const apiKey = 'not-a-key';
let toolCalls = 0;
const weather = tool({
  name: 'weather',
  description: 'The weather in a city',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => {
    toolCalls++;
    return `sunny in ${city}`;
  },
});

const clients = {
  openai: new OpenAI({ apiKey, baseURL: loopback.url('openai') }),
  groq: new OpenAI({ apiKey, baseURL: `${loopback.url('groq')}/openai/v1` }),
};
const failover = createFailover({ chain: ['openai/gpt-5.2', 'groq/llama-4-maverick'] });

type Name = { provider: keyof typeof clients; model: string };
const modelOf = ({ provider, model }: Name, { fetch }: { fetch: typeof globalThis.fetch }): Model =>
  new OpenAIChatCompletionsModel(clients[provider].withOptions({ fetch }), model);

const agent = new Agent({ name: 'Weather agent', model: failoverAgentsModel(failover, modelOf), tools: [weather] });
const runner = new Runner({ tracingDisabled: true });

const streamed = await runner.run(agent, 'How is the weather in Rome?', { stream: true });
let text = '';
for await (const delta of streamed.toTextStream()) text += delta;
await streamed.completed;
check(text === 'It is sunny in Rome.' && streamed.finalOutput === text, text);
check(toolCalls === 1 && loopback.calls('groq') === 1, 'the tool ran once; Groq ended the run');
check(loopback.calls('openai') === 2, 'OpenAI was asked twice: nothing was retried');

const whole = await runner.run(agent, 'And tomorrow?');
check(
  whole.finalOutput === 'It is sunny in Rome.' && loopback.calls('openai') === 2,
  'the next run goes to Groq at once',
);
await failover.close();
