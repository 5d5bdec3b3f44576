import Groq from 'groq-sdk';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PATIENCE_MS, PROMPT, given, noRetries } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

function client(ask: Ask): Groq {
  return new Groq({
    apiKey: 'gsk-test',
    baseURL: ask.url,
    timeout: ask.timeoutMs ?? PATIENCE_MS,
    logLevel: 'off',
    ...noRetries(ask),
    ...given('fetch', ask.fetch),
  });
}

function options(ask: Ask): { signal?: AbortSignal } {
  return given('signal', ask.signal);
}

const chat: SdkDriver = {
  wire: 'groq',
  async call(ask) {
    const answer = await client(ask).chat.completions.create(
      { model: ask.model, messages: [{ role: 'user', content: PROMPT }] },
      options(ask),
    );
    return answer.choices[0]?.message.content ?? JSON.stringify(answer);
  },
  async *stream(ask) {
    const chunks = await client(ask).chat.completions.create(
      { model: ask.model, messages: [{ role: 'user', content: PROMPT }], stream: true },
      options(ask),
    );
    let mark: string | undefined;
    for await (const chunk of chunks) {
      const choice = chunk.choices[0];
      mark = choice?.finish_reason ?? mark;
      yield choice?.delta.content ?? '';
    }
    return mark;
  },
};

holdVerdicts('groq', chat);
holdStreams('groq', chat);
holdTries('groq', chat);
