/**
 * A conversation that was moved to another model stays there while that works: the prompt cache of this conversation is
 * there, and the answers go on in one voice. New conversations begin at the best model.
 */
import { createFailover } from 'tierfall';
import { answers, createManualClock, createScriptedProvider, fails, overloaded } from 'tierfall/testing';

const policy = { stickySessions: { idleMs: 5 * 60_000 } };
const clock = createManualClock();
const failover = createFailover({ chain: ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'], policy, clock });
const provider = createScriptedProvider({
  'anthropic/claude-opus-4-8': [fails(1).with(overloaded()), answers('opus')],
  'openai/gpt-5.2': answers('gpt'),
});
const ask = async (session: string) => (await failover.run(provider.call, { session })).value;

console.log('A short outage moves the first conversation:');
check((await ask('monday')) === 'gpt', 'monday is answered by gpt');
await clock.advance(60_000);

console.log('A minute later the best model works again:');
check((await ask('monday')) === 'gpt', 'monday goes on with gpt');
check((await ask('tuesday')) === 'opus', 'tuesday, which is new, begins with opus');

console.log('Five minutes without a word later:');
await clock.advance(5 * 60_000);
check((await ask('monday')) === 'opus', 'monday begins with opus again');

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
