import { describe, expect, test } from 'vitest';
import { answers, httpError } from '../../examples/support/loopback-provider.js';
import { judges } from '../../src/index.js';
import { chainOf } from './chain.js';
import { majors, type ProviderName } from './majors.js';
import { eventStream, refusals } from '../support/refusals.js';
import { loopbackForFile } from '../support/loopback.js';

const loopback = await loopbackForFile();

const cases: [string, ProviderName, (typeof refusals)[keyof typeof refusals]][] = [
  ['a refusal of Anthropic', 'anthropic', refusals.anthropic],
  ['a filter of OpenAI', 'openai-chat', refusals.openaiFilter],
  ['SAFETY of Gemini', 'google', refusals.gemini],
];

describe.each(majors)('$name', (major) => {
  const { generateText, streamText } = major.sdk;
  const policy = { reroute: ['content_policy'] as const };
  const prompt = { prompt: 'Capital?', maxRetries: 0 };

  const setUp = (provider: ProviderName, { whole, events }: (typeof cases)[number][2], judge = judges.all) => {
    const second = provider.startsWith('openai') ? 'anthropic' : 'openai-chat';
    const chain = chainOf(major, loopback, [provider, second], { policy, judge });
    loopback.on(chain.names[0]!, ({ streaming }) =>
      streaming ? eventStream(events) : httpError(200, { body: whole }),
    );
    loopback.on(chain.names[1]!, answers('Bern it is.'));
    return chain;
  };

  test.each(cases)('%s is for the next model, which nothing rests for', async (_, provider, reply) => {
    const { model, failover } = setUp(provider, reply);
    const { text, providerMetadata } = await generateText({ model, ...prompt });
    expect([text, providerMetadata?.['tierfall']]).toMatchObject(['Bern it is.', { index: 1, attempts: 2 }]);
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  test.each(cases)(
    '%s in a stream is for the next model, and its reader sees one stream',
    async (_, provider, reply) => {
      const { model } = setUp(provider, reply);
      const result = streamText({ model, ...prompt });
      let text = '';
      for await (const delta of result.textStream) text += delta;
      expect([text, await result.providerMetadata]).toMatchObject(['Bern it is.', { tierfall: { index: 1 } }]);
    },
  );

  test.each([
    ['chat completions', 'openai-chat', refusals.openai],
    ['responses', 'openai', refusals.openaiResponses],
  ] as const)(
    'a refusal in OpenAI’s %s is for the next model, also where the SDK makes text of it',
    async (_, provider, reply) => {
      const { model } = setUp(provider, reply, judges.refusal);
      const result = streamText({ model, ...prompt });
      let text = '';
      for await (const delta of result.textStream) text += delta;
      expect([text, await result.providerMetadata]).toMatchObject(['Bern it is.', { tierfall: { index: 1 } }]);
    },
  );

  test('where all refuse, the first refusal is the answer, streamed or not', async () => {
    const { model, names } = setUp('anthropic', refusals.anthropic);
    const { whole, events } = refusals.openaiFilter;
    loopback.on(names[1]!, ({ streaming }) => (streaming ? eventStream(events) : httpError(200, { body: whole })));
    const generated = await generateText({ model, ...prompt });
    expect(generated.providerMetadata?.['tierfall']).toMatchObject({ index: 0 });
    expect(generated.finishReason).toBe('content-filter');
    const streamed = streamText({ model, ...prompt });
    for await (const part of streamed.fullStream) void part;
    expect([await streamed.finishReason, await streamed.providerMetadata]).toMatchObject([
      'content-filter',
      { tierfall: { index: 0 } },
    ]);
  });
});
