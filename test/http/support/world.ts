import { createFailover, createMemoryStore, type Failover, type StateStore } from '../../../src/index.js';
import {
  bearerTokens,
  createOperatorHandler,
  type OperatorHandler,
  type OperatorOptions,
} from '../../../src/http/index.js';
import { createManualClock, type ManualClock } from '../../../src/testing/index.js';

/** Tokens of the people in these tests. */
export const tokens = {
  dana: 'dana-token-0123456789',
  sam: 'sam-token-0123456789',
  ops: 'ops-token-0123456789',
};

export const chain = ['anthropic/claude-sonnet-4-5', 'openai/gpt-5.2', 'google/gemini-2.5-pro'] as const;

export interface Asked {
  status: number;
  headers: Headers;
  /** Parsed JSON, of whatever shape. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests say what they expect of it
  body: any;
  text: string;
}

export interface World {
  clock: ManualClock;
  store: StateStore;
  failover: Failover;
  handler: OperatorHandler;
  /** Asks as dana, who may do everything. */
  ask: (method: string, path: string, options?: AskOptions) => Promise<Asked>;
}

export interface AskOptions {
  body?: unknown;
  token?: string | null;
  headers?: Record<string, string>;
}

export function createWorld(options: Partial<OperatorOptions> = {}, given: { store?: StateStore } = {}): World {
  const clock = createManualClock();
  const store = given.store ?? createMemoryStore({ now: () => clock.now() });
  const failover = createFailover({ chain: [...chain], store, clock });
  const handler = createOperatorHandler({
    failover,
    authorize: bearerTokens({
      [tokens.dana]: 'dana',
      [tokens.sam]: { actor: 'sam', can: ['read'] },
      [tokens.ops]: { actor: 'ops', can: ['read', 'operate'] },
    }),
    ...options,
  });
  return { clock, store, failover, handler, ask: (method, path, more) => ask(handler, method, path, more) };
}

export async function ask(
  handler: (request: Request) => Promise<Response>,
  method: string,
  path: string,
  { body, token = tokens.dana, headers = {} }: AskOptions = {},
): Promise<Asked> {
  const request = new Request(`http://operator.test${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return read(await handler(request));
}

export async function read(response: Response): Promise<Asked> {
  const text = await response.text();
  const isJson = /json/u.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

/** Makes the first tier of an instance fail so that it steps down. */
export async function stepDown(failover: Failover, instance: string, kind: 'rate_limit' | 'overloaded' = 'rate_limit') {
  const { tier } = await failover.state(instance);
  await failover.record(instance, {
    tier,
    ok: false,
    kind,
    ...(kind === 'rate_limit' ? { retryAfterMs: 240_000 } : {}),
  });
}
