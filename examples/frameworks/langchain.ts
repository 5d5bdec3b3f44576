/**
 * LangChain and LangGraph on a chain of two providers: an agent that begins at OpenAI and ends at Groq when OpenAI is
 * overloaded, and a runnable. The providers are a server on loopback.
 */
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { tool } from '@langchain/core/tools';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { createFailover } from 'tierfall';
import { failoverChatModel, failoverRunnable } from 'tierfall/langchain';
import { z } from 'zod';
import { check, failures, startOutage } from './support/outage.ts';

await using loopback = await startOutage(failures.overloaded);
const apiKey = 'not-a-key';
let toolCalls = 0;
const weather = tool(
  ({ city }) => {
    toolCalls++;
    return `sunny in ${city}`;
  },
  { name: 'weather', description: 'The weather in a city', schema: z.object({ city: z.string() }) },
);

const baseURLs = { openai: loopback.url('openai'), groq: `${loopback.url('groq')}/openai/v1` };
const failover = createFailover({ chain: ['openai/gpt-5.2', 'groq/llama-4-maverick'] });

type Name = { provider: keyof typeof baseURLs; model: string };
const modelOf = ({ provider, model }: Name, { fetch }: { fetch: typeof globalThis.fetch }): ChatOpenAI =>
  new ChatOpenAI({ model, apiKey, configuration: { baseURL: baseURLs[provider], fetch } });

const llm = failoverChatModel(failover, modelOf, {
  perCall: ({ configurable }) => ({ session: configurable?.['thread_id'] }),
});
const agent = createReactAgent({ llm, tools: [weather] });

console.log('LangGraph, with a chat model made of the chain:');
const question = { messages: [{ role: 'user', content: 'How is the weather in Rome?' }] };
let text = '';
for await (const [message, about] of await agent.stream(question, { streamMode: 'messages' })) {
  if (about['langgraph_node'] === 'agent') text += message.text;
}
check(text === 'It is sunny in Rome.', text);
check(toolCalls === 1 && loopback.calls('groq') === 1, 'the tool ran once; Groq ended the loop');
check(loopback.calls('openai') === 2, 'OpenAI was asked twice: nothing was retried');

const prompt = ChatPromptTemplate.fromTemplate('How is the weather in {city}?');
const ask = failoverRunnable(failover, (tier, context) => prompt.pipe(modelOf(tier, context)));

console.log('LangChain, with a runnable:');
await failover.reset('default', { by: 'the example' });
const answer = await ask.invoke({ city: 'Rome' });
check(answer.text === 'It is sunny in Rome.', answer.text);
check(loopback.calls('openai') === 3 && loopback.calls('groq') === 2, 'OpenAI was asked once more, then Groq');
await failover.close();
