import { afterEach, describe, expect, test, vi } from 'vitest';
import { createFailover, type CallContext, type PolicyOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { apiError, overloaded, scripted, type Turn } from '../support/scripted.js';

const refused = () => apiError(400, { code: 'invalid_request_error', message: "Unsupported parameter: 'effort'" });
const tooLong = () => apiError(400, { code: 'context_length_exceeded', message: 'maximum context length' });
const strange = () => apiError(418, { message: 'I am a teapot' });
const unanswered = () => new Error('cannot read properties of undefined');

function setUp(script: Record<string, Turn[]>, policy: PolicyOptions = {}) {
  const clock = createManualClock();
  const failover = createFailover({ chain: ['a/1', 'b/2', 'c/3'], clock, policy });
  const { call, asked } = scripted(script);
  const ask = () => failover.run(call);
  return { clock, failover, asked, ask };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('What an SDK makes of an answer that it cannot read', () => {
  async function failedWith(fetch: () => Promise<Response>, call: (context: CallContext) => Promise<unknown>) {
    vi.stubGlobal('fetch', fetch);
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock() });
    const told: object[] = [];
    failover.on('attempt-failed', (event) => told.push(event));
    const { value } = await failover.run(async ({ provider }, context) =>
      provider === 'a' ? call(context) : 'from b',
    );
    return { value, told };
  }
  const unreadable = async (): Promise<never> => {
    throw new SyntaxError("Unexpected token '<'");
  };

  test.each([
    ['at a relative address', '/v1/chat', 503, {}, 'server_error'],
    ['of a request', new Request('http://a.test/v1/chat'), 429, { 'retry-after': '20' }, 'rate_limit'],
  ])('says less than its status: %s', async (_, input, status, headers, kind) => {
    const answer = async () => new Response('<html>busy</html>', { status, headers });
    const { value, told } = await failedWith(answer, async ({ fetch }) => {
      await fetch(input);
      return unreadable();
    });
    expect(value).toBe('from b');
    expect(told).toMatchObject([{ kind, status }]);
  });

  test('says less than the error event in its stream, whatever else is in it', async () => {
    const events = [
      'id: 1',
      'data: {"delta":"error"}',
      'data: "error"',
      'data: {"error"',
      `data: {"error":{"message":"${'x'.repeat(9000)}"}}`,
      '',
      'event: error',
      'data: {"error":{"type":"overloaded_error","message":"Overloaded"}}',
      '',
    ].join('\n');
    const headers = { 'content-type': 'text/event-stream' };
    const { value, told } = await failedWith(
      async () => new Response(events, { headers }),
      async ({ fetch }) => {
        await (await fetch('http://a.test/v1/chat')).text();
        return unreadable();
      },
    );
    expect(value).toBe('from b');
    expect(told).toMatchObject([{ kind: 'overloaded' }]);
  });
});

describe("A fallback's odd error", () => {
  test.each([
    ['invalid_request', refused],
    ['context_overflow', tooLong],
    ['an unknown that the provider answered', strange],
  ])('%s goes on to the tiers left, and puts nothing to rest', async (_, odd) => {
    const { failover, asked, ask } = setUp({ 'a/1': [overloaded()], 'b/2': [odd()] });
    const { index, attempts } = await ask();
    expect({ index, asked }).toEqual({ index: 2, asked: ['a/1', 'b/2', 'c/3'] });
    expect(attempts).toHaveLength(3);
    const { tiers, tier } = await failover.state('default');
    expect(tiers[1]).toMatchObject({ restUntil: null, failures: 0 });
    expect(tier).toBe(1);
    // In every later call of the outage, too.
    expect((await ask()).index).toBe(2);
  });

  test.each([
    ['with a text', { body: 'no' }],
    ['with an object', { error: { note: 'no' } }],
  ])('an unknown that the provider answered %s goes on as well', async (_, answer) => {
    const { asked, ask } = setUp({ 'a/1': [overloaded()], 'b/2': [Object.assign(unanswered(), answer)] });
    expect((await ask()).index).toBe(2);
    expect(asked).toEqual(['a/1', 'b/2', 'c/3']);
  });

  test.each([
    ['an error', unanswered()],
    ['an error with an empty body', Object.assign(unanswered(), { body: '', response: null })],
  ])('an unknown that nobody answered ends the call, verbatim: %s', async (_, error) => {
    const { asked, ask } = setUp({ 'a/1': [overloaded()], 'b/2': [error] });
    await expect(ask()).rejects.toBe(error);
    expect(asked).toEqual(['a/1', 'b/2']);
  });

  test('of the best tier is the error of the call: nobody else is asked', async () => {
    const error = refused();
    const { asked, ask } = setUp({ 'a/1': [error] });
    await expect(ask()).rejects.toBe(error);
    expect(asked).toEqual(['a/1']);
  });

  test('of a call that allows no fallback is its end, and its tier is not asked again while it rests', async () => {
    const { failover } = setUp({}, { onExhausted: 'throw' });
    const { call, asked } = scripted({ 'a/1': [overloaded()] });
    for (let each = 0; each < 2; each++) {
      await expect(failover.run(call, { first: 0, fallbacks: [] })).rejects.toMatchObject({
        code: 'TIERFALL_CHAIN_EXHAUSTED',
      });
    }
    expect(asked).toEqual(['a/1']);
  });

  test('where nobody answers, the cause is the last failure that is a trigger', async () => {
    const last = overloaded();
    const { ask } = setUp({ 'a/1': [overloaded()], 'b/2': [last], 'c/3': [refused()] });
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    expect((error as Error).cause).toBe(last);
  });

  test('where every answer was one, the first is rethrown as it is', async () => {
    const [first, second] = [tooLong(), refused()];
    const { asked, ask } = setUp({ 'a/1': [overloaded()], 'b/2': ['answer', first], 'c/3': [second] });
    await ask();
    asked.length = 0;
    await expect(ask()).rejects.toBe(first);
    expect(asked).toEqual(['b/2', 'c/3']);
  });

  test('uses no chain up: none is told, and under pause nothing is paused', async () => {
    const { failover, ask } = setUp(
      { 'a/1': [overloaded()], 'b/2': [refused()], 'c/3': [refused()] },
      { onExhausted: 'pause' },
    );
    let told = 0;
    failover.on('exhausted', () => told++);
    await expect(ask()).rejects.toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    expect(told).toBe(0);
    expect((await failover.state('default')).paused).toBeNull();
  });
});
