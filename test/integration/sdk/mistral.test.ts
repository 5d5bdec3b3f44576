import { HTTPClient, Mistral } from '@mistralai/mistralai';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PATIENCE_MS, PROMPT, given } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

function client(ask: Ask): Mistral {
  return new Mistral({
    apiKey: 'test',
    serverURL: ask.url,
    timeoutMs: ask.timeoutMs ?? PATIENCE_MS,
    ...(ask.ownRetries === true ? {} : { retryConfig: { strategy: 'none' } }),
    ...(ask.fetch === undefined ? {} : { httpClient: new HTTPClient({ fetcher: ask.fetch }) }),
  });
}

function options(ask: Ask): { signal?: AbortSignal } {
  return given('signal', ask.signal);
}

const chat: SdkDriver = {
  wire: 'mistral',
  async call(ask) {
    const answer = await client(ask).chat.complete(
      { model: ask.model, messages: [{ role: 'user', content: PROMPT }] },
      options(ask),
    );
    const content = answer.choices[0]?.message?.content;
    return typeof content === 'string' ? content : JSON.stringify(answer);
  },
  async *stream(ask) {
    const events = await client(ask).chat.stream(
      { model: ask.model, messages: [{ role: 'user', content: PROMPT }] },
      options(ask),
    );
    let mark: string | undefined;
    for await (const { data } of events) {
      const choice = data.choices[0];
      mark = choice?.finishReason ?? mark;
      yield typeof choice?.delta.content === 'string' ? choice.delta.content : '';
    }
    return mark;
  },
};

holdVerdicts('mistral', chat);
holdStreams('mistral', chat);
holdTries('mistral', chat);
