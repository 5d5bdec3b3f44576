import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModel } from 'ai';
import { generateText, streamText } from 'ai';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PROMPT, given, noRetries } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

function driver(wire: SdkDriver['wire'], modelOf: (ask: Ask) => LanguageModel): SdkDriver {
  return {
    wire,
    async call(ask) {
      const answer = await generateText({ model: modelOf(ask), prompt: PROMPT, ...settings(ask) });
      return answer.text;
    },
    async *stream(ask) {
      const result = streamText({
        model: modelOf(ask),
        prompt: PROMPT,
        // Without a handler it writes every error to the console.
        onError: () => undefined,
        ...settings(ask),
      });
      let mark: string | undefined;
      for await (const part of result.fullStream) {
        // Errors and aborts are parts of the stream, not exceptions.
        if (part.type === 'error') throw part.error;
        if (part.type === 'abort') mark = `abort part: ${part.reason ?? 'no reason'}`;
        if (part.type === 'finish') mark = part.finishReason;
        yield part.type === 'text-delta' ? part.text : '';
      }
      return mark;
    },
  };
}

interface Settings {
  maxRetries?: 0;
  maxOutputTokens: number;
  timeout?: number;
  abortSignal?: AbortSignal;
}

function settings(ask: Ask): Settings {
  return {
    maxOutputTokens: 16,
    ...noRetries(ask),
    ...given('timeout', ask.timeoutMs),
    ...given('abortSignal', ask.signal),
  };
}

const openai = driver('openai', ({ url, model, fetch }) =>
  createOpenAI({ apiKey: 'sk-test', baseURL: url, ...given('fetch', fetch) })(model),
);
const anthropic = driver('anthropic', ({ url, model, fetch }) =>
  createAnthropic({ apiKey: 'sk-ant-test', baseURL: `${url}/v1`, ...given('fetch', fetch) })(model),
);
const google = driver('gemini', ({ url, model, fetch }) =>
  createGoogleGenerativeAI({ apiKey: 'AIza-test', baseURL: `${url}/v1beta`, ...given('fetch', fetch) })(model),
);

holdVerdicts('ai + openai', openai);
holdVerdicts('ai + anthropic', anthropic);
holdVerdicts('ai + google', google);
holdStreams('ai + openai', openai);
holdStreams('ai + anthropic', anthropic);
holdStreams('ai + google', google);
holdTries('ai + openai', openai);
