/**
 * No tier is left. What then is the policy's business: wrap around and try again from the best one (the default), pause
 * until a person has looked, wait for the soonest tier, or throw. All four on a clock that is moved by hand.
 */
import { createFailover, isTierfallError, type PolicyOptions } from 'tierfall';
import { answers, createManualClock, createScriptedProvider, fails, overloaded, rateLimit } from 'tierfall/testing';

function setUp(onExhausted: NonNullable<PolicyOptions['onExhausted']>) {
  const clock = createManualClock();
  const provider = createScriptedProvider({
    'openai/gpt-5.2': [fails(1).with(rateLimit({ retryAfterMs: 40_000 })), answers('openai is back')],
    'anthropic/claude-opus-4-8': [fails(1).with(overloaded()), answers('anthropic is back')],
  });
  const failover = createFailover({
    chain: ['openai/gpt-5.2', 'anthropic/claude-opus-4-8'],
    policy: { onExhausted, cooldown: { initialMs: 20_000 } },
    clock,
  });
  const run = (options = {}) => failover.run(provider.call, options).then(({ value }) => value, told);
  return { clock, failover, provider, run };
}

/** In short, what a caller can act on. */
function told(error: unknown): string {
  if (isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED')) {
    return `exhausted, again ${error.retryAt === null ? 'nobody knows when' : `in ${(error.retryAt - start) / 1000} s`}`;
  }
  return isTierfallError(error) ? error.code : 'another error';
}
const start = createManualClock().now();

console.log('wrap: what we put to rest ourselves may be asked at once, what the provider asked for is kept');
const wrap = setUp('wrap');
check(await wrap.run(), 'exhausted, again in 0 s');
check(await wrap.run(), 'anthropic is back');

console.log('throw: until a rest is over nobody is asked');
const thrown = setUp('throw');
check(await thrown.run(), 'exhausted, again in 20 s');
check(await thrown.run(), 'exhausted, again in 20 s');
await thrown.clock.advance(20_000);
check(await thrown.run(), 'anthropic is back');
check(`${thrown.provider.calls.length} requests in three calls`, '3 requests in three calls');

console.log('wait: the call itself waits for the soonest tier, if its deadline allows');
const waiting = setUp('wait');
check(await waiting.run({ deadlineMs: 5000 }), 'exhausted, again in 20 s');
const answer = waiting.run({ deadlineMs: 30_000 });
await waiting.clock.advance(20_000);
check(await answer, 'anthropic is back');

console.log('pause: a person has to look');
const paused = setUp('pause');
check(await paused.run(), 'exhausted, again nobody knows when');
await paused.clock.advance(3_600_000);
check(await paused.run(), 'TIERFALL_PAUSED');
await paused.failover.resume('default', { by: 'ann' });
check(await paused.run(), 'openai is back');

function check(what: unknown, expected: string): void {
  console.log(`  ${what === expected ? 'checked' : `NOT TRUE (expected ${expected})`}: ${String(what)}`);
  if (what !== expected) process.exitCode = 1;
}
