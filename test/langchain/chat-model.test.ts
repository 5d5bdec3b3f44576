import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, AIMessageChunk } from '@langchain/core/messages';
import { RunnableLambda } from '@langchain/core/runnables';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { answers, drops, endsEarly, httpError, stalls, streamError } from '../../examples/support/loopback-provider.js';
import { ChainExhaustedError, ConfigError, createFailover, isTierfallError } from '../../src/index.js';
import { failoverChatModel, type AnyChatModel } from '../../src/langchain/index.js';
import { createManualClock } from '../../src/testing/index.js';
import { ask, callsTool, chainOf, first, modelsAt, second, weather } from './chain.js';
import { loopbackForFile } from '../support/loopback.js';

const loopback = await loopbackForFile();

const calls = () => [loopback.calls(first), loopback.calls(second)];

/** Everything that a stream gave, and what it ended with. */
async function read(
  stream: AsyncIterable<AIMessageChunk>,
): Promise<{ text: string; whole?: AIMessageChunk; error?: unknown }> {
  let text = '';
  let whole: AIMessageChunk | undefined;
  try {
    for await (const chunk of stream) {
      text += chunk.text;
      whole = whole === undefined ? chunk : whole.concat(chunk);
    }
  } catch (error) {
    return { text, error };
  }
  return whole ? { text, whole } : { text };
}

describe('a call', () => {
  test.each([401, 429, 503, 529])(
    'that fails with %i goes to the next model, and each is asked once',
    async (status) => {
      loopback.on(first, httpError(status));
      const { model } = chainOf(loopback);
      const answer = await model.invoke('Hello');
      expect(answer.text).toBe(`hello from ${second}`);
      expect(answer.response_metadata['tierfall']).toEqual({ tier: `groq/${second}`, index: 1, attempts: 2 });
      expect(calls()).toEqual([1, 1]);
    },
  );

  test('keeps the wait that a provider asks for', async () => {
    const clock = createManualClock();
    loopback.on(first, httpError(429, { retryAfterSeconds: 40 }));
    const { model } = chainOf(loopback, { clock });
    await model.invoke('Hello');
    loopback.on(first, answers('back again'));
    await clock.advance(39_000);
    await model.invoke('Hello');
    expect(calls()).toEqual([1, 2]);
    await clock.advance(2000);
    expect((await model.invoke('Hello')).text).toBe('back again');
    expect(calls()).toEqual([2, 2]);
  });

  test('keeps the tool calls of the model that answers, whose provider was given the tools', async () => {
    loopback.on(first, httpError(503));
    loopback.on(second, callsTool);
    const { model } = chainOf(loopback);
    const answer = await model.bindTools([weather], { tool_choice: 'weather' }).invoke('Weather in Rome?');
    expect(answer.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Rome' } }]);
    expect(answer.usage_metadata).toMatchObject({ input_tokens: 30, output_tokens: 20 });
  });

  test.each(['invoke', 'stream'] as const)(
    'has none of the retries that LangChain makes, also where models have a fetch of their own (%s)',
    async (method) => {
      loopback.on(first, httpError(503));
      const failover = createFailover({ chain: [`openai/${first}`, `groq/${second}`] });
      const modelFor = modelsAt(loopback);
      await ask(
        failoverChatModel(failover, (tier) => modelFor(tier, { fetch })),
        method,
      );
      expect(calls()).toEqual([1, 1]);
    },
  );

  test('that nobody answers rejects with ChainExhaustedError', async () => {
    loopback.on('*', httpError(401));
    const { model } = chainOf(loopback);
    const error: unknown = await model.invoke('Hello').catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ChainExhaustedError);
    expect(error).toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED', attempts: [{ kind: 'auth' }, { kind: 'auth' }] });
  });

  test('whose request is wrong rejects with the error of the provider, and nobody rests', async () => {
    loopback.on(first, httpError(400));
    const { model, failover } = chainOf(loopback);
    await expect(model.invoke('Hello')).rejects.toMatchObject({ status: 400 });
    expect([...calls(), (await failover.state('default')).tier]).toEqual([1, 0, 0]);
  });

  test.each(['invoke', 'stream'] as const)('that its caller aborts counts against nobody (%s)', async (method) => {
    loopback.on(first, stalls('headers'));
    const { model, failover } = chainOf(loopback);
    const controller = new AbortController();
    const answer = ask(model, method, { signal: controller.signal });
    const ended = expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await loopback.stalled();
    controller.abort();
    await ended;
    expect([...calls(), failover.stats().tiers.map(({ failed }) => failed)]).toEqual([1, 0, [0, 0]]);
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  test('counts what it used against the budget, also of a stream', async () => {
    loopback.on('*', callsTool);
    const tokenBudget = { limit: 1000, windowMs: 3_600_000 };
    const { model, failover } = chainOf(loopback, { recordUsage: true, policy: { tokenBudget } });
    await model.invoke('Hello');
    expect((await failover.budget('default'))?.used).toBe(50);
    await read(await model.stream('Hello'));
    expect((await failover.budget('default'))?.used).toBe(100);
  });

  test('is handed on as it is where it may not be changed', async () => {
    const fixed = Object.freeze(new AIMessage('Hello'));
    const model = failoverChatModel(createFailover({ chain: ['a/b'] }), () => RunnableLambda.from(() => fixed));
    expect(await model.invoke('Hello')).toBe(fixed);
  });

  test('says by its config whose it is', async () => {
    const { model, failover } = chainOf(loopback, {
      instance: 'agent',
      perCall: ({ configurable }) => ({ session: configurable?.['thread_id'], pinned: configurable?.['pinned'] }),
    });
    await failover.hold('agent', 0, { by: 'test' });
    expect((await model.invoke('Hello')).text).toBe(`hello from ${second}`);
    const pinned = model.invoke('Hello', { configurable: { pinned: `openai/${first}`, thread_id: 'one' } });
    await expect(pinned).rejects.toSatisfy((error) => isTierfallError(error, 'TIERFALL_PINNED_TIER'));
    expect(calls()).toEqual([0, 1]);
  });
});

describe('a stream', () => {
  test.each([
    ['the request fails', httpError(429)],
    ['it begins with an error', streamError({ status: 529 })],
    ['the connection is lost', drops('before-response')],
    ['it ends without a word and without its end mark', endsEarly('')],
  ])('has another model when %s', async (_, reply) => {
    loopback.on(first, reply);
    const { model } = chainOf(loopback);
    const { text, whole } = await read(await model.stream('Hello'));
    expect(text).toBe(`hello from ${second}`);
    expect(whole?.response_metadata).toMatchObject({ finish_reason: 'stop', tierfall: { index: 1, attempts: 2 } });
    expect(calls()).toEqual([1, 1]);
  });

  test.each([
    ['fails', streamError({ status: 529, after: 'half a' })],
    ['is cut', drops('mid-stream')],
    ['just ends', endsEarly('half a')],
  ])('that %s after content fails there, and the next one begins elsewhere', async (_, reply) => {
    loopback.on(first, reply);
    const { model } = chainOf(loopback);
    const { text, error } = await read(await model.stream('Hello'));
    expect(text).not.toBe('');
    expect(error).toBeDefined();
    expect(calls()).toEqual([1, 0]);
    expect((await read(await model.stream('Hello'))).text).toBe(`hello from ${second}`);
    expect(calls()).toEqual([1, 1]);
  });

  test('is cut also where its text does not say that its end is marked, as Anthropic’s', async () => {
    const piece = (content: string, fields: object = {}) => new AIMessageChunk({ content, ...fields });
    const begun = piece('', { response_metadata: { model_provider: 'anthropic' } });
    const stopped = piece('', { additional_kwargs: { stop_reason: 'end_turn' } });
    const asked = async (...pieces: AIMessageChunk[]) => {
      const stream = async () =>
        (async function* () {
          yield* pieces;
        })();
      const modelFor = (): AnyChatModel => ({ invoke: async () => begun, stream });
      return read(await failoverChatModel(createFailover({ chain: ['a/b'] }), modelFor).stream('Hello'));
    };
    const cut = await asked(begun, piece('half a'));
    expect(cut).toMatchObject({ text: 'half a', error: { code: 'TIERFALL_STREAM_CUT' } });
    expect(await asked(begun, piece('whole'), stopped)).toMatchObject({ text: 'whole', whole: {} });
  });

  test('of a tool call keeps the model that began it', async () => {
    loopback.on(first, callsTool);
    const { model } = chainOf(loopback);
    const { whole } = await read(await model.bindTools([weather]).stream('Weather in Rome?'));
    expect(whole?.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Rome' } }]);
  });

  test('that its reader leaves stops the provider and is a success', async () => {
    const { model, failover } = chainOf(loopback);
    for await (const chunk of await model.stream('Hello')) if (chunk.text !== '') break;
    expect(failover.stats().tiers[0]).toMatchObject({ ok: 1, failed: 0 });
  });
});

describe('structured output', () => {
  const city = z.object({ city: z.string() });

  test('comes from the next model in the way of its own integration', async () => {
    loopback.on(first, httpError(503));
    loopback.on(second, answers('{"city":"Rome"}'));
    const tokenBudget = { limit: 1000, windowMs: 3_600_000 };
    const { model, failover } = chainOf(loopback, { recordUsage: true, policy: { tokenBudget } });
    expect(await model.withStructuredOutput(city, { method: 'jsonMode' }).invoke('Where?')).toEqual({ city: 'Rome' });
    expect(calls()).toEqual([1, 1]);
    expect((await failover.budget('default'))?.used).toBeGreaterThan(0);
  });

  test('streams', async () => {
    loopback.on(first, streamError({ status: 529 }));
    loopback.on(second, answers(['{"city":', '"Rome"}']));
    const { model } = chainOf(loopback);
    const structured = model.withStructuredOutput(city, { method: 'jsonMode' });
    let last: unknown;
    for await (const part of await structured.stream('Where?')) last = part;
    expect(last).toEqual({ city: 'Rome' });
  });
});

describe('what it is made with', () => {
  test('is a chat model of LangChain, whose name is the chain', () => {
    const { model } = chainOf(loopback);
    expect(model).toBeInstanceOf(BaseChatModel);
    expect(model.getName()).toBe('FailoverChatModel');
    expect(JSON.stringify(model)).not.toContain('not-a-key');
  });

  test.each<[path: string, failover: unknown, modelFor: unknown, options: object]>([
    ['failover', undefined, modelsAt, {}],
    ['modelFor', createFailover({ chain: ['a/b'] }), 'model', {}],
    ['perCal', createFailover({ chain: ['a/b'] }), modelsAt, { perCal: modelsAt }],
    ['judge', createFailover({ chain: ['a/b'] }), modelsAt, { judge: 'refusal' }],
  ])('is checked: %s', (path, failover, modelFor, options) => {
    const make = () => failoverChatModel(failover as never, modelFor as never, options as never);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(path);
  });

  test('tools for a model that takes none are named with their tier', async () => {
    const failover = createFailover({ chain: ['openai/gpt-5.2'] });
    const toolless = (): AnyChatModel => RunnableLambda.from(() => new AIMessage('Hello'));
    const model = failoverChatModel(failover, toolless).bindTools([weather]);
    await expect(model.invoke('Hello')).rejects.toThrow('modelFor(openai/gpt-5.2)');
  });
});
