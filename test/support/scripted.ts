import type { CallContext, Tier } from '../../src/index.js';

/** What a tier does on its next call. */
export type Turn = unknown;

/** A provider's error as SDKs throw it: a status, a code, headers. */
export function apiError(
  status: number,
  options: { code?: string; message?: string; headers?: Record<string, string> } = {},
) {
  const { code, message = `status ${status}`, headers = {} } = options;
  return Object.assign(new Error(message), { status, headers, ...(code === undefined ? {} : { code }) });
}

export const overloaded = () => apiError(529, { code: 'overloaded_error', message: 'Overloaded' });
export const revoked = () => apiError(401, { code: 'invalid_api_key', message: 'Incorrect API key provided' });
export const rateLimited = (seconds: number) =>
  apiError(429, { message: 'Too many requests', headers: { 'retry-after': String(seconds) } });
export const invalid = () => apiError(400, { code: 'invalid_request_error', message: "'messages' must not be empty" });

/** A call whose tiers follow scripts: an error is thrown, a function is called, anything else is the answer. */
export function scripted(script: Record<string, Turn[]>) {
  const asked: string[] = [];
  const call = async (tier: Tier, _context: CallContext) => {
    const id = `${tier.provider}/${tier.model}`;
    asked.push(id);
    const turns = script[id] ?? [];
    const turn = turns.length > 1 ? turns.shift() : turns[0];
    const value = typeof turn === 'function' ? (turn as () => unknown)() : turn;
    if (value instanceof Error) throw value;
    return value ?? `answer of ${id}`;
  };
  return { call, asked };
}
