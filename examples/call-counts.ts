/**
 * How the tiers of a process have done since it started: calls, answers and failures, and how long the last answer took.
 * Counted at no cost to a call, for a line in the log or a page of your own.
 */
import { createFailover } from 'tierfall';
import { answers, createScriptedProvider, fails, overloaded } from 'tierfall/testing';

const failover = createFailover({ chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'] });
const provider = createScriptedProvider({
  'anthropic/claude-opus-4-8': [answers('opus').times(3), fails(1).with(overloaded())],
  'openai/gpt-5.2': answers('gpt'),
});
for (let call = 0; call < 6; call++) await failover.run(provider.call);

const { calls, tiers } = failover.stats();
console.log(`${calls} calls`);
for (const { id, ok, failed, lastAnswerMs } of tiers) {
  console.log(`  ${id}: ${ok} answered, ${failed} failed, the last answer took ${lastAnswerMs} ms`);
}
check(calls === 6, 'six calls');
check(tiers.map(({ ok, failed }) => `${ok} and ${failed}`).join() === '3 and 1,3 and 0', 'seven attempts');

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
