/**
 * What ends a call that never answers: a deadline for the whole call, a timeout for each attempt, or the caller's
 * abort. The providers here never answer, and a manual clock makes minutes pass at once.
 */
import { createFailover, isTierfallError, type Attempt } from 'tierfall';
import { answers, createManualClock, createScriptedProvider, hangs } from 'tierfall/testing';

const chain = ['openai/gpt-5.2', 'anthropic/claude-opus-4-8', 'google/gemini-3-pro'];
const clock = createManualClock();
const told = (attempts: readonly Attempt[] = []) =>
  attempts.map(({ tier, kind, durationMs }) => `${tier} ${kind ?? 'ok'} after ${durationMs} ms`).join(', ');

console.log('A deadline of 9 s over three tiers, two of which hang: each leaves the ones behind it a fair share.');
const two = createScriptedProvider({ [chain[0]!]: hangs(), [chain[1]!]: hangs(), [chain[2]!]: answers('hello') });
const failover = createFailover({ chain, clock });
const walking = failover.run(two.call, { deadlineMs: 9000 });
await clock.advance(9000);
const { attempts } = await walking;
check(attempts.map(({ durationMs }) => durationMs).join() === '3000,3000,0', told(attempts));

console.log('All three hang: the deadline is kept to the millisecond, and the error says what was tried.');
const three = createScriptedProvider(Object.fromEntries(chain.map((tier) => [tier, hangs()])));
const startedAt = clock.now();
let endedAt = 0;
const late = createFailover({ chain, clock })
  .run(three.call, { deadlineMs: 9000 })
  .catch((error: unknown) => error)
  .finally(() => (endedAt = clock.now()));
await clock.advance(60_000);
const error = await late;
check(isTierfallError(error, 'TIERFALL_DEADLINE') && endedAt - startedAt === 9000, String(error));

console.log('A timeout for each attempt, from the policy:');
const patient = createFailover({ chain, clock, policy: { attemptTimeoutMs: 20_000 } });
const slow = patient.run(createScriptedProvider({ [chain[0]!]: hangs(), [chain[1]!]: answers('hello') }).call);
await clock.advance(20_000);
check((await slow).attempts[0]?.kind === 'timeout', told((await slow).attempts));

console.log('The caller leaves: at once, with its own reason, and no provider is blamed.');
const caller = new AbortController();
const fresh = createFailover({ chain, clock });
const left = fresh.run(three.call, { signal: caller.signal }).catch((reason: unknown) => reason);
await clock.advance(100);
const reason = new Error('the user closed the tab');
caller.abort(reason);
check((await left) === reason, `the caller gets its own reason back: ${reason.message}`);
const { tier, lastFailureKind } = await fresh.state('default');
check(tier === 0 && lastFailureKind === null, 'the first tier is still the one to ask');
check(clock.pending === 0, 'and no timer is left of any of this');

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}
