import { vi } from 'vitest';
import type { Tier } from '../../src/index.js';

/** Headers of an answer that say how much of a limit of 100 is left, and the seconds to its reset. */
export function limitHeaders(remaining: number | string, resetSeconds: number | string = 60): Record<string, string> {
  return {
    'x-ratelimit-limit-requests': '100',
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': String(resetSeconds),
  };
}

/** Answers every request of this process with the headers that `headersOf` has for the provider its URL names. */
export function answerRequests(headersOf: Record<string, Record<string, string> | undefined>): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input);
    return new Response('{}', { status: 200, headers: headersOf[hostname.split('.')[0]!] ?? {} });
  });
}

/** Where a tier is asked. */
export function urlOf({ provider }: Tier): string {
  return `http://${provider}.test/v1`;
}
