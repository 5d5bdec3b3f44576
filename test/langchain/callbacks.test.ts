import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { HumanMessage } from '@langchain/core/messages';
import { BaseTracer, type Run } from '@langchain/core/tracers/base';
import { describe, expect, test } from 'vitest';
import { answers, endsEarly, httpError, streamError } from '../../examples/support/loopback-provider.js';
import { ask, callsTool, chainOf, first, second, weather } from './chain.js';
import { loopbackForFile } from '../support/loopback.js';
import { eventStream } from '../support/refusals.js';

const loopback = await loopbackForFile();

/** Keeps the tree of runs. */
class Trace extends BaseTracer {
  readonly name = 'trace';
  override awaitHandlers = true;
  readonly roots: Run[] = [];
  override async persistRun(run: Run): Promise<void> {
    this.roots.push(run);
  }
}

/** Shows tokens as they come, as a graph does with `streamMode: 'messages'`. */
class Screen extends BaseCallbackHandler {
  readonly name = 'screen';
  override awaitHandlers = true;
  readonly lc_prefer_streaming = true;
  text = '';
  override handleLLMNewToken(token: string): void {
    this.text += token;
  }
}

const outline = ({ run_type, error, child_runs }: Run): unknown[] => [
  run_type,
  error !== undefined,
  ...child_runs.map(outline),
];

describe('a trace', () => {
  test.each(['invoke', 'stream'] as const)('shows each attempt as a run of its model (%s)', async (method) => {
    loopback.on(first, httpError(503));
    const { model } = chainOf(loopback);
    const trace = new Trace();
    await ask(model, method, { callbacks: [trace], runName: 'ask' });
    expect(trace.roots.map(outline)).toEqual([['chain', false, ['llm', true], ['llm', false]]]);
    expect(trace.roots[0]).toMatchObject({ name: 'ask', child_runs: [{ name: 'ChatOpenAI' }, { name: 'ChatOpenAI' }] });
  });

  test.each(['invoke', 'stream'] as const)('ends with the error where nobody answers (%s)', async (method) => {
    loopback.on('*', httpError(503));
    const { model } = chainOf(loopback);
    const trace = new Trace();
    const asked = ask(model, method, { callbacks: [trace] });
    await expect(asked).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    expect(trace.roots.map(outline)).toEqual([['chain', true, ['llm', true], ['llm', true]]]);
  });

  test('of `generate` is one run of a model', async () => {
    loopback.on(first, httpError(503));
    const { model } = chainOf(loopback);
    const trace = new Trace();
    const { generations } = await model.generate([[new HumanMessage('Hello')]], undefined, [trace]);
    expect(generations[0]?.[0]?.text).toBe(`hello from ${second}`);
    expect(trace.roots.map(outline)).toEqual([['llm', false]]);
  });

  test('ends also where the reader of a stream has left', async () => {
    const { model } = chainOf(loopback);
    const trace = new Trace();
    for await (const chunk of await model.stream('Hello', { callbacks: [trace] })) if (chunk.text !== '') break;
    expect(trace.roots[0]).toMatchObject({ run_type: 'chain', outputs: expect.anything() });
    expect(trace.roots[0]?.error).toBeUndefined();
  });
});

describe('who is shown tokens', () => {
  test('sees those of the model that answers', async () => {
    loopback.on(first, streamError({ status: 529 }));
    const { model } = chainOf(loopback);
    const screen = new Screen();
    const answer = await model.invoke('Hello', { callbacks: [screen] });
    expect([screen.text, answer.text]).toEqual([`hello from ${second}`, `hello from ${second}`]);
  });

  test('never sees a second model begin after the first one has said something', async () => {
    loopback.on(first, streamError({ status: 529, after: 'half a' }));
    const { model } = chainOf(loopback);
    const screen = new Screen();
    await expect(model.invoke('Hello', { callbacks: [screen] })).rejects.toThrow(/overloaded/u);
    expect([screen.text, loopback.calls(second)]).toEqual(['half a', 0]);
    expect((await model.invoke('Hello', { callbacks: [screen] })).text).toBe(`hello from ${second}`);
  });

  test('sees the next model where the first stream ended without a word', async () => {
    for (const reply of [endsEarly(''), eventStream([], { done: true })]) {
      loopback.on(first, reply);
      const screen = new Screen();
      const { model, failover } = chainOf(loopback);
      const answer = await model.invoke('Hello', { callbacks: [screen] });
      expect([screen.text, answer.text]).toEqual([`hello from ${second}`, `hello from ${second}`]);
      expect((await failover.state('default')).lastFailureKind).toBe('network');
    }
  });

  test('never takes half an answer for one, also in events of version 3', async () => {
    loopback.on(first, endsEarly('half a'));
    const { model, failover } = chainOf(loopback);
    const cut = model.invoke('Hello', { callbacks: [new Screen()] });
    await expect(cut).rejects.toMatchObject({ code: 'TIERFALL_STREAM_CUT', tier: `openai/${first}` });
    expect(failover.stats().tiers.map(({ ok, failed }) => [ok, failed])).toEqual([
      [0, 1],
      [0, 0],
    ]);
    const events = { lc_prefer_chat_model_stream_events: true, handleChatModelStreamEvent: () => undefined } as object;
    const other = chainOf(loopback).model.invoke('Hello', { callbacks: [events] });
    await expect(other).rejects.toMatchObject({ code: 'TIERFALL_STREAM_CUT' });
    loopback.on(second, answers('whole'));
    const whole = await chainOf(loopback, { first: 1 }).model.invoke('Hello', { callbacks: [events] });
    expect(whole.text).toBe('whole');
    const unmarked = chainOf(loopback, { isComplete: () => true }).model;
    expect((await unmarked.invoke('Hello', { callbacks: [new Screen()] })).text).toBe('half a');
  });

  test('is not a tracer: nobody has seen what it wrote down', async () => {
    loopback.on(first, streamError({ status: 529, after: 'half a' }));
    const { model } = chainOf(loopback);
    const answer = await model.invoke('Hello', { callbacks: [new Trace()] });
    expect(answer.text).toBe(`hello from ${second}`);
  });
});

describe('events', () => {
  test('of version 2 tell the tokens of the model that answers, once', async () => {
    loopback.on(first, httpError(503));
    const { model } = chainOf(loopback);
    let text = '';
    const seen = new Set<string>();
    for await (const { event, data } of model.streamEvents('Hello', { version: 'v2' })) {
      seen.add(event);
      if (event === 'on_chat_model_stream') text += data.chunk.text;
    }
    expect(text).toBe(`hello from ${second}`);
    expect([...seen]).toEqual(expect.arrayContaining(['on_chain_start', 'on_chat_model_end', 'on_chain_end']));
  });

  test('of version 3 are those of one message', async () => {
    loopback.on(first, httpError(503));
    loopback.on(second, callsTool);
    const { model } = chainOf(loopback);
    const message = await (model as BaseChatModel).streamEvents('Weather in Rome?', { tools: [weather] } as object);
    expect(message.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Rome' } }]);
  });

  test('of version 3, and `generate`, say by their config whose call it is', async () => {
    const seen: unknown[] = [];
    const { model } = chainOf(loopback, {
      perCall: ({ configurable, metadata, tags }) => {
        seen.push([configurable, metadata, tags]);
        return {};
      },
    });
    const config = { configurable: { thread_id: 'one' }, metadata: { by: 'me' }, tags: ['mine'] };
    await (model as BaseChatModel).streamEvents('Hello', config as object);
    await model.generate([[new HumanMessage('Hello')]], config);
    const given = [{ thread_id: 'one' }, { by: 'me' }, ['mine']];
    expect(seen).toEqual([given, given]);
  });
});
