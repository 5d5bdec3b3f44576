import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import {
  createFailover,
  createMemoryStore,
  type FailoverOptions,
  type PolicyOptions,
  resolveWithFallback,
  type Usage,
  usageOf,
} from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { moodyStore } from '../support/fake-stores.js';

const HOUR = 3_600_000;
const chain = ['a/1', 'b/2', 'c/3'] as const;
const tokens = (count: number): Usage => ({ inputTokens: count, outputTokens: 0 });
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
/** An answer that says what it cost. */
const answer = (count: number) => ({ usage: { prompt_tokens: count, completion_tokens: 0 } });

type Budget = NonNullable<PolicyOptions['tokenBudget']>;

function setUp(budget: Partial<Budget> = {}, options: FailoverOptions & { tiers?: number } = {}) {
  const clock = createManualClock();
  const { tiers = 3, ...rest } = options;
  const told: string[] = [];
  const store = rest.store ?? createMemoryStore({ now: () => clock.now() });
  const start = () =>
    createFailover({
      chain: chain.slice(0, tiers),
      clock,
      store,
      policy: { tokenBudget: { limit: 1000, windowMs: HOUR, ...budget } },
      ...rest,
    });
  const failover = start();
  for (const event of ['budget-warning', 'budget-exceeded'] as const) {
    failover.on(event, ({ tier, used }) => told.push(`${event} ${tier.provider} ${used}`));
  }
  failover.on('budget-unpriced', ({ tier }) => told.push(`unpriced ${tier.provider}`));
  const spend = async (count: number, instance = 'default') => {
    const result = await resolveWithFallback(failover, async () => answer(count), { instance, usage: usageOf.any });
    await clock.settle();
    return result.index;
  };
  return { clock, failover, start, told, spend, store };
}

describe('what a call uses', () => {
  test('is counted from its answer, and shown', async () => {
    const { clock, failover, spend } = setUp();
    await spend(300);
    expect(await failover.budget('default')).toEqual({
      used: 300,
      reserved: 0,
      limit: 1000,
      softLimit: 800,
      windowStartAt: clock.now(),
      windowEndAt: clock.now() + HOUR,
      exceeded: false,
    });
  });

  test('is not counted without `usage`, and without a budget there is none to show', async () => {
    const { failover } = setUp();
    await resolveWithFallback(failover, async () => answer(5000));
    expect(await failover.budget('default')).toMatchObject({ used: 0 });
    expect(await createFailover({ chain }).budget('default')).toBeNull();
  });

  test.each([
    ['total', 150],
    ['input', 100],
    ['output', 50],
    ['billable', 90],
  ] as const)('by the unit %s', async (count, used) => {
    const { failover } = setUp({ count });
    const usage = { inputTokens: 100, outputTokens: 50, cacheReadTokens: 60, cacheWriteTokens: 10 };
    await resolveWithFallback(failover, async () => 'x', { usage: () => usage });
    expect(await failover.budget('default')).toMatchObject({ used });
  });

  test('of a stream: the largest value of each field, not the sum', async () => {
    const { failover } = setUp();
    async function* events() {
      yield {
        type: 'message_start',
        message: { usage: { input_tokens: 40, output_tokens: 1, cache_read_input_tokens: 10 } },
      };
      yield { type: 'content_block_delta', delta: { type: 'text_delta', text: 'hi' } };
      yield { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 25 } };
      yield { type: 'message_stop' };
    }
    const { value } = await resolveWithFallback(failover, () => events(), { usage: usageOf.anthropic });
    for await (const _ of value);
    expect(await failover.budget('default')).toMatchObject({ used: 75, reserved: 0 });
  });

  test('of a stream that its reader leaves: what was held for it', async () => {
    const { failover, spend } = setUp();
    await spend(200);
    async function* events() {
      yield { choices: [{ delta: { content: 'a' } }], object: 'chat.completion.chunk' };
      yield { choices: [{ delta: { content: 'b' } }], object: 'chat.completion.chunk' };
    }
    const { value } = await resolveWithFallback(failover, () => events(), { usage: usageOf.openai });
    expect(await failover.budget('default')).toMatchObject({ used: 200, reserved: 200 });
    for await (const _ of value) break;
    expect(await failover.budget('default')).toMatchObject({ used: 400, reserved: 0 });
  });

  test('of a failed attempt is nothing, and nothing stays held', async () => {
    const { failover, spend } = setUp();
    await spend(200);
    const call = async () => {
      throw Object.assign(new Error('Bad request'), { status: 400 });
    };
    await expect(resolveWithFallback(failover, call, { usage: usageOf.any })).rejects.toThrow('Bad request');
    expect(await failover.budget('default')).toMatchObject({ used: 200, reserved: 0 });
  });

  test('that makes no sense is a warning, and the answer stands', async () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const { failover } = setUp({}, { logger: { debug: write, info: write, warn: write, error: write } });
    const usage = () => ({ inputTokens: Number.NaN, outputTokens: 1 });
    expect((await resolveWithFallback(failover, async () => 'x', { usage })).value).toBe('x');
    await resolveWithFallback(failover, async () => 'x', { usage });
    expect(lines).toEqual([
      'tierfall: `usage` failed, or gave no usage, for an answer of a/1: policy.tokenBudget does not count it',
    ]);
    expect(await failover.budget('default')).toMatchObject({ used: 0 });
  });

  test('whose reader or price is asynchronous and rejects ends no process', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const rejects = (async () => Promise.reject(new Error('no price list'))) as unknown as () => undefined;
      const { failover } = setUp({ count: 'costUsd' }, { price: rejects });
      await resolveWithFallback(failover, async () => 'x', { usage: rejects });
      await resolveWithFallback(failover, async () => 'x', { usage: () => tokens(1) });
      // Node reports unhandled rejections after its microtasks.
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
      expect(await failover.budget('default')).toMatchObject({ used: 0 });
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});

describe('at the limit', () => {
  test('each tier has its own, and after the last one the agent is paused until the window ends', async () => {
    const { clock, failover, told, spend } = setUp();
    const begin = clock.now();
    const went: number[] = [];
    for (let call = 0; call < 6; call++) went.push(await spend(500));
    expect(went).toEqual([0, 0, 1, 1, 2, 2]);
    await expect(spend(1)).rejects.toMatchObject({ code: 'TIERFALL_PAUSED', source: 'budget', retryAt: begin + HOUR });
    expect(await failover.select('default')).toEqual({ ok: false, reason: 'paused', retryAt: begin + HOUR });
    expect(told).toEqual(['budget-exceeded a 1000', 'budget-exceeded b 1000', 'budget-exceeded c 1000']);
    await clock.advance(HOUR);
    expect(await spend(1)).toBe(0);
  });

  test('the soft limit is announced once', async () => {
    const { told, spend } = setUp();
    for (let call = 0; call < 4; call++) await spend(240);
    expect(told).toEqual(['budget-warning a 960']);
  });

  test('pause: at once', async () => {
    const { spend } = setUp({ onExceeded: 'pause' });
    await spend(1000);
    await expect(spend(1)).rejects.toMatchObject({ source: 'budget' });
  });

  test('warn: nothing but the announcement', async () => {
    const { told, spend } = setUp({ onExceeded: 'warn' });
    await spend(1500);
    expect(await spend(1500)).toBe(0);
    expect(told).toEqual(['budget-exceeded a 1500']);
  });

  test('with one tier a step is inert, and the budget reports', async () => {
    const { failover, told, spend } = setUp({}, { tiers: 1 });
    await spend(1500);
    expect(await spend(1)).toBe(0);
    expect(told).toEqual(['budget-exceeded a 1500']);
    expect(await failover.budget('default')).toMatchObject({ used: 1501, exceeded: true });
  });

  test('the crossing is logged', async () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const { spend } = setUp(
      {},
      { logger: { debug: () => undefined, info: write, warn: () => undefined, error: write } },
    );
    await spend(1200);
    expect(lines).toContain('tierfall: budget of default: usage=1200/1000 tokens at a/1');
  });

  test.each([
    ['group', 'group coders'],
    ['failover', 'all agents together'],
  ] as const)('of a %s is logged as its own', async (scope, whose) => {
    const lines: string[] = [];
    const { failover } = setUp({ scope }, { logger: { ...silent, info: (line) => void lines.push(line) } });
    await failover.recordUsage('default', tokens(1200), { group: 'coders' });
    expect(lines).toContain(`tierfall: budget of ${whose}: usage=1200/1000 tokens at a/1`);
  });
});

describe('scopes', () => {
  test('a group is counted together, and each of its agents steps', async () => {
    const { clock, failover } = setUp({ scope: 'group' });
    const call = async (instance: string, group: string) => {
      const result = await resolveWithFallback(failover, async () => answer(500), {
        instance,
        group,
        usage: usageOf.any,
      });
      await clock.settle();
      return result.index;
    };
    expect(await call('one', 'coders')).toBe(0);
    expect(await call('two', 'coders')).toBe(0);
    expect(await call('three', 'writers')).toBe(0);
    expect(await call('one', 'coders')).toBe(1);
    expect(await call('two', 'coders')).toBe(1);
    expect(await call('three', 'writers')).toBe(0);
    expect(await failover.budget('one')).toMatchObject({ used: 2000 });
    await failover.recordUsage('four', tokens(100), { group: 'writers', tier: 'c/3' });
    expect(await failover.budget('three')).toMatchObject({ used: 1100 });
  });

  test('the failover is one', async () => {
    const { spend } = setUp({ scope: 'failover' });
    await spend(1000, 'one');
    expect(await spend(1, 'two')).toBe(1);
  });
});

describe('dollars', () => {
  const price = ({ inputTokens }: Usage, { provider }: { provider: string }) =>
    provider === 'a' ? inputTokens / 1000 : undefined;

  test('come from `price`, or from the provider', async () => {
    const { failover, told } = setUp({ count: 'costUsd', limit: 1.5 }, { price });
    await failover.recordUsage('default', tokens(700));
    await failover.recordUsage('default', { ...tokens(700), costUsd: 0.25 });
    expect(await failover.budget('default')).toMatchObject({ used: 0.95, limit: 1.5 });
    expect(told).toEqual([]);
  });

  test('the soft limit is a plain number, in `budget` and in events', async () => {
    const { failover } = setUp({ count: 'costUsd', limit: 1.5 });
    const limits: number[] = [];
    failover.on('budget-warning', ({ softLimit }) => limits.push(softLimit));
    await failover.recordUsage('default', { ...tokens(1), costUsd: 1.3 });
    expect([...limits, (await failover.budget('default'))!.softLimit]).toEqual([1.2, 1.2]);
  });

  test.each([
    ['costUsd', '1.50/1.50 USD'],
    ['output', '2/1.5 output tokens'],
  ] as const)('or tokens of one kind: what is used up is told in %s', async (count, share) => {
    const { failover } = setUp({ count, limit: 1.5 });
    await failover.recordUsage('default', { inputTokens: 9, outputTokens: 2, costUsd: 1.5 });
    const rows = await failover.history('default', { limit: 5 });
    expect(rows).toContainEqual(
      expect.objectContaining({ kind: 'token_budget', detail: expect.stringContaining(share) }),
    );
  });

  test('a report of an outcome may say what was used', async () => {
    const { failover } = setUp({ count: 'costUsd', limit: 1.5 }, { price });
    await failover.record('default', { tier: 0, ok: true, usage: tokens(700) });
    expect(await failover.budget('default')).toMatchObject({ used: 0.7 });
  });

  test('that nobody knows are announced once per model, and never counted as none', async () => {
    const { failover, told } = setUp({ count: 'costUsd', limit: 1 }, { price });
    await failover.recordUsage('default', tokens(700), { tier: 1 });
    await failover.recordUsage('other', tokens(700), { tier: 1 });
    expect(told).toEqual(['unpriced b']);
  });
});

describe('a person', () => {
  test.each(['reset', 'resume'] as const)(
    'waives the limit by a %s, until the window ends, also after a restart',
    async (action) => {
      const { clock, failover, start, spend } = setUp({ onExceeded: action === 'resume' ? 'pause' : 'step' });
      await spend(1000);
      await failover[action]('default', { by: 'ann' });
      await clock.settle();
      expect(await spend(500)).toBe(0);
      await failover.close();
      const again = start();
      await again.recordUsage('default', tokens(500));
      await clock.settle();
      expect(await again.state('default')).toMatchObject({ tier: 0, paused: null });
      await clock.advance(HOUR);
      await again.recordUsage('default', tokens(1000));
      await clock.settle();
      const { tier, paused } = await again.state('default');
      expect(tier === 1 || paused?.source === 'budget').toBe(true);
    },
  );
});

test('what another process used is known within the staleness', async () => {
  const { clock, failover, start } = setUp();
  const other = start();
  await failover.recordUsage('agent', tokens(1));
  await other.recordUsage('agent', tokens(1200));
  await clock.advance(3000);
  await resolveWithFallback(failover, async () => answer(1), { instance: 'agent', usage: usageOf.any });
  await clock.settle();
  const { index } = await resolveWithFallback(failover, async () => answer(1), {
    instance: 'agent',
    usage: usageOf.any,
  });
  expect(index).toBe(1);
});

test('a store that does not answer holds a call for loadTimeoutMs and no longer, and `close` for one request', async () => {
  const { store, mood } = moodyStore();
  mood.hangs = true;
  const { clock, failover } = setUp({}, { store, loadTimeoutMs: 200, storeTimeoutMs: 5000, logger: silent });
  const call = () => resolveWithFallback(failover, async () => answer(1), { usage: usageOf.any });
  let answered = 0;
  void call().then(() => answered++);
  await clock.advance(200);
  void call().then(() => answered++);
  await clock.settle();
  expect(answered).toBe(2);

  let isClosed = false;
  void failover.close().then(() => (isClosed = true));
  await clock.advance(5000);
  expect(isClosed).toBe(true);
});

test('callers of one process overshoot by at most one call each', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 }), {
        minLength: 1,
        maxLength: 6,
      }),
      async (callers) => {
        const { clock, failover } = setUp({}, { tiers: 2 });
        const used = [0, 0];
        const largest = Math.max(...callers.flat());
        const run = async (costs: number[]) => {
          for (const cost of costs) {
            const call = async (_: unknown, { index }: { index: number }) => {
              await new Promise<void>((resolve) => clock.setTimeout(resolve, 100));
              used[index]! += cost;
              return answer(cost);
            };
            await resolveWithFallback(failover, call, { usage: usageOf.any }).catch(() => undefined);
          }
        };
        const running = Promise.all(callers.map(run));
        await clock.advance(2000);
        await running;
        for (const spent of used) expect(spent).toBeLessThan(1000 + callers.length * largest);
      },
    ),
    { numRuns: 60 },
  );
});
