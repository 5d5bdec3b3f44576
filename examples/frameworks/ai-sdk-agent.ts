/**
 * An agent of the AI SDK on a chain of two providers. OpenAI answers its first step with a tool call and is overloaded at the
 * second; Anthropic ends the loop. The providers are a server on loopback.
 */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { stepCountIs, tool, ToolLoopAgent } from 'ai';
import { createFailover } from 'tierfall';
import { failoverModel } from 'tierfall/ai-sdk';
import { z } from 'zod';
import { check, failures, startOutage } from './support/outage.ts';

await using loopback = await startOutage(failures.overloaded);
const anthropic = createAnthropic({ baseURL: `${loopback.url('anthropic')}/v1`, apiKey: 'not-a-key' });
const openai = createOpenAI({ baseURL: loopback.url('openai'), apiKey: 'not-a-key' });
const weather = tool({
  description: 'The weather in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `sunny in ${city}`,
});

const failover = createFailover({ chain: ['openai/gpt-5.2', 'anthropic/claude-opus-4-8'] });
const agent = new ToolLoopAgent({
  model: failoverModel(failover, ({ provider, model }) =>
    provider === 'openai' ? openai.chat(model) : anthropic(model),
  ),
  tools: { weather },
  stopWhen: stepCountIs(5),
  maxRetries: 0,
});

const streamed = await agent.stream({ prompt: 'How is the weather in Rome?' });
let text = '';
for await (const delta of streamed.textStream) text += delta;
const steps = await streamed.steps;
check(text === 'It is sunny in Rome.', text);
check(steps[0]?.toolResults[0]?.output === 'sunny in Rome', 'OpenAI called the tool, which ran once');
check(steps.length === 2 && loopback.calls('anthropic') === 1, 'Anthropic ended the loop');
check(loopback.calls('openai') === 2, 'OpenAI was asked twice: nothing was retried');
await failover.close();
