import { CohereClientV2 } from 'cohere-ai';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PATIENCE_MS, PROMPT, given, noRetries } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

function client(ask: Ask): CohereClientV2 {
  return new CohereClientV2({
    token: 'test',
    environment: ask.url,
    timeoutInSeconds: (ask.timeoutMs ?? PATIENCE_MS) / 1000,
    ...noRetries(ask),
    ...given('fetch', ask.fetch),
  });
}

function options(ask: Ask): { abortSignal?: AbortSignal } {
  return given('abortSignal', ask.signal);
}

const chat: SdkDriver = {
  wire: 'cohere',
  async call(ask) {
    const answer = await client(ask).chat(
      { model: ask.model, messages: [{ role: 'user', content: PROMPT }] },
      options(ask),
    );
    const part = answer.message?.content?.[0];
    return part?.type === 'text' ? part.text : JSON.stringify(answer);
  },
  async *stream(ask) {
    const events = await client(ask).chatStream(
      { model: ask.model, messages: [{ role: 'user', content: PROMPT }] },
      options(ask),
    );
    let mark: string | undefined;
    for await (const event of events) {
      if (event.type === 'message-end') mark = event.delta?.finishReason;
      yield event.type === 'content-delta' ? (event.delta?.message?.content?.text ?? '') : '';
    }
    return mark;
  },
};

holdVerdicts('cohere', chat);
holdStreams('cohere', chat);
holdTries('cohere', chat);
