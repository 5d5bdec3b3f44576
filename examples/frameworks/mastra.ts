/**
 * An agent of Mastra on a chain of two providers. OpenAI answers its first step with a tool call and has no money left at the
 * second; Anthropic ends the loop. The providers are a server on loopback. Mastra's types take
 * models of the AI SDK 6 (`ai6-openai` is `@ai-sdk/openai` 3); those of 7 name a finish reason that it does not know.
 */
import { createAnthropic } from 'ai6-anthropic';
import { createOpenAI } from 'ai6-openai';
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { createFailover } from 'tierfall';
import { failoverModel } from 'tierfall/ai-sdk';
import { z } from 'zod';
import { check, failures, startOutage } from './support/outage.ts';

await using loopback = await startOutage(failures.noMoney);
const anthropic = createAnthropic({ baseURL: `${loopback.url('anthropic')}/v1`, apiKey: 'not-a-key' });
const openai = createOpenAI({ baseURL: loopback.url('openai'), apiKey: 'not-a-key' });
let toolCalls = 0;
const weather = createTool({
  id: 'weather',
  description: 'The weather in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => {
    toolCalls++;
    return `sunny in ${city}`;
  },
});

const failover = createFailover({ chain: ['openai/gpt-5.2', 'anthropic/claude-opus-4-8'] });
const agent = new Agent({
  id: 'weather-agent',
  name: 'Weather agent',
  instructions: 'You tell the weather.',
  model: failoverModel(failover, ({ provider, model }) =>
    provider === 'openai' ? openai.chat(model) : anthropic(model),
  ),
  tools: { weather },
  maxRetries: 0,
});

const streamed = await agent.stream('How is the weather in Rome?');
let text = '';
for await (const delta of streamed.textStream) text += delta;
check(text === 'It is sunny in Rome.', text);
check(toolCalls === 1 && loopback.calls('anthropic') === 1, 'the tool ran once; Anthropic ended the loop');
check(loopback.calls('openai') === 2, 'OpenAI was asked twice: nothing was retried');
await failover.close();
