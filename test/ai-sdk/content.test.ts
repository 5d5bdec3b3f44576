import { isStepCount, streamText, tool, ToolLoopAgent } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LanguageModelV4StreamPart as StreamPart } from '@ai-sdk/provider';
import { failoverModel } from '../../src/ai-sdk/index.js';
import { StreamCutError } from '../../src/index.js';
import {
  answering,
  apiError,
  finishWith,
  over,
  partsOf,
  prompt,
  streaming,
  textAnswer,
  textParts,
  toolAnswer,
} from './mocks.js';

const weather = tool({
  description: 'The weather somewhere',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `sun over ${city}`,
});

describe('tools and agents', () => {
  test('a tool loop goes on at the next tier with the results of the first', async () => {
    let asked = 0;
    const first = answering(async () => {
      if (asked++ === 0) return toolAnswer('weather', { city: 'Bern' });
      throw apiError(529);
    });
    const second = answering(textAnswer('Take sunglasses.'));
    const { failover, modelFor } = over(first, second);
    const agent = new ToolLoopAgent({ model: failoverModel(failover, modelFor), tools: { weather }, maxRetries: 0 });

    const result = await agent.generate({ prompt: 'What do I need in Bern?' });

    expect(result.text).toBe('Take sunglasses.');
    expect(result.steps).toHaveLength(2);
    expect(JSON.stringify(second.doGenerateCalls[0]?.prompt)).toContain('sun over Bern');
    expect(second.doGenerateCalls[0]?.tools).toMatchObject([{ type: 'function', name: 'weather' }]);
  });

  test('a streamed tool call is content: what fails after it is not started over elsewhere', async () => {
    const call: StreamPart[] = [
      { type: 'tool-input-start', id: 'call-1', toolName: 'weather' },
      { type: 'tool-input-delta', id: 'call-1', delta: '{"city":"Bern"}' },
      { type: 'tool-input-end', id: 'call-1' },
      { type: 'tool-call', toolCallId: 'call-1', toolName: 'weather', input: '{"city":"Bern"}' },
      finishWith('tool-calls'),
    ];
    const second = streaming(textParts('elsewhere'));
    const cut = over(streaming(call.slice(0, 2)), second);
    const whole = over(streaming(call), streaming(textParts('Sun', 'glasses.')));

    const error = (await partsOf((await failoverModel(cut.failover, cut.modelFor).doStream(prompt)).stream)).at(-1);
    const steps = streamText({
      model: failoverModel(whole.failover, whole.modelFor, { pinned: 0 }),
      tools: { weather },
      prompt: 'Bern?',
      stopWhen: isStepCount(1),
    });

    expect(error).toMatchObject({ type: 'error', error: expect.any(StreamCutError) });
    expect(second.doStreamCalls).toHaveLength(0);
    expect(await steps.toolResults).toMatchObject([{ toolName: 'weather', output: 'sun over Bern' }]);
  });

  test('a tier that only announced a tool call is left unseen', async () => {
    const announced = streaming([
      { type: 'stream-start', warnings: [] },
      { type: 'tool-input-start', id: 'call-1', toolName: 'weather' },
      { type: 'error', error: apiError(500) },
    ]);
    const { failover, modelFor } = over(announced, streaming(textParts('Hi')));

    const parts = await partsOf((await failoverModel(failover, modelFor).doStream(prompt)).stream);

    expect(parts.map((part) => part.type)).toEqual(['stream-start', 'text-start', 'text-delta', 'text-end', 'finish']);
  });
});

test("a provider's remark that its stream was interrupted does not pass for an end", async () => {
  const cut = streaming([...textParts('Half').slice(0, -1), finishWith('interrupted', undefined)]);
  const { failover, modelFor } = over(cut, streaming(textParts('no')));

  const parts = await partsOf((await failoverModel(failover, modelFor).doStream(prompt)).stream);

  expect(parts.map((part) => part.type)).toEqual(['stream-start', 'text-start', 'text-delta', 'text-end', 'error']);
});
