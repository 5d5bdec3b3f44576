import { describe, expect, test } from 'vitest';
import { createFailover, type CallOptions, type PolicyOptions, usageOf } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

const HOUR = 3_600_000;
const answer = { usage: { prompt_tokens: 20, completion_tokens: 0 } };

/** Calls that each use 20 of a limit of 100 tokens; `spent` is what each tier has used of it. */
function setUp(policy: PolicyOptions = {}, chain = ['a/1', 'b/2', 'c/3']) {
  const clock = createManualClock();
  const { tokenBudget, ...rest } = policy;
  const budget = { limit: 100, windowMs: HOUR, ...tokenBudget };
  const failover = createFailover({ chain, clock, policy: { ...rest, tokenBudget: budget } });
  const spent: Record<string, number> = {};
  const moves: string[] = [];
  failover.on('tier-change', ({ from, to }) => moves.push(`${from.model} -> ${to.model}`));
  const spend = async (count: number, options: CallOptions = {}) => {
    let refusal: unknown;
    for (let call = 0; call < count; call++) {
      try {
        const { tier } = await failover.run(() => Promise.resolve(answer), { ...options, usage: usageOf.openai });
        spent[tier.model] = (spent[tier.model] ?? 0) + 20;
      } catch (error) {
        refusal = error;
      }
      await clock.advance(10);
    }
    return refusal;
  };
  return { clock, failover, spend, spent, moves };
}

describe('a tier that calls go to although it is not the one in use has its limit', () => {
  test('where calls begin there, as they do cheap first', async () => {
    const { clock, spend, spent } = setUp();
    const refusal = await spend(40, { first: 'c/3' });
    expect(spent).toEqual({ 1: 100, 2: 100, 3: 100 });
    expect(refusal).toMatchObject({ code: 'TIERFALL_PAUSED', source: 'budget' });
    await clock.advance(HOUR);
    expect(await spend(1, { first: 'c/3' })).toBeUndefined();
    expect(spent).toMatchObject({ 3: 120 });
  });

  test('where they may go nowhere else', async () => {
    const { clock, spend, spent } = setUp();
    const refusal = await spend(40, { first: 'c/3', fallbacks: [] });
    expect(spent).toEqual({ 3: 100 });
    expect(refusal).toMatchObject({ code: 'TIERFALL_CHAIN_EXHAUSTED' });
    expect((refusal as { retryAt: number }).retryAt).toBe(Math.ceil(clock.now() / HOUR) * HOUR);
  });

  test('where their session stayed there', async () => {
    const { clock, failover, spend, spent } = setUp({ stickySessions: { idleMs: HOUR } }, ['a/1', 'b/2']);
    await failover.record('default', { tier: 0, ok: false, kind: 'overloaded' });
    await spend(1, { session: 'old' });
    await clock.advance(60_000);
    await failover.run(() => Promise.resolve('an answer that costs nothing'), { session: 'new' });
    await spend(5, { session: 'old' });
    expect(spent).toEqual({ 1: 20, 2: 100 });
  });

  test('pause: at once', async () => {
    const { spend, spent } = setUp({ tokenBudget: { limit: 100, windowMs: HOUR, onExceeded: 'pause' } });
    expect(await spend(9, { first: 2 })).toMatchObject({ code: 'TIERFALL_PAUSED', source: 'budget' });
    expect(spent).toEqual({ 3: 100 });
  });

  test('warn: nothing but the announcement', async () => {
    const { spend, spent } = setUp({ tokenBudget: { limit: 100, windowMs: HOUR, onExceeded: 'warn' } });
    expect(await spend(9, { first: 2 })).toBeUndefined();
    expect(spent).toEqual({ 3: 180 });
  });

  test('also where each call is of another instance', async () => {
    const { spend, spent } = setUp({ tokenBudget: { limit: 100, windowMs: HOUR, scope: 'failover' } });
    for (let call = 0; call < 20; call++) await spend(1, { first: 2, instance: `job-${call}` });
    expect(spent).toEqual({ 1: 100, 2: 100, 3: 100 });
  });

  test('a call that finds no room beside those under way goes elsewhere', async () => {
    const { clock, failover, spend } = setUp();
    await spend(1, { first: 2 });
    const asked: string[] = [];
    const calls = Array.from({ length: 8 }, () =>
      failover.run(
        ({ model }) => {
          asked.push(model);
          return new Promise((resolve) => clock.setTimeout(() => resolve(answer), 1000));
        },
        { first: 2, usage: usageOf.openai },
      ),
    );
    await clock.advance(1000);
    await Promise.all(calls);
    expect(asked.filter((model) => model === '3').length).toBe(4);
  });

  test('and nobody else is moved for it', async () => {
    const { failover, spend, spent, moves } = setUp();
    await spend(5, { first: 2 });
    await spend(2);
    expect({ spent, moves }).toEqual({ spent: { 1: 40, 3: 100 }, moves: [] });
    expect(await failover.state('default')).toMatchObject({ tier: 0, paused: null });
    expect((await failover.state('default')).tiers[2]).toMatchObject({ lastFailureKind: 'token_budget' });
  });

  test('a person who resets the instance waives it', async () => {
    const { failover, spend, spent } = setUp();
    await spend(5, { first: 2 });
    await failover.reset('default', { by: 'ann' });
    await spend(5, { first: 2 });
    expect(spent).toEqual({ 3: 200 });
  });
});

test('a pinned call that is answered by a tier without budget moves nobody back there', async () => {
  const { spend, spent, moves } = setUp();
  await spend(5);
  expect(moves).toEqual(['1 -> 2']);
  await spend(5, { pinned: 0 });
  await spend(2);
  expect({ spent, moves }).toEqual({ spent: { 1: 200, 2: 40 }, moves: ['1 -> 2'] });
});
