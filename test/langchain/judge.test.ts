import { AIMessage, AIMessageChunk } from '@langchain/core/messages';
import { RunnableLambda } from '@langchain/core/runnables';
import { describe, expect, test } from 'vitest';
import { answers, httpError } from '../../examples/support/loopback-provider.js';
import { createFailover, judges } from '../../src/index.js';
import { failoverChatModel, type JudgedMessage } from '../../src/langchain/index.js';
import { eventStream, refusals } from '../support/refusals.js';
import { chainOf, first, second } from './chain.js';
import { loopbackForFile } from '../support/loopback.js';

const loopback = await loopbackForFile();

const reroute = { policy: { reroute: ['content_policy' as const] }, judge: judges.all };

/** A chain of two models that give these messages. */
function modelOf(messages: readonly AIMessage[]) {
  const failover = createFailover({ chain: ['a/0', 'b/1'], policy: { reroute: ['content_policy'] } });
  const given = (tier: { model: string }) => RunnableLambda.from(() => messages[Number(tier.model)]!);
  return { failover, model: failoverChatModel(failover, given, { judge: judges.all }) };
}

describe('a judge', () => {
  test('sends a call that was refused to the next model, for which nothing rests', async () => {
    const { whole, events } = refusals.openaiFilter;
    loopback.on(first, ({ streaming }) => (streaming ? eventStream(events) : httpError(200, { body: whole })));
    loopback.on(second, answers('Bern it is.'));
    const { model, failover } = chainOf(loopback, reroute);
    expect((await model.invoke('Capital?')).text).toBe('Bern it is.');
    let text = '';
    for await (const chunk of await model.stream('Capital?')) text += chunk.text;
    expect(text).toBe('Bern it is.');
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  const refused: [string, Partial<ConstructorParameters<typeof AIMessage>[0] & object>][] = [
    ['Anthropic', { content: '', additional_kwargs: { stop_reason: 'refusal' } }],
    ['Anthropic, whole', { content: [], response_metadata: { stop_reason: 'refusal' } }],
    ['Gemini', { content: '', response_metadata: { finishReason: 'SAFETY' } }],
    ['OpenAI', { content: [], additional_kwargs: { refusal: 'No.' }, response_metadata: { status: 'completed' } }],
    [
      'OpenAI, cut by a filter',
      { content: '', response_metadata: { status: 'incomplete', incomplete_details: { reason: 'content_filter' } } },
    ],
  ];

  test.each(refused)('knows a refusal of %s', async (_, message) => {
    const { model } = modelOf([new AIMessage(message as never), new AIMessage('Bern it is.')]);
    expect((await model.invoke('Capital?')).content).toBe('Bern it is.');
  });

  test.each(refused)('knows a refusal of %s in a stream', async (_, message) => {
    const { model } = modelOf([new AIMessageChunk(message as never), new AIMessageChunk('Bern it is.')]);
    let text = '';
    for await (const chunk of await model.stream('Capital?')) text += chunk.text;
    expect(text).toBe('Bern it is.');
  });

  test('knows a refusal also where the answer is streamed to a screen behind the scenes', async () => {
    const { events } = refusals.openaiFilter;
    loopback.on(first, eventStream(events));
    loopback.on(second, answers('Bern it is.'));
    const { model, failover } = chainOf(loopback, { ...reroute, judge: judges.refusal });
    const screen = { lc_prefer_streaming: true, handleLLMNewToken: () => undefined };
    expect((await model.invoke('Hello', { callbacks: [screen as object] })).text).toBe('Bern it is.');
    expect((await failover.state('default')).lastFailureKind).toBeNull();
  });

  test('knows an empty answer, which reasoning alone is, too', async () => {
    const thought = { type: 'reasoning', reasoning: 'hm' };
    const empty = new AIMessage({ content: [thought], response_metadata: { finish_reason: 'stop' } });
    const { model } = modelOf([empty, new AIMessage('Bern it is.')]);
    expect((await model.invoke('Capital?')).content).toBe('Bern it is.');
  });

  test.each<[string, AIMessage]>([
    ['text', new AIMessage('Bern')],
    ['blocks', new AIMessage([{ type: 'text', text: 'Bern' }])],
    ['a tool call', new AIMessage({ content: '', tool_calls: [{ name: 'ask', args: {}, id: '1' }] })],
  ])('finds nothing in an answer of %s', async (_, message) => {
    const { model } = modelOf([message, new AIMessage('another')]);
    expect((await model.invoke('Capital?')).content).toEqual(message.content);
  });

  test('is given the message itself, too', async () => {
    const seen: JudgedMessage[] = [];
    const { model } = chainOf(loopback, { judge: (judged) => void seen.push(judged) });
    await model.invoke('Hello');
    expect(seen[0]?.message).toBeInstanceOf(AIMessage);
    expect(seen[0]?.choices).toMatchObject([{ finish_reason: 'stop', message: { content: `hello from ${first}` } }]);
  });
});

test('without a judge an answer that plainly failed is for the next model', async () => {
  const failed = new AIMessage({ content: '', response_metadata: { finish_reason: 'error' } });
  const failover = createFailover({ chain: ['a/0', 'b/1'] });
  const model = failoverChatModel(failover, ({ model: name }) =>
    RunnableLambda.from(() => (name === '0' ? failed : new AIMessage('fine'))),
  );
  expect((await model.invoke('Hello')).content).toBe('fine');
});
