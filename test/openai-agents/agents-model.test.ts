import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { ConfigError, createFailover, judges, type PolicyOptions } from '../../src/index.js';
import {
  failoverAgentsModel,
  failoverModelProvider,
  type AnyModelResponse,
  type AnyStreamEvent,
  type FailoverAgentsModelOptions,
} from '../../src/openai-agents/index.js';
import { createManualClock } from '../../src/testing/index.js';

/** As the SDK's `ModelRequest`, as far as the adapter looks at it. */
interface Request {
  readonly input: string;
  readonly modelSettings: { readonly temperature?: number };
  readonly signal?: AbortSignal;
}

const request: Request = { input: 'Hello', modelSettings: {} };
const usage = { requests: 1, inputTokens: 30, outputTokens: 20, inputTokensDetails: [{ cached_tokens: 10 }] };
const message = (part: object) => ({ type: 'message', role: 'assistant', status: 'completed', content: [part] });
const says = (text: string): AnyModelResponse => ({ output: [message({ type: 'output_text', text })], usage });
const refuses: AnyModelResponse = { output: [message({ type: 'refusal', refusal: 'No.' })], usage };
const callsTool: AnyModelResponse = { output: [{ type: 'function_call', callId: 'c', name: 'weather' }], usage };

/** An event with a chunk of chat completions in it, as the SDK hands them through. */
const raw = (delta: object, finish_reason: string | null = null) => ({
  type: 'model',
  event: { id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] },
});
const started = [{ type: 'response_started' }, raw({ role: 'assistant', content: '' })];
const word = (text: string) => [raw({ content: text }), { type: 'output_text_delta', delta: text }];
const done = (response: AnyModelResponse) => ({ type: 'response_done', response: { id: 'r', ...response } });
/** An event with a chunk of a stream of responses. The SDK tells of its end before it hands on the chunk that says so. */
const rawResponse = (type: string, fields: object = {}) => ({ type: 'model', event: { type, ...fields } });
const streamOf = (text: string) => [...started, ...word(text), raw({}, 'stop'), done(says(text))];

const apiError = (status: number, headers: Record<string, string> = {}) =>
  Object.assign(new Error(`${status}`), { status, headers: new Headers(headers) });

type Script = { answer?: AnyModelResponse; events?: readonly AnyStreamEvent[]; error?: unknown };

/** A chain of models that follow scripts, and the model made of it. */
function chainOf(
  scripts: readonly Script[],
  options: FailoverAgentsModelOptions<Request> = {},
  {
    policy = {},
    clock = createManualClock(),
  }: { policy?: PolicyOptions; clock?: ReturnType<typeof createManualClock> } = {},
) {
  const asked: { model: string; request: Request }[] = [];
  const chain = scripts.map((_, at) => `p${at}/m${at}`) as [string];
  const failover = createFailover({ chain, policy, clock });
  const modelFor = (tier: { model: string }) => {
    const { answer = says(tier.model), events = streamOf(tier.model), error } = scripts[Number(tier.model.slice(1))]!;
    return {
      async getResponse(given: Request) {
        asked.push({ model: tier.model, request: given });
        if (error !== undefined) throw error;
        return answer;
      },
      async *getStreamedResponse(given: Request) {
        asked.push({ model: tier.model, request: given });
        yield* events;
        if (error !== undefined) throw error;
      },
    };
  };
  const names = () => asked.map(({ model }) => model);
  return { failover, modelFor, asked, names, clock, model: failoverAgentsModel(failover, modelFor, options) };
}

async function read(events: AsyncIterable<AnyStreamEvent>) {
  const seen: AnyStreamEvent[] = [];
  let error: unknown;
  try {
    for await (const event of events) seen.push(event);
  } catch (failure) {
    error = failure;
  }
  const text = seen.map((event) => ('delta' in event ? event.delta : '')).join('');
  return { seen, text, error };
}

describe('a response', () => {
  test.each([401, 429, 503])('is the next model’s where the first one fails with %i', async (status) => {
    const { model, names } = chainOf([{ error: apiError(status) }, {}]);
    expect(await model.getResponse(request)).toMatchObject({
      ...says('m1'),
      providerData: { tierfall: { tier: 'p1/m1', index: 1, attempts: 2 } },
    });
    expect(names()).toEqual(['m0', 'm1']);
  });

  test('is not asked for again before the time that a provider named', async () => {
    const { model, names, clock } = chainOf([{ error: apiError(429, { 'retry-after': '40' }) }, {}]);
    await model.getResponse(request);
    await clock.advance(39_000);
    await model.getResponse(request);
    await clock.advance(2000);
    await model.getResponse(request);
    expect(names()).toEqual(['m0', 'm1', 'm1', 'm0', 'm1']);
  });

  test('is asked for with the request as it came, no retries of the client, and a signal', async () => {
    const { model, asked } = chainOf([{}]);
    await model.getResponse({ ...request, modelSettings: { temperature: 0.5 } });
    expect(asked[0]?.request).toMatchObject({
      input: 'Hello',
      modelSettings: { temperature: 0.5 },
      signal: expect.any(AbortSignal),
      _internal: { runnerManagedRetry: true },
    });
  });

  test('that nobody gives is a ChainExhaustedError, which no runner should ask for again', async () => {
    const { model } = chainOf([{ error: apiError(401) }, { error: apiError(503) }]);
    const error: unknown = await model.getResponse(request).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    const advising = model as unknown as { getRetryAdvice(of: object): object | undefined };
    expect(advising.getRetryAdvice({ error })).toMatchObject({ suggested: false });
    expect(advising.getRetryAdvice({ error: apiError(503) })).toBeUndefined();
  });

  test('that its caller aborts counts against nobody', async () => {
    const { model, failover } = chainOf([{ error: apiError(503) }, {}]);
    const reason = new Error('gone');
    await expect(model.getResponse({ ...request, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await failover.state('default')).toMatchObject({ tier: 0, lastFailureKind: null });
  });

  test('counts against the budget', async () => {
    const policy = { tokenBudget: { limit: 1000, windowMs: 3_600_000, count: 'billable' as const } };
    const { model, failover } = chainOf([{}], { recordUsage: true }, { policy });
    await model.getResponse(request);
    await read(model.getStreamedResponse(request));
    expect((await failover.budget('default'))?.used).toBe(2 * (30 - 10 + 20));
    const bare = { ...says('m0'), usage: { requests: 1, inputTokens: 30, outputTokens: 20 } };
    const other = chainOf([{ answer: bare }], { recordUsage: true }, { policy });
    await other.model.getResponse(request);
    expect((await other.failover.budget('default'))?.used).toBe(30 + 20);
  });

  test('whose provider reports no tokens gets a warning: the SDK makes zeros of that', async () => {
    const warn = vi.fn<(message: string) => void>();
    const logger = { debug: () => undefined, info: () => undefined, warn, error: () => undefined };
    const none = { ...says('m0'), usage: { requests: 1, inputTokens: 0, outputTokens: 0 } };
    const failover = createFailover({
      chain: ['p0/m0'],
      policy: { tokenBudget: { limit: 1000, windowMs: 3_600_000 } },
      logger,
    });
    const { modelFor } = chainOf([{ answer: none }]);
    await failoverAgentsModel(failover, modelFor, { recordUsage: true }).getResponse(request);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('`usage` found nothing in an answer of p0/m0'));
  });

  test('that failed in a way the SDK hides is the next model’s', async () => {
    // As the SDK's models of responses throw it.
    const failed = new Error('OpenAI Responses request ended with unsuccessful terminal state "response.failed".');
    const empty = (providerData: Record<string, unknown>): AnyModelResponse => ({ output: [], usage, providerData });
    const broken = empty({ choices: [{ message: { content: '' }, finish_reason: 'error' }] });
    const refused = empty({ error: { code: 529, message: 'Overloaded' } });
    for (const script of [{ error: failed }, { answer: refused }, { answer: broken }]) {
      const { model, failover } = chainOf([script, {}], { judge: judges.refusal });
      expect((await model.getResponse(request)).output).toEqual(says('m1').output);
      expect((await failover.state('default')).lastFailureKind).toBe('server_error');
    }
  });

  test('that is a refusal is for the next model where a judge says so, and nobody rests', async () => {
    const policy = { reroute: ['content_policy' as const] };
    const { model, failover } = chainOf([{ answer: refuses }, {}], { judge: judges.all }, { policy });
    expect((await model.getResponse(request)).output).toEqual(says('m1').output);
    expect((await failover.state('default')).tier).toBe(0);
  });

  test.each([callsTool, says('fine')])('that is none stays the answer for the judges: %#', async (answer) => {
    const { model } = chainOf([{ answer }, {}], { judge: judges.all });
    expect((await model.getResponse(request)).output).toEqual(answer.output);
  });
});

describe('a stream', () => {
  test('is the next model’s where the first one fails before its first word, and its reader sees one', async () => {
    const { model, names } = chainOf([{ events: started, error: apiError(529) }, {}]);
    const { seen, text } = await read(model.getStreamedResponse(request));
    expect(text).toBe('m1');
    expect(seen.filter(({ type }) => type === 'response_started')).toHaveLength(1);
    expect(seen.at(-1)).toMatchObject({ response: { id: 'r', providerData: { tierfall: { index: 1 } } } });
    expect(names()).toEqual(['m0', 'm1']);
  });

  test('that fails after its first word fails there, and the next one begins elsewhere', async () => {
    const { model, names } = chainOf([{ events: [...started, ...word('half')], error: apiError(529) }, {}]);
    const { text, error } = await read(model.getStreamedResponse(request));
    expect([text, error]).toMatchObject(['half', { status: 529 }]);
    expect((await read(model.getStreamedResponse(request))).text).toBe('m1');
    expect(names()).toEqual(['m0', 'm1']);
  });

  test.each([
    ['its end is missing', started],
    ['its provider never ended it', [...started, done({ output: [], usage })]],
    ['its provider never ended it, whatever the SDK made of it', [...started, done(says(''))]],
  ])('is the next model’s where %s', async (_, events) => {
    const { model } = chainOf([{ events }, {}]);
    expect((await read(model.getStreamedResponse(request))).text).toBe('m1');
  });

  test('that is cut after its first word is no success', async () => {
    const { model, failover } = chainOf([{ events: [...started, ...word('half'), done(says('half'))] }, {}]);
    const { text, error, seen } = await read(model.getStreamedResponse(request));
    expect([text, error]).toMatchObject(['half', { code: 'TIERFALL_STREAM_CUT' }]);
    expect(seen.some(({ type }) => type === 'response_done')).toBe(false);
    expect(failover.stats().tiers[0]).toMatchObject({ failed: 1 });
  });

  test('of responses ends where the SDK says so, before the provider’s own chunk', async () => {
    const chunk = rawResponse('response.output_text.delta', { delta: 'fine' });
    const end = [done(says('fine')), rawResponse('response.completed', { response: { status: 'completed' } })];
    const events = [{ type: 'response_started' }, rawResponse('response.created'), ...word('').slice(1), chunk, ...end];
    const { model, failover } = chainOf([{ events }, {}]);
    const { seen, error } = await read(model.getStreamedResponse(request));
    expect([error, seen.map(({ type }) => type)]).toEqual([undefined, events.map(({ type }) => type)]);
    expect(failover.stats().tiers[0]).toMatchObject({ ok: 1, failed: 0 });
  });

  test('of a response that failed has failed with what the provider says, which the SDK’s error leaves out', async () => {
    const response = { status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Try again in 20s.' } };
    const failed = [rawResponse('response.created'), rawResponse('response.failed', { response })];
    const error = new Error('unsuccessful terminal state "response.failed"');
    const { model, failover, clock } = chainOf([{ events: failed, error }, {}]);
    expect((await read(model.getStreamedResponse(request))).text).toBe('m1');
    const { lastFailureKind, tiers } = await failover.state('default');
    expect([lastFailureKind, tiers[0]?.retryAfterUntil]).toEqual(['rate_limit', clock.now() + 20_000]);
    expect(error.cause).toBe(response.error);
  });

  test('of a model with no chunks that are known may end where the model says so', async () => {
    const events = [{ type: 'response_started' }, { type: 'model', event: { any: 1 } }, done(callsTool)];
    const { model } = chainOf([{ events }, {}]);
    const { seen } = await read(model.getStreamedResponse(request));
    expect(seen.at(-1)).toMatchObject({ response: { output: callsTool.output } });
  });

  test('that is a refusal is for the next model where a judge says so', async () => {
    const policy = { reroute: ['content_policy' as const] };
    const events = [...started, raw({}, 'content_filter'), done(refuses)];
    const { model } = chainOf([{ events }, {}], { judge: judges.refusal }, { policy });
    expect((await read(model.getStreamedResponse(request))).text).toBe('m1');
  });
});

describe('options', () => {
  test('say whose call it is, also by its request', async () => {
    const { model, failover } = chainOf([{}, {}], {
      instance: 'agent',
      perCall: ({ input }) => (input === 'Pinned' ? { pinned: 'p0/m0' } : undefined),
    });
    await failover.hold('agent', 0, { by: 'test' });
    expect((await model.getResponse(request)).output).toEqual(says('m1').output);
    await expect(model.getResponse({ ...request, input: 'Pinned' })).rejects.toMatchObject({
      code: 'TIERFALL_PINNED_TIER',
    });
  });

  test('that are not there yet are refused: a promise would be as good as nothing', async () => {
    const perCall = async () => Promise.reject(new Error('no session'));
    const { model } = chainOf([{}], { perCall: perCall as never });
    await expect(model.getResponse(request)).rejects.toThrow('perCall: returned a promise');
    expect((await read(model.getStreamedResponse(request))).error).toBeInstanceOf(ConfigError);
  });

  test('that nobody knows are refused by name', () => {
    const { failover, modelFor } = chainOf([{}]);
    expect(() => failoverAgentsModel(failover, modelFor, { sesion: 'x' } as object)).toThrow(/did you mean session/u);
    expect(() => failoverAgentsModel(failover, undefined as never)).toThrow(ConfigError);
    expect(() => failoverAgentsModel(failover, modelFor, { judge: 'refusal' } as object)).toThrow(
      'judge: expected a function',
    );
  });
});

describe('a provider of models', () => {
  test('gives the chain, or the chain from the tier that an agent names', async () => {
    const { failover, modelFor, names } = chainOf([{}, {}, { error: apiError(503) }]);
    const provider = failoverModelProvider(failover, modelFor);
    await provider.getModel().getResponse(request);
    await provider.getModel('').getResponse(request);
    await provider.getModel('m1').getResponse(request);
    await provider.getModel('p2/m2').getResponse(request);
    expect(names()).toEqual(['m0', 'm0', 'm1', 'm2', 'm0']);
    expect(() => provider.getModel('m9')).toThrow('m9 is not in the chain: p0/m0, p1/m1, p2/m2');
  });
});

test('the types are those of the chain’s own models', () => {
  const { model } = chainOf([{}]);
  expectTypeOf(model.getResponse).parameter(0).toEqualTypeOf<Request>();
  expectTypeOf(model.getStreamedResponse(request)).toExtend<AsyncIterable<AnyStreamEvent>>();
});
