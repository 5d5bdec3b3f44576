import * as fc from '../support/fast-check.js';
import { describe, expect, it, vi } from 'vitest';
import type { OperatorHealth } from '../../src/http/index.js';
import { createWorld, stepDown, tokens } from './support/world.js';

// oxlint-disable-next-line typescript/no-explicit-any -- a document of JSON is walked through
type Json = Record<string, any>;

const REQUESTS = 10_000;
const { body: document } = await createWorld().ask('GET', '/openapi.json', { token: null });
const operations = Object.entries(document.paths as Json).flatMap(([path, methods]) =>
  Object.entries(methods as Json).map(([method, operation]) => ({
    path,
    method: method.toUpperCase(),
    operation: operation as Json,
  })),
);

const name = fc.oneof(
  fc.constantFrom('inbox', 'nobody', '..', '.', 'a/b', '%', '%2e%2e', '__proto__', 'constructor', '\0', '🔥'),
  fc.string({ unit: 'binary', maxLength: 30 }),
);

/** A value that a JSON schema allows, or anything else. */
function valueOf(schema: Json | undefined): fc.Arbitrary<unknown> {
  const anything = fc.jsonValue({ maxDepth: 2 });
  if (!schema) return anything;
  const fitting: fc.Arbitrary<unknown> =
    schema['enum'] !== undefined
      ? fc.constantFrom(...(schema['enum'] as unknown[]))
      : schema['anyOf'] !== undefined
        ? fc.oneof(...(schema['anyOf'] as Json[]).map(valueOf))
        : schema['type'] === 'object'
          ? fc.record(
              Object.fromEntries(
                Object.entries((schema['properties'] ?? {}) as Json).map(([key, value]) => [
                  key,
                  valueOf(value as Json),
                ]),
              ),
              { requiredKeys: [] },
            )
          : schema['type'] === 'string'
            ? fc.string({ maxLength: 600 })
            : schema['type'] === 'array'
              ? fc.array(anything, { maxLength: 4 })
              : fc.oneof(fc.integer(), fc.double(), fc.constant(Date.now() + 1e9));
  return fc.oneof({ weight: 5, arbitrary: fitting }, { weight: 1, arbitrary: anything });
}

/** A value as it stands in a query: text as it is, everything else as JSON, for an object may have no text of its own. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const request = fc.constantFrom(...operations).chain(({ path, method, operation }) => {
  const query = ((operation['parameters'] ?? []) as Json[]).filter((parameter) => parameter['in'] === 'query');
  return fc.record({
    path: name.map((each) => path.replace(/\{\w+\}/u, () => encode(each))),
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant(method) },
      { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD') },
    ),
    query: fc.record(
      Object.fromEntries(
        query.map((parameter) => [parameter['name'], valueOf(parameter['schema'] as Json).map(asText)]),
      ),
      { requiredKeys: [] },
    ),
    body: fc.oneof(
      valueOf(operation['requestBody']?.content['application/json'].schema).map((value) => JSON.stringify(value)),
      fc.string({ maxLength: 50 }),
      fc.constant(undefined),
    ),
    token: fc.constantFrom(tokens.dana, tokens.sam, tokens.ops, 'wrong', ''),
    headers: fc.record(
      {
        'if-match': fc.constantFrom('*', '"0-x"', 'W/"1"', ''),
        'last-event-id': fc.constantFrom('x', '1.2.3', 'a.1.1'),
        'x-tierfall': fc.constantFrom('1', '0'),
        'content-type': fc.constantFrom('application/json', 'text/plain', 'multipart/form-data', 'nonsense'),
        'webhook-id': fc.constant('m'),
        'webhook-timestamp': fc.constantFrom('0', 'x', String(Math.floor(Date.now() / 1000))),
        'webhook-signature': fc.constantFrom('v1,AAAA', 'v1,', 'x'),
      },
      { requiredKeys: [] },
    ),
  });
});

function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';
  }
}

describe(`${REQUESTS} requests made from the OpenAPI document`, () => {
  it('get no 500, and change nothing that who asks may not change', async () => {
    const acted = vi.fn();
    const health: OperatorHealth = {
      status: () => ({ enabled: true, pauses: [], rules: [], checkedAt: null, storeOk: true }),
      pause: acted,
      resume: acted,
      alert: acted,
    };
    const world = createWorld({ health, alertSecret: 'a secret that nobody guesses' });
    await stepDown(world.failover, 'inbox');
    const effects = ['pause', 'resume', 'reset', 'hold'] as const;
    const counted = { effects: 0 };
    for (const effect of effects) {
      const act = world.failover[effect].bind(world.failover) as (...facts: unknown[]) => Promise<void>;
      vi.spyOn(world.failover, effect).mockImplementation((...facts: unknown[]) => {
        counted.effects += 1;
        return act(...facts);
      });
    }
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ path, method, query, body, token, headers }) => {
        const before = counted.effects + acted.mock.calls.length;
        const search = new URLSearchParams(query).toString();
        const hasBody = body !== undefined && method !== 'GET' && method !== 'HEAD';
        const response = await world.handler(
          new Request(`http://operator.test${path}${search === '' ? '' : `?${search}`}`, {
            method,
            headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
            ...(hasBody ? { body } : {}),
          }),
        );
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        expect(response.status, `${method} ${path}`).not.toBe(500);
        expect(response.headers.get('x-content-type-options')).toBe('nosniff');
        if (response.headers.get('content-type')?.includes('event-stream')) await response.body?.cancel();
        else expect(await response.text()).not.toMatch(/at \w+ \(|node:internal|\/src\//u);
        const mayAct = token === tokens.dana || token === tokens.ops;
        if (!mayAct) expect(counted.effects + acted.mock.calls.length, `${method} ${path} by ${token}`).toBe(before);
      }),
      { numRuns: REQUESTS },
    );
    // It tried something: good answers, refusals and effects.
    for (const status of [200, 400, 401, 403, 404, 405])
      expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(10);
    expect(counted.effects).toBeGreaterThan(20);
  }, 120_000);
});
