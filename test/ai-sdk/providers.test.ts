import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  answers,
  drops,
  endsEarly,
  httpError,
  streamError,
  type Reply,
} from '../../examples/support/loopback-provider.js';
import { isTierfallError, type AttemptFailedEvent } from '../../src/index.js';
import { chainOf as chainOfMajor } from './chain.js';
import { majors, type ProviderName } from './majors.js';
import { loopbackForFile } from '../support/loopback.js';

const loopback = await loopbackForFile();

const primaries = ['openai', 'openai-chat', 'anthropic', 'google'] as const satisfies readonly ProviderName[];
const secondOf = (primary: ProviderName): ProviderName => (primary === 'anthropic' ? 'openai-chat' : 'anthropic');

async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const delta of stream) text += delta;
  return text;
}

describe.each(majors)('$name', (major) => {
  const { generateObject, generateText, streamObject, streamText } = major.sdk;
  type Rest = Parameters<typeof chainOfMajor> extends [unknown, unknown, ...infer R] ? R : never;
  const chainOf = (...rest: Rest) => chainOfMajor(major, loopback, ...rest);

  describe.each(primaries)('with %s in front', (primary) => {
    const second = secondOf(primary);

    test.each([401, 429, 500, 529])('generateText answers from the next tier after a %i', async (status) => {
      const { model, names } = chainOf([primary, second]);
      loopback.on(names[0]!, httpError(status));
      loopback.on(names[1]!, answers('Bern it is.'));

      const first = await generateText({ model, prompt: 'Capital?', maxRetries: 0 });
      const next = await generateText({ model, prompt: 'Capital?', maxRetries: 0 });

      expect([first.text, next.text]).toEqual(['Bern it is.', 'Bern it is.']);
      expect(loopback.calls(names[0])).toBe(1);
      expect(first.providerMetadata?.['tierfall']).toEqual({ tier: `${second}/${names[1]}`, index: 1, attempts: 2 });
      expect(next.providerMetadata?.['tierfall']).toMatchObject({ index: 1, attempts: 1 });
    });

    const before: [string, Reply][] = [
      ['a swallowed 429', httpError(429, { retryAfterSeconds: 30 })],
      ['an error event as the first one', streamError({ status: 529 })],
      ['a connection that is cut', drops('before-response')],
      ['an end without content', endsEarly([])],
    ];
    test.each(before)('streamText falls back unseen after %s', async (_name, reply) => {
      const { model, names } = chainOf([primary, second]);
      loopback.on(names[0]!, reply);
      loopback.on(names[1]!, answers('Bern it is.'));
      const errors: unknown[] = [];

      const result = streamText({
        model,
        prompt: 'Capital?',
        maxRetries: 0,
        onError: ({ error }: { error: unknown }) => void errors.push(error),
      });

      expect(await textOf(result.textStream)).toBe('Bern it is.');
      expect(await result.finishReason).toBe('stop');
      expect((await result.providerMetadata)?.['tierfall']).toMatchObject({ index: 1, attempts: 2 });
      expect(errors).toEqual([]);
      expect([loopback.calls(names[0]), loopback.calls(names[1])]).toEqual([1, 1]);
    });

    const after: [string, Reply, string][] = [
      ['an error event', streamError({ status: 529, after: 'Half an answer' }), 'overloaded server_error'],
      ['a connection that is cut', drops('mid-stream'), 'network'],
      ['an end without an end mark', endsEarly('Half an answer'), 'network'],
    ];
    test.each(after)('after content %s reaches the reader and counts against the tier', async (_name, reply, kinds) => {
      const { failover, model, names } = chainOf([primary, second]);
      loopback.on(names[0]!, reply);
      const failures: AttemptFailedEvent[] = [];
      failover.on('attempt-failed', (event) => failures.push(event));
      const errors: unknown[] = [];

      const result = streamText({
        model,
        prompt: 'Capital?',
        maxRetries: 0,
        onError: ({ error }: { error: unknown }) => void errors.push(error),
      });
      const parts: string[] = [];
      for await (const part of result.fullStream) parts.push(part.type);

      expect(parts.indexOf('text-delta')).toBeGreaterThan(-1);
      expect(parts.indexOf('error')).toBeGreaterThan(parts.indexOf('text-delta'));
      expect(errors).toHaveLength(1);
      expect(failures).toHaveLength(1);
      expect(kinds.split(' ')).toContain(failures[0]!.kind);
      expect(loopback.calls(names[1])).toBe(0);
      expect(await failover.state('default')).toMatchObject({ tier: 1 });
    });
  });

  test('a wait the provider named is kept: nobody asks it again, and the caller is told until when', async () => {
    const { model, names } = chainOf(['openai', 'anthropic'], { policy: { onExhausted: 'throw' } });
    loopback.on('*', httpError(429, { retryAfterSeconds: 30 }));
    const ask = () => generateText({ model, prompt: 'Capital?' });

    const first = await ask().catch((error: unknown) => error);
    const again = await ask().catch((error: unknown) => error);

    expect(isTierfallError(again, 'TIERFALL_CHAIN_EXHAUSTED')).toBe(true);
    expect(first).toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED', cause: { statusCode: 429 } });
    expect(again).toMatchObject({ retryAt: expect.any(Number) });
    expect(names.map((name) => loopback.calls(name))).toEqual([1, 1]);
  });

  test('with its retries left on, the SDK does not retry an exhausted chain', async () => {
    const { model, names } = chainOf(['openai', 'anthropic']);
    loopback.on('*', httpError(500));

    const error = await generateText({ model, prompt: 'Capital?', maxRetries: 2 }).catch((reason: unknown) => reason);
    const streamed: unknown[] = [];
    const { textStream } = streamText({
      model,
      prompt: 'Capital?',
      maxRetries: 2,
      onError: ({ error: e }: { error: unknown }) => void streamed.push(e),
    });

    expect(isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED')).toBe(true);
    expect(await textOf(textStream)).toBe('');
    expect(isTierfallError(streamed[0], 'TIERFALL_CHAIN_EXHAUSTED')).toBe(true);
    expect(names.map((name) => loopback.calls(name))).toEqual([2, 2]);
  });

  test("a request that is wrong everywhere is the provider's own error, and nobody else is asked", async () => {
    const { model, names } = chainOf(['openai', 'anthropic']);
    loopback.on(names[0]!, httpError(400));

    const error = await generateText({ model, prompt: 'Capital?' }).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ name: 'AI_APICallError', statusCode: 400 });
    expect(loopback.calls(names[1])).toBe(0);
  });

  test('generateObject and streamObject fall back like text does', async () => {
    const { model, names } = chainOf(['openai', 'openai-chat']);
    loopback.on(names[0]!, httpError(503));
    loopback.on(names[1]!, answers(['{"capital":', '"Bern"}']));
    const schema = z.object({ capital: z.string() });

    const { object } = await generateObject({ model, schema, prompt: 'Capital?', maxRetries: 0 });
    const streamed = streamObject({ model, schema, prompt: 'Capital?', maxRetries: 0 });
    let last: unknown;
    for await (const partial of streamed.partialObjectStream) last = partial;

    expect(object).toEqual({ capital: 'Bern' });
    expect(last).toEqual({ capital: 'Bern' });
  });

  test('a URL that only some of the models can read is downloaded once and sent to all as content', async () => {
    const { model, names } = chainOf(['openai', 'google']);
    const urls = await model.supportedUrls;
    const alone = await chainOf(['openai']).model.supportedUrls;
    expect(alone['image/*']).toBeDefined();
    expect(urls['image/*']).toBeUndefined();

    loopback.on(names[0]!, httpError(500));
    loopback.on(names[1]!, answers('A cat.'));
    const image = {
      role: 'user',
      content: [{ type: 'file', data: new URL('https://pictures.invalid/cat.png'), mediaType: 'image/png' }],
    };
    const result = await generateText({
      model,
      messages: [image],
      maxRetries: 0,
      experimental_download: async (asked: { isUrlSupportedByModel: boolean }[]) =>
        asked.map(({ isUrlSupportedByModel }) =>
          isUrlSupportedByModel ? null : { data: new Uint8Array([0x89, 0x50, 0x4e, 0x47]), mediaType: 'image/png' },
        ),
    });
    expect(result.text).toBe('A cat.');
  });
});
