import type { Tier } from '../../src/index.js';

export const chain: Tier[] = [
  { provider: 'google', model: 'gemini-3' },
  { provider: 'openai', model: 'gpt-5' },
];

/** A 429 that asks for 20 seconds. */
export const limited = {
  status: 429,
  headers: { 'retry-after': '20' },
  body: { error: { message: 'secret words' } },
};

export async function reject(error: unknown): Promise<never> {
  throw error;
}

export async function* streamOf(chunks: readonly string[], error?: unknown): AsyncGenerator<string> {
  yield* chunks;
  if (error !== undefined) throw error;
}
