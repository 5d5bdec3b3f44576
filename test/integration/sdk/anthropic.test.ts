import Anthropic from '@anthropic-ai/sdk';
import type { Ask, SdkDriver } from '../../support/sdk-driver.ts';
import { PATIENCE_MS, PROMPT, given, noRetries } from '../../support/sdk-driver.ts';
import { holdStreams } from '../../support/sdk-streams.ts';
import { holdVerdicts } from '../../support/sdk-suite.ts';
import { holdTries } from '../../support/sdk-tries.ts';

function client(ask: Ask): Anthropic {
  return new Anthropic({
    apiKey: 'sk-ant-test',
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

function request(ask: Ask): Anthropic.MessageCreateParamsNonStreaming {
  return { model: ask.model, max_tokens: 16, messages: [{ role: 'user', content: PROMPT }] };
}

async function* read(
  events: AsyncIterable<Anthropic.RawMessageStreamEvent>,
): AsyncGenerator<string, string | undefined> {
  let mark: string | undefined;
  for await (const event of events) {
    if (event.type === 'message_stop') mark = event.type;
    yield event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '';
  }
  return mark;
}

const create: SdkDriver = {
  wire: 'anthropic',
  async call(ask) {
    const answer = await client(ask).messages.create(request(ask), options(ask));
    return answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  },
  async *stream(ask) {
    return yield* read(await client(ask).messages.create({ ...request(ask), stream: true }, options(ask)));
  },
};

const messageStream: SdkDriver = {
  wire: 'anthropic',
  async *stream(ask) {
    const stream = client(ask).messages.stream(request(ask), options(ask));
    const mark = yield* read(stream);
    await stream.finalMessage();
    return mark;
  },
};

holdVerdicts('anthropic', create);
holdVerdicts('anthropic .stream()', messageStream);
holdStreams('anthropic', create);
holdStreams('anthropic .stream()', messageStream);
holdTries('anthropic', create);
