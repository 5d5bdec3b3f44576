/**
 * Genkit on a chain of two providers. OpenAI answers the first turn with a tool call and limits the rate at the second; Groq
 * ends the loop. The providers are a server on loopback.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { openAICompatible } from '@genkit-ai/compat-oai';
import { genkit, z } from 'genkit';
import type { GenerateResponseChunkData, ModelAction } from 'genkit/model';
import { createFailover } from 'tierfall';
import { check, failures, startOutage } from './support/outage.ts';

await using loopback = await startOutage(failures.rateLimit);
const apiKey = 'not-a-key';
const attempt = new AsyncLocalStorage<typeof fetch>();
// `never`: the plugin uses openai 4, which types `fetch` after node-fetch.
const ask = ((...request: Parameters<typeof fetch>) => (attempt.getStore() ?? fetch)(...request)) as never;
const ai = genkit({
  plugins: [
    openAICompatible({ name: 'openai', apiKey, baseURL: loopback.url('openai'), maxRetries: 0, fetch: ask }),
    openAICompatible({ name: 'groq', apiKey, baseURL: `${loopback.url('groq')}/openai/v1`, maxRetries: 0, fetch: ask }),
  ],
});

let toolCalls = 0;
const weather = ai.defineTool(
  { name: 'weather', description: 'The weather in a city', inputSchema: z.object({ city: z.string() }) },
  async ({ city }) => {
    toolCalls++;
    return `sunny in ${city}`;
  },
);

const failover = createFailover({ chain: ['openai/gpt-5.2', 'groq/llama-4-maverick'] });
const supports = { tools: true, multiturn: true, systemRole: true };
const model = ai.defineModel({ apiVersion: 'v2', name: 'tierfall/chain', supports }, async (request, options) => {
  let sent = false;
  const onChunk = (chunk: GenerateResponseChunkData) => {
    sent = true;
    options.sendChunk(chunk);
  };
  const { value } = await failover.run(
    async (tier, { signal, fetch }) => {
      const action: ModelAction = await ai.registry.lookupAction(`/model/${tier.provider}/${tier.model}`);
      const streaming = options.streamingRequested ? { onChunk } : {};
      const answer = attempt.run(fetch, () => action.run(request, { ...streaming, abortSignal: signal }));
      return (await answer).result;
    },
    { signal: options.abortSignal, hasSideEffects: () => sent }, // chunks that were sent cannot be taken back
  );
  return value;
});

const waits: number[] = [];
failover.on('tier-change', ({ until }) => waits.push((until ?? 0) - Date.now()));

const { stream, response } = ai.generateStream({ model, prompt: 'How is the weather in Rome?', tools: [weather] });
let text = '';
for await (const chunk of stream) text += chunk.text;
check(text === 'It is sunny in Rome.' && (await response).text === text, text);
check(waits.length === 1 && waits[0]! > 59_000, 'the wait that OpenAI asked for is known');
check(toolCalls === 1 && loopback.calls('groq') === 1, 'the tool ran once; Groq ended the loop');
check(loopback.calls('openai') === 2, 'OpenAI was asked twice: nothing was retried');
await failover.close();
