import { expect, test } from 'vitest';
import type { LanguageModelV4StreamPart as StreamPart } from '@ai-sdk/provider';
import { isCompletePart, isContentPart } from '../../src/ai-sdk/index.js';
import { createFailover, resolveWithFallback } from '../../src/index.js';
import { finish, finishWith, streaming, textParts, untyped } from './mocks.js';

const delta = (type: 'text-delta' | 'reasoning-delta' | 'tool-input-delta', text: string): StreamPart => ({
  type,
  id: '0',
  delta: text,
});

const content: StreamPart[] = [
  delta('text-delta', 'a'),
  delta('reasoning-delta', 'a'),
  delta('tool-input-delta', '{'),
  { type: 'tool-call', toolCallId: '1', toolName: 't', input: '{}' },
  { type: 'tool-result', toolCallId: '1', toolName: 't', result: 1 },
  { type: 'tool-approval-request', approvalId: '1', toolCallId: '1' },
  { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AA==' } },
  { type: 'source', sourceType: 'url', id: '1', url: 'https://example.org' },
  // Whatever the SDK adds one day.
  untyped({ type: 'hologram' }),
];
const preamble: StreamPart[] = [
  { type: 'stream-start', warnings: [] },
  { type: 'response-metadata', id: '1', modelId: 'm' },
  { type: 'text-start', id: '0' },
  delta('text-delta', ''),
  { type: 'reasoning-start', id: '0' },
  delta('reasoning-delta', ''),
  { type: 'tool-input-start', id: '0', toolName: 't' },
  { type: 'custom', kind: 'anthropic.message_start' },
  { type: 'ping' },
  { type: 'raw', rawValue: {} },
  finish,
];

test.each(content)('$type is content', (part) => {
  expect([isContentPart(part), isCompletePart(part)]).toEqual([true, false]);
});

test.each(preamble)('$type is not content', (part) => {
  expect(isContentPart(part)).toBe(false);
  expect(isCompletePart(part)).toBe(part.type === 'finish');
});

test('a finish that only says the stream was interrupted is no end mark', () => {
  expect(isCompletePart(finishWith('interrupted', undefined))).toBe(false);
});

test('both fit resolveWithFallback, for a host that calls doStream itself', async () => {
  const models = [streaming(textParts().slice(0, 2)), streaming(textParts('Hi'))];
  const failover = createFailover({ chain: ['p/0', 'p/1'] });

  const { value, index } = await resolveWithFallback(
    failover,
    async ({ model }, { signal }) => {
      const { stream } = await models[Number(model)]!.doStream({ prompt: [], abortSignal: signal });
      return stream;
    },
    { isContent: isContentPart, isComplete: isCompletePart },
  );

  let text = '';
  for await (const part of value) if (part.type === 'text-delta') text += part.delta;
  expect([index, text]).toEqual([1, 'Hi']);
});
