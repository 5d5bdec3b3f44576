import { Ollama } from 'ollama';
import { vi } from 'vitest';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PROMPT } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

/** The client has neither a timeout nor a signal per call: both come in through its `fetch`. */
function client(ask: Ask): Ollama {
  const send = ask.fetch ?? fetch;
  return new Ollama({
    host: ask.url,
    fetch(input, init) {
      const timeout = ask.timeoutMs === undefined ? undefined : AbortSignal.timeout(ask.timeoutMs);
      const signals = [init?.signal, ask.signal, timeout].filter((signal) => signal instanceof AbortSignal);
      return send(input, { ...init, signal: AbortSignal.any(signals) });
    },
  });
}

const chat: SdkDriver = {
  wire: 'ollama',
  async call(ask) {
    const answer = await client(ask).chat({ model: ask.model, messages: [{ role: 'user', content: PROMPT }] });
    return answer.message.content;
  },
  async *stream(ask) {
    const parts = await client(ask).chat({
      model: ask.model,
      messages: [{ role: 'user', content: PROMPT }],
      stream: true,
    });
    let mark: string | undefined;
    for await (const part of parts) {
      if (part.done) mark = part.done_reason;
      yield part.message.content;
    }
    return mark;
  },
};

// The client reports broken bodies on the console, and no option stops it.
vi.spyOn(console, 'log').mockReturnValue();
vi.spyOn(console, 'warn').mockReturnValue();

holdVerdicts('ollama', chat);
holdStreams('ollama', chat);
holdTries('ollama', chat);
