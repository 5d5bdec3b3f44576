import { describe, expect, test } from 'vitest';
import { createFailover, type Kind, type PolicyOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const quota = { code: 'insufficient_quota', message: 'You exceeded your current quota.' };

function setUp(answers: Record<string, unknown>, policy: PolicyOptions = {}) {
  const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock(), policy });
  const run = (options = {}) => failover.run(({ provider }) => answers[provider], options);
  return { failover, run };
}

describe('a whole answer that reports a failure is for the next tier', () => {
  test.each<[string, unknown, Kind]>([
    ['OpenRouter, in the place of an answer', { error: quota, user_id: 'u' }, 'quota'],
    [
      'OpenRouter, beside a choice',
      { choices: [{ error: { code: 502, message: 'x' }, finish_reason: 'error' }] },
      'server_error',
    ],
    [
      'OpenAI chat',
      { object: 'chat.completion', choices: [{ message: { content: '' }, finish_reason: 'error' }] },
      'server_error',
    ],
    ['OpenAI responses', { object: 'response', status: 'failed', error: quota, output: [] }, 'quota'],
    ['Anthropic', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'overloaded'],
    ['Gemini', { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL' }], usageMetadata: {} }, 'server_error'],
    [
      'an AI SDK model',
      { content: [], finishReason: { unified: 'error', raw: 'x' }, usage: {}, warnings: [] },
      'server_error',
    ],
    [
      'an AI SDK model that only thought',
      { content: [{ type: 'reasoning', text: 'hm' }], finishReason: 'error' },
      'server_error',
    ],
    ['generateText', { steps: [{ content: [], finishReason: 'other' }] }, 'server_error'],
  ])('%s', async (_, answer, kind) => {
    const { failover, run } = setUp({ a: answer, b: 'fine' });
    const { value, attempts } = await run();
    expect([value, attempts[0]]).toMatchObject(['fine', { ok: false, kind }]);
    expect(await failover.state('default')).toMatchObject({ tier: 1, lastFailureKind: kind });
  });

  test.each<[string, unknown]>([
    ['a good answer of OpenAI', { object: 'response', status: 'completed', error: null, output: [] }],
    ['an incomplete one', { object: 'response', status: 'incomplete', error: null, output: [] }],
    ['one of a blocked prompt', { promptFeedback: { blockReason: 'SAFETY' } }],
    ['one that was blocked', { candidates: [{ finishReason: 'SAFETY' }] }],
    ['one with content', { content: [{ type: 'text', text: 'half' }], finishReason: { unified: 'error' } }],
    ['an empty one', { content: [], finishReason: 'stop' }],
    ['a result of a host', { ok: false, error: { message: 'no', code: 3 } }],
    ['another one', { type: 'error', error: new Error('mine') }],
    ['nothing', null],
  ])('%s is an answer', async (_, answer) => {
    const { run } = setUp({ a: answer, b: 'fine' });
    expect(await run()).toMatchObject({ value: answer, index: 0, attempts: [{ ok: true }] });
  });

  test('getters are never asked: one of an SDK may start to read a stream', async () => {
    class Lazy {
      get content(): never {
        throw new Error('was asked');
      }
      get finishReason(): never {
        return this.content;
      }
    }
    const answer = new Lazy();
    expect((await setUp({ a: answer }).run()).value).toBe(answer);
  });
});

describe('where no tier has a better answer', () => {
  const failed = (id: string) => ({ id, object: 'response', status: 'failed', error: quota });
  const first = failed('first');

  test.each<[string, unknown, PolicyOptions]>([
    ['another of the kind', failed('second'), {}],
    ['another of the kind, under throw', failed('second'), { onExhausted: 'throw' }],
    ['another of the kind, under pause', failed('second'), { onExhausted: 'pause' }],
    ['a kind that is no trigger', 'never asked', { triggers: ['overloaded'] }],
  ])('the call resolves with the first: %s', async (_, second, policy) => {
    const { value, tier, index, attempts } = await setUp({ a: first, b: second }, policy).run();
    expect([value, tier, index]).toMatchObject([first, { provider: 'a' }, 0]);
    expect(attempts[0]).toMatchObject({ tier: 'a/1', ok: true, kind: 'quota' });
  });

  test('also where the next tier fails, and where the call is pinned or may not be repeated', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock() });
    const call = ({ provider }: { provider: string }) => {
      if (provider === 'a') return first;
      throw Object.assign(new Error('no'), { status: 400 });
    };
    expect((await failover.run(call)).value).toBe(first);
    expect((await setUp({ a: first }).run({ pinned: 0 })).value).toBe(first);
    expect((await setUp({ a: first, b: 'never' }).run({ hasSideEffects: () => true })).value).toBe(first);
  });

  test("the caller's abort is the caller's", async () => {
    const controller = new AbortController();
    const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock() });
    const answer = failover.run(
      ({ provider }) => {
        if (provider === 'a') return first;
        controller.abort(new Error('enough'));
        return new Promise<never>(() => undefined);
      },
      { signal: controller.signal },
    );
    await expect(answer).rejects.toThrow('enough');
  });
});
