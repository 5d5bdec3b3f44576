import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { httpError, type LoopbackProvider, type Reply } from '../../examples/support/loopback-provider.js';
import {
  createFailover,
  type CallContext,
  type Failover,
  type FailoverOptions,
  type PolicyOptions,
  type Tier,
} from '../../src/index.js';
import { failoverChatModel, type FailoverChatModel, type FailoverChatModelOptions } from '../../src/langchain/index.js';
import { eventStream } from '../support/refusals.js';

export const [first, second] = ['gpt-5.2', 'llama-4-maverick'] as const;

/** Makes the model of a tier as a user would, with the retries that LangChain makes by itself left on. */
export function modelsAt(loopback: LoopbackProvider): (tier: Tier, context: Pick<CallContext, 'fetch'>) => ChatOpenAI {
  const urls: Record<string, string> = { openai: loopback.url('openai'), groq: `${loopback.url('groq')}/openai/v1` };
  return ({ provider, model }, { fetch }) =>
    new ChatOpenAI({ model, apiKey: 'not-a-key', configuration: { baseURL: urls[provider]!, fetch } });
}

/** A failover of two providers, and the chat model made of it. */
export function chainOf(
  loopback: LoopbackProvider,
  {
    policy = {},
    clock,
    ...options
  }: FailoverChatModelOptions & Pick<FailoverOptions, 'clock'> & { policy?: PolicyOptions } = {},
): { failover: Failover; model: FailoverChatModel } {
  const failover: Failover = createFailover({ chain: [`openai/${first}`, `groq/${second}`], policy, clock });
  return { failover, model: failoverChatModel(failover, modelsAt(loopback), options) };
}

export const weather = tool(({ city }) => `sunny in ${city}`, {
  name: 'weather',
  description: 'The weather in a city',
  schema: z.object({ city: z.string() }),
});

const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } };
const about = { id: 'chatcmpl-1', created: 1, model: 'm' };
const usage = { prompt_tokens: 30, completion_tokens: 20, total_tokens: 50 };

/** A call of the tool, streamed or whole. */
export function callsTool({ streaming }: { streaming: boolean }): Reply {
  if (!streaming) {
    const message = { role: 'assistant', content: null, tool_calls: [call] };
    const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
    return httpError(200, { body: { ...about, object: 'chat.completion', choices, usage } });
  }
  return eventStream(
    [
      chunk({ role: 'assistant', content: '', tool_calls: [{ index: 0, ...call }] }),
      chunk({}, 'tool_calls'),
      { ...about, object: 'chat.completion.chunk', choices: [], usage },
    ],
    { done: true },
  );
}

/** A chunk of a stream of chat completions. */
export function chunk(delta: object, finish_reason: string | null = null): object {
  return { ...about, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] };
}

/** Makes a call, and reads its stream to the end where it has one. */
export async function ask(
  model: FailoverChatModel,
  method: 'invoke' | 'stream',
  options: Parameters<FailoverChatModel['invoke']>[1] = {},
): Promise<void> {
  if (method === 'invoke') await model.invoke('Hello', options);
  else for await (const piece of await model.stream('Hello', options)) void piece;
}
