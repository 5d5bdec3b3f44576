import OpenAI from 'openai';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PATIENCE_MS, PROMPT, given, noRetries } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

function client(ask: Ask): OpenAI {
  return new OpenAI({
    apiKey: 'sk-test',
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
  wire: 'openai',
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

const responses: SdkDriver = {
  wire: 'openai',
  async call(ask) {
    const answer = await client(ask).responses.create({ model: ask.model, input: PROMPT }, options(ask));
    return answer.output_text;
  },
  async *stream(ask) {
    const events = await client(ask).responses.create({ model: ask.model, input: PROMPT, stream: true }, options(ask));
    let mark: string | undefined;
    for await (const event of events) {
      if (event.type === 'response.completed') mark = event.type;
      yield event.type === 'response.output_text.delta' ? event.delta : '';
    }
    return mark;
  },
};

holdVerdicts('openai', chat);
holdVerdicts('openai responses', responses);
holdStreams('openai', chat);
holdStreams('openai responses', responses);
holdTries('openai', chat);
