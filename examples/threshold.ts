/**
 * A provider that drops a call now and then is not left for it: the instance steps down only at the third failure within
 * a minute. Each call goes on to the next tier at once all the same.
 */
import { createFailover } from 'tierfall';
import { answers, createManualClock, createScriptedProvider, fails, overloaded } from 'tierfall/testing';

const policy = { threshold: { failures: 3, windowMs: 60_000 } };
const clock = createManualClock();
const failover = createFailover({ chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'], policy, clock });
const changes: string[] = [];
failover.on('tier-change', ({ to, reason }) => changes.push(`${to.model} (${reason})`));
const provider = createScriptedProvider({
  'anthropic/claude-opus-4-8': [
    fails(1).with(overloaded()),
    answers('opus').times(1),
    fails(1).with(overloaded()),
    answers('opus').times(1),
    fails(3).with(overloaded()),
    answers('opus'),
  ],
  'openai/gpt-5.2': answers('gpt'),
});
const ask = async () => (await failover.run(provider.call)).value;

console.log('One call in two fails, a minute apart:');
const scattered: unknown[] = [];
for (let call = 0; call < 4; call++) {
  scattered.push(await ask());
  await clock.advance(40_000);
}
check(scattered.join() === 'gpt,opus,gpt,opus', `answered by ${scattered.join(', ')}: every call, and at once`);
check(changes.length === 0, 'the instance has not moved');

console.log('Three failures in a row:');
const burst = [await ask(), await ask(), await ask()];
check(burst.join() === 'gpt,gpt,gpt', 'each call is answered by the next tier');
check(changes.join() === 'gpt-5.2 (overloaded)', `and now it steps: ${changes.join()}`);
const [row] = (await failover.history('default', { limit: 10 })).filter(({ type }) => type === 'tier-failed');
check(row?.count === 5, `the ledger has one row, for all ${row?.count} failures`);

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
