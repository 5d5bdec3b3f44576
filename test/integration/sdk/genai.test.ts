import type { GenerateContentParameters } from '@google/genai';
import { GoogleGenAI } from '@google/genai';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PATIENCE_MS, PROMPT, given } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

/** It has no retries unless `httpOptions.retryOptions` is given. */
function client(ask: Ask): GoogleGenAI {
  const timeout = ask.timeoutMs ?? PATIENCE_MS;
  return new GoogleGenAI({
    apiKey: 'AIza-test',
    httpOptions: { baseUrl: ask.url, timeout, ...given('fetch', ask.fetch) },
  });
}

function request(ask: Ask): GenerateContentParameters {
  return { model: ask.model, contents: PROMPT, config: given('abortSignal', ask.signal) };
}

const generate: SdkDriver = {
  wire: 'gemini',
  async call(ask) {
    const answer = await client(ask).models.generateContent(request(ask));
    return answer.text ?? JSON.stringify(answer);
  },
  async *stream(ask) {
    let mark: string | undefined;
    for await (const chunk of await client(ask).models.generateContentStream(request(ask))) {
      mark = chunk.candidates?.[0]?.finishReason ?? mark;
      yield chunk.text ?? '';
    }
    return mark;
  },
};

holdVerdicts('genai', generate);
holdStreams('genai', generate);
holdTries('genai', generate);
