import { describe, expect, test } from 'vitest';
import { createFailover, isTierfallError, judges, type PolicyOptions, type PreviousAttempt } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { overloaded, rateLimited } from '../support/scripted.js';

const refusal = { type: 'message', content: [], stop_reason: 'refusal' };
const chain = [
  { provider: 'a', model: '1', region: 'eu' },
  { provider: 'b', model: '2', region: 'us' },
  { provider: 'c', model: '3', region: 'us' },
];

function setUp(policy: PolicyOptions = {}) {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock, policy });
  const seen: (PreviousAttempt | undefined)[] = [];
  const run = (answers: unknown[], options = {}) =>
    failover.run(async (_tier, { previous }): Promise<unknown> => {
      seen.push(previous);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error) throw answer;
      return answer;
    }, options);
  return { clock, failover, run, seen };
}

describe('context.previous', () => {
  test('is the entry, the kind and the very error of the last failed attempt', async () => {
    const { failover, run, seen } = setUp();
    const [first, second] = [overloaded(), rateLimited(30)];
    await run([first, second, 'fine']);
    expect(seen).toEqual([
      undefined,
      { tier: chain[0], kind: 'overloaded', error: first },
      { tier: chain[1], kind: 'rate_limit', error: second },
    ]);
    expect(seen[1]!.error).toBe(first);
    expect(seen[1]!.tier).toBe(failover.chain[0]);
  });

  test('is this call’s own: the next call, which begins at the fallback, has none', async () => {
    const { run, seen } = setUp();
    await run([overloaded(), 'fine']);
    await run(['fine']);
    expect(seen.at(-1)).toBeUndefined();
  });

  test('is the attempt before at the same tier, for a retry', async () => {
    const { clock, run, seen } = setUp({ retry: { maxAttempts: 2, kinds: ['overloaded'] } });
    const running = run([overloaded(), 'fine']);
    await clock.advance(10_000);
    expect((await running).index).toBe(0);
    expect(seen[1]).toMatchObject({ tier: { provider: 'a', region: 'eu' }, kind: 'overloaded' });
  });

  test('has the answer that was judged a failure', async () => {
    const { run, seen } = setUp({ reroute: ['content_policy'] });
    await run([refusal, 'fine'], { judge: judges.refusal });
    const error = seen[1]?.error;
    expect(isTierfallError(error, 'TIERFALL_ANSWER_REJECTED') && [error.kind, error.answer]).toEqual([
      'content_policy',
      refusal,
    ]);
  });

  test('is there after a first attempt with a limit, and on the direct path of another instance', async () => {
    const { run, seen } = setUp();
    await run([overloaded(), 'fine'], { deadlineMs: 1000, instance: 'other' });
    expect(seen[1]).toMatchObject({ kind: 'overloaded' });
  });
});
