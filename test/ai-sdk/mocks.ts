import { MockLanguageModelV4 } from 'ai/test';
import type { LanguageModelV4, LanguageModelV4StreamPart as StreamPart } from '@ai-sdk/provider';
import { createFailover, type Failover } from '../../src/index.js';

type GenerateResult = Awaited<ReturnType<LanguageModelV4['doGenerate']>>;

export const usage: GenerateResult['usage'] = {
  inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 2, text: 2, reasoning: undefined },
};

export const finish: StreamPart = finishWith('stop');

export function finishWith(
  unified: GenerateResult['finishReason']['unified'],
  raw: string | undefined = unified,
): StreamPart {
  return { type: 'finish', usage, finishReason: { unified, raw } };
}

export function textAnswer(text: string): GenerateResult {
  return {
    content: [{ type: 'text', text }],
    finishReason: { unified: 'stop', raw: 'stop' },
    usage,
    warnings: [],
  };
}

export function toolAnswer(toolName: string, input: object): GenerateResult {
  return {
    content: [{ type: 'tool-call', toolCallId: 'call-1', toolName, input: JSON.stringify(input) }],
    finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
    usage,
    warnings: [],
  };
}

export function textParts(...deltas: string[]): StreamPart[] {
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'text-start', id: '0' },
    ...deltas.map((delta): StreamPart => ({ type: 'text-delta', id: '0', delta })),
    { type: 'text-end', id: '0' },
    finish,
  ];
}

/** What an SDK's provider throws, as far as anybody may look at it. */
export function apiError(statusCode: number, message = 'no'): Error {
  return Object.assign(new Error(message), { name: 'AI_APICallError', statusCode, isRetryable: statusCode >= 500 });
}

export function streaming(parts: readonly StreamPart[], provider = 'mock'): MockLanguageModelV4 {
  return new MockLanguageModelV4({
    provider,
    doStream: async () => ({ stream: streamOf(parts) }),
  });
}

export function answering(answer: LanguageModelV4['doGenerate'] | GenerateResult): MockLanguageModelV4 {
  return new MockLanguageModelV4({ doGenerate: answer });
}

/** What a caller without types hands in. */
export function untyped(value: unknown): never {
  return value as never;
}

/** A chain whose tiers are these models, in this order. */
export function over(...models: LanguageModelV4[]): {
  failover: Failover;
  modelFor: (tier: { model: string }) => LanguageModelV4;
} {
  const chain = models.map((_, index) => ({ provider: `p${index}`, model: `m${index}` }));
  return {
    failover: createFailover({ chain }),
    modelFor: ({ model }) => models[Number(model.slice(1))]!,
  };
}

export const prompt: Parameters<LanguageModelV4['doStream']>[0] = {
  prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
};

export async function partsOf(stream: ReadableStream<StreamPart>): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

export function streamOf(parts: readonly StreamPart[]): ReadableStream<StreamPart> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}
