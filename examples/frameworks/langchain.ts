/**
 * LangChain and LangGraph on a chain of two providers: a chat model whose graph begins at OpenAI and ends at Groq when OpenAI is
 * overloaded, and a runnable. The providers are a server on loopback.
 */
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import type { ChatGenerationChunk, ChatResult } from '@langchain/core/outputs';
import { BaseChatModel, type BindToolsInput } from '@langchain/core/language_models/chat_models';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { RunnableLambda } from '@langchain/core/runnables';
import { tool } from '@langchain/core/tools';
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI, type ChatOpenAICallOptions } from '@langchain/openai';
import { createFailover } from 'tierfall';
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
const modelOf = ({ provider, model }: Name, fetch: typeof globalThis.fetch): ChatOpenAI =>
  new ChatOpenAI({ model, apiKey, maxRetries: 0, configuration: { baseURL: baseURLs[provider], fetch } });

class FailoverChat extends BaseChatModel<ChatOpenAICallOptions> {
  _llmType(): string {
    return 'tierfall';
  }
  override bindTools(tools: BindToolsInput[], options: Partial<ChatOpenAICallOptions> = {}) {
    return this.withConfig({ ...options, tools: tools.map((one) => convertToOpenAITool(one)) });
  }
  async _generate(messages: BaseMessage[], options: this['ParsedCallOptions']): Promise<ChatResult> {
    const { value } = await failover.run(
      (tier, { signal, fetch }) => modelOf(tier, fetch)._generate(messages, { ...options, signal }),
      { signal: options.signal },
    );
    return value;
  }
  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    run?: CallbackManagerForLLMRun,
  ) {
    const { value } = await failover.run(
      (tier, { signal, fetch }) => modelOf(tier, fetch)._streamResponseChunks(messages, { ...options, signal }),
      {
        signal: options.signal,
        isContent: ({ text, message }: ChatGenerationChunk) =>
          text !== '' || (AIMessageChunk.isInstance(message) && (message.tool_call_chunks ?? []).length > 0),
        isComplete: ({ generationInfo }: ChatGenerationChunk) => typeof generationInfo?.['finish_reason'] === 'string',
      },
    );
    for await (const chunk of value) {
      yield chunk;
      await run?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
    }
  }
}

const model = new FailoverChat({}).bindTools([weather]);
const graph = new StateGraph(MessagesAnnotation)
  .addNode('model', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
  .addNode('tools', new ToolNode([weather]))
  .addEdge('__start__', 'model')
  .addConditionalEdges('model', toolsCondition)
  .addEdge('tools', 'model')
  .compile();

console.log('LangGraph, with a chat model made of the chain:');
const question = { messages: [{ role: 'user', content: 'How is the weather in Rome?' }] };
let text = '';
for await (const [message, about] of await graph.stream(question, { streamMode: 'messages' })) {
  if (about['langgraph_node'] === 'model') text += message.text;
}
check(text === 'It is sunny in Rome.', text);
check(toolCalls === 1 && loopback.calls('groq') === 1, 'the tool ran once; Groq ended the loop');
check(loopback.calls('openai') === 2, 'OpenAI was asked twice: nothing was retried');

const ask = ChatPromptTemplate.fromTemplate('How is the weather in {city}?').pipe(
  RunnableLambda.from(async (prompt, { signal }) => {
    const { value } = await failover.run(
      (tier, context) => modelOf(tier, context.fetch).invoke(prompt, { signal: context.signal }),
      { signal },
    );
    return value;
  }),
);

console.log('LangChain, with a runnable:');
await failover.reset('default', { by: 'the example' });
const answer = await ask.invoke({ city: 'Rome' });
check(answer.text === 'It is sunny in Rome.', answer.text);
check(loopback.calls('openai') === 3 && loopback.calls('groq') === 2, 'OpenAI was asked once more, then Groq');
await failover.close();
