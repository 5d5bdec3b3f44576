/**
 * When every provider is down, retries multiply the load. So retries, and attempts made only because the chain wrapped
 * around, come out of a budget: a share of the calls, and a few per second. The first attempt of each call, and a
 * fallback to a tier that is not resting, never count against it.
 */
import { createFailover, type PolicyOptions } from 'tierfall';
import { answers, createManualClock, createScriptedProvider, fails, serverError } from 'tierfall/testing';

const chain = ['openai/gpt-5.2', 'anthropic/claude-opus-4-8', 'google/gemini-3-pro'];
const retry = { maxAttempts: 3, initialDelayMs: 200 };
const SECONDS = 60;
const CALLS_PER_SECOND = 50;

/** A minute in which every provider is down; returns the requests per call that reached them. */
async function outage(policy: PolicyOptions): Promise<number> {
  const clock = createManualClock();
  const provider = createScriptedProvider(Object.fromEntries(chain.map((tier) => [tier, fails().with(serverError())])));
  const failover = createFailover({ chain, clock, policy });
  const calls: Promise<unknown>[] = [];
  for (let call = 0; call < SECONDS * CALLS_PER_SECOND; call++) {
    calls.push(failover.run(provider.call).catch(() => undefined));
    await clock.advance(1000 / CALLS_PER_SECOND);
  }
  await clock.advance(60_000);
  await Promise.all(calls);
  return provider.calls.length / calls.length;
}

console.log(`A minute of ${CALLS_PER_SECOND} calls a second, three attempts at a tier, three tiers, all of them down:`);
const unbounded = await outage({ retry, retryBudget: { ratio: 1, perSecond: 1e6 } });
const bounded = await outage({ retry });
const strict = await outage({ retry, retryBudget: { ratio: 0.1, perSecond: 0 } });
check(unbounded > 3, `${unbounded.toFixed(2)} requests for each call if nothing held them back`);
// A fifth of the calls, ten a second of fifty calls a second: two fifths in all.
check(bounded < 1.45, `${bounded.toFixed(2)} with the budget as it is by default (20 % of the calls and 10 a second)`);
check(strict < 1.15, `${strict.toFixed(2)} with a tenth of the calls and nothing else`);

console.log('The first tier is down, the budget is nothing, and the second tier works:');
const clock = createManualClock();
const provider = createScriptedProvider({ [chain[0]!]: fails().with(serverError()), [chain[1]!]: answers('hello') });
const failover = createFailover({ chain, clock, policy: { retry, retryBudget: { ratio: 0, perSecond: 0 } } });
const answered = await Promise.all(Array.from({ length: 100 }, () => failover.run(provider.call)));
check(answered.length === 100, 'all of a hundred calls are answered: a fallback is no extra');

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
