import { ChatOpenAI } from '@langchain/openai';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PATIENCE_MS, PROMPT, given, noRetries } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

function model(ask: Ask): ChatOpenAI {
  return new ChatOpenAI({
    apiKey: 'sk-test',
    model: ask.model,
    timeout: ask.timeoutMs ?? PATIENCE_MS,
    configuration: { baseURL: ask.url, logLevel: 'off', ...given('fetch', ask.fetch) },
    ...noRetries(ask),
  });
}

function options(ask: Ask): { signal?: AbortSignal } {
  return given('signal', ask.signal);
}

const chat: SdkDriver = {
  wire: 'openai',
  async call(ask) {
    const answer = await model(ask).invoke(PROMPT, options(ask));
    return answer.text;
  },
  async *stream(ask) {
    let mark: string | undefined;
    for await (const chunk of await model(ask).stream(PROMPT, options(ask))) {
      const reason: unknown = chunk.response_metadata['finish_reason'];
      if (typeof reason === 'string') mark = reason;
      yield chunk.text;
    }
    return mark;
  },
};

holdVerdicts('langchain', chat);
holdStreams('langchain', chat);
holdTries('langchain', chat);
