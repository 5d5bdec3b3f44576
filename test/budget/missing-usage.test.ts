import { describe, expect, onTestFinished, test } from 'vitest';
import { createFailover, type FailoverOptions, judges, usageOf } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const priced = { usage: { prompt_tokens: 10, completion_tokens: 1 } };

/** A failover with a budget, and the warnings that it gives to its logger. */
function setUp(options: FailoverOptions = {}) {
  const warnings: string[] = [];
  const ignore = () => undefined;
  const logger = { debug: ignore, info: ignore, warn: (line: string) => void warnings.push(line), error: ignore };
  const tokenBudget = { limit: 1000, windowMs: 3_600_000 };
  const clock = createManualClock();
  const failover = createFailover({
    chain: ['a/1', 'b/2'],
    policy: { tokenBudget },
    clock,
    logger,
    ...options,
  });
  return { clock, failover, warnings };
}

async function* stream(...chunks: object[]) {
  yield* chunks;
}

const part = (content: string, finish_reason: string | null = null) => ({
  object: 'chat.completion.chunk',
  choices: [{ delta: { content }, finish_reason }],
});

describe('A budget that counts nothing', () => {
  test('says so once, where calls have no `usage` and nothing is reported', async () => {
    const { clock, failover, warnings } = setUp();
    for (let call = 0; call < 30; call++) await failover.run(() => 'x', call % 2 ? { instance: 'bot' } : undefined);
    expect(warnings).toEqual([]);
    await clock.advance(600_000);
    for (let call = 0; call < 30; call++) await failover.run(() => 'x');
    await failover.close();
    expect(warnings).toEqual([
      'tierfall: policy.tokenBudget has counted nothing: 31 calls had no `usage` option, e.g. usageOf.any, and neither ' +
        'recordUsage nor record reported any',
    ]);
  });

  test('says so once, whatever becomes of the chain', async () => {
    const { clock, failover, warnings } = setUp();
    for (let call = 0; call < 15; call++) await failover.run(() => 'x');
    await clock.advance(600_000);
    for (const model of ['b/2', 'c/3']) {
      await failover.update({ chain: ['a/1', model] }, { by: 'ann' });
      for (let call = 0; call < 10; call++) await failover.run(() => 'x', { usage: () => undefined });
      for (let call = 0; call < 10; call++) await failover.run(() => 'x');
      await clock.advance(600_000);
    }
    await failover.close();
    expect(warnings.filter((line) => line.includes('has counted nothing'))).toEqual([
      expect.stringContaining('20 calls had no `usage` option'),
    ]);
    expect(warnings.filter((line) => line.includes('found nothing in an answer of a/1')).length).toBe(1);
  });

  test('says so at its end, where there were few calls', async () => {
    const { failover, warnings } = setUp();
    await failover.run(() => 'x');
    await failover.close();
    expect(warnings).toEqual([expect.stringContaining('counted nothing: a call had no `usage` option')]);
  });

  test('says so as a warning of the process, where there is no logger', async () => {
    const told: unknown[][] = [];
    const emitWarning = process.emitWarning.bind(process);
    onTestFinished(() => void (process.emitWarning = emitWarning));
    process.emitWarning = (...given: unknown[]) => void told.push(given);
    const { failover } = setUp({ logger: undefined });
    await failover.run(() => 'x');
    await failover.close();
    expect(told).toEqual([
      [
        expect.stringMatching(/^policy\.tokenBudget has counted nothing/),
        { type: 'TierfallWarning', code: 'TIERFALL_CONFIG' },
      ],
    ]);
  });

  test.each([
    ['recordUsage', (failover) => failover.recordUsage('default', { inputTokens: 1, outputTokens: 1 })],
    ['record', (failover) => failover.record('x', { tier: 0, ok: true, usage: { inputTokens: 1, outputTokens: 1 } })],
    ['a call with `usage`', (failover) => failover.run(() => priced, { usage: usageOf.any })],
  ] as [string, (failover: ReturnType<typeof setUp>['failover']) => Promise<unknown>][])(
    'is none where %s reports',
    async (_name, report) => {
      const { clock, failover, warnings } = setUp();
      for (let call = 0; call < 30; call++) await failover.run(() => 'x');
      await report(failover);
      await clock.advance(600_000);
      for (let call = 0; call < 30; call++) await failover.run(() => 'x');
      await failover.close();
      expect(warnings).toEqual([]);
    },
  );

  test('is none where no call was made, or no budget is set', async () => {
    const idle = setUp();
    await idle.failover.reset('default', { by: 'ann' });
    await idle.failover.close();
    expect(idle.warnings).toEqual([]);
    await idle.failover.close();
    const lines: string[] = [];
    const logger = { debug: lines.push, info: lines.push, warn: lines.push, error: lines.push };
    const without = createFailover({ chain: ['a/1'], logger, clock: createManualClock() });
    for (let call = 0; call < 30; call++) await without.run(() => 'x');
    await without.close();
    expect(lines).toEqual([]);
  });
});

describe('An answer in which `usage` finds nothing', () => {
  test('is a warning, once for each tier', async () => {
    const { failover, warnings } = setUp();
    for (let call = 0; call < 3; call++) await failover.run(() => 'x', { usage: usageOf.any });
    await failover.run(() => 'x', { usage: usageOf.any, pinned: 1 });
    await failover.run(() => priced, { usage: usageOf.any });
    expect(warnings).toEqual([
      'tierfall: `usage` found nothing in an answer of a/1: policy.tokenBudget does not count it',
      'tierfall: `usage` found nothing in an answer of b/2: policy.tokenBudget does not count it',
    ]);
  });

  test('of a stream says what OpenAI asks for', async () => {
    const { failover, warnings } = setUp();
    const options = { usage: usageOf.openai };
    const { value } = await failover.run(() => stream(part('a'), part('', 'stop')), options);
    for await (const _ of value);
    const complete = await failover.run(() => stream(part('a'), part('', 'stop'), { choices: [], ...priced }), options);
    for await (const _ of complete.value);
    expect(warnings).toEqual([
      "tierfall: `usage` found nothing in a stream of a/1: policy.tokenBudget does not count it. OpenAI's chat streams " +
        'report it only with stream_options: { include_usage: true }',
    ]);
  });

  test('is none where the answer is a failure, the stream broke, or its reader left', async () => {
    const { failover, warnings } = setUp();
    const options = { usage: usageOf.openai, judge: judges.empty };
    const silence = { choices: [{ message: { content: '' }, finish_reason: 'stop' }] };
    await failover.run(({ provider }) => (provider === 'a' ? silence : { ...silence, ...priced }), options);
    const left = await failover.run(() => stream(part('a'), part('b'), part('', 'stop')), options);
    for await (const _ of left.value) break;
    const cut = await failover.run(() => stream(part('a')), options);
    const readAll = async () => {
      for await (const _ of cut.value);
    };
    await expect(readAll()).rejects.toMatchObject({ code: 'TIERFALL_STREAM_CUT' });
    expect(warnings.filter((line) => line.includes('found nothing'))).toEqual([]);
  });
});
