import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import type { LoopbackProvider } from './loopback-provider.ts';

/** A tier of the demo. `client` is a field of the host; tierfall only passes it on. */
export interface DemoTier {
  readonly provider: 'anthropic' | 'openai';
  readonly model: string;
  readonly credential?: string;
  readonly client: '@anthropic-ai/sdk' | 'openai' | 'ai';
}

/** One piece of a streamed answer, of any SDK. */
export interface Piece {
  readonly text: string;
  /** True for the provider's end mark. */
  readonly end: boolean;
}

const prompt = 'Say hello.';
const apiKey = 'no-key-needed-on-loopback';

/** The real SDKs, connected to the loopback provider. Their own retries are off. */
export type DemoClients = ReturnType<typeof createDemoClients>;

export function createDemoClients(loopback: LoopbackProvider) {
  const anthropic = new Anthropic({ apiKey, baseURL: loopback.url('anthropic'), maxRetries: 0 });
  const openai = new OpenAI({ apiKey, baseURL: loopback.url('openai'), maxRetries: 0 });
  const aiSdk = {
    anthropic: createAnthropic({ apiKey, baseURL: `${loopback.url('anthropic')}/v1` }),
    openai: createOpenAI({ apiKey, baseURL: loopback.url('openai') }),
  };

  /** Asks through the AI SDK, whatever client the tier names. */
  const askThroughAiSdk = async (tier: DemoTier): Promise<string> => {
    const { text } = await generateText({ model: aiSdk[tier.provider](tier.model), prompt, maxRetries: 0 });
    return text;
  };

  /** Asks with the tier's own client. */
  const ask = async (tier: DemoTier): Promise<string> => {
    const { client, model } = tier;
    const messages = [{ role: 'user' as const, content: prompt }];
    if (client === '@anthropic-ai/sdk') {
      const { content } = await anthropic.messages.create({ model, max_tokens: 100, messages });
      return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    }
    if (client === 'openai') {
      const { choices } = await openai.chat.completions.create({ model, messages });
      return choices[0]?.message.content ?? '';
    }
    return await askThroughAiSdk(tier);
  };

  /** Streams with the tier's own client. */
  async function* stream(tier: DemoTier): AsyncGenerator<Piece> {
    const { client, model } = tier;
    const messages = [{ role: 'user' as const, content: prompt }];
    if (client === '@anthropic-ai/sdk') {
      for await (const event of await anthropic.messages.create({ model, max_tokens: 100, messages, stream: true })) {
        const text = event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '';
        yield { text, end: event.type === 'message_stop' };
      }
    } else if (client === 'openai') {
      for await (const { choices } of await openai.chat.completions.create({ model, messages, stream: true })) {
        yield { text: choices[0]?.delta.content ?? '', end: choices[0]?.finish_reason === 'stop' };
      }
    } else {
      // Without `onError` the AI SDK prints the error itself.
      const languageModel = aiSdk[tier.provider](model);
      const { fullStream } = streamText({ model: languageModel, prompt, maxRetries: 0, onError: () => undefined });
      for await (const part of fullStream) {
        if (part.type === 'error') throw part.error;
        yield { text: part.type === 'text-delta' ? part.text : '', end: part.type === 'finish' };
      }
    }
  }

  return { ask, askThroughAiSdk, stream };
}
