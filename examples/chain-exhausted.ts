/**
 * Every tier is resting. `policy.onExhausted` says what happens then: `wrap` (start over at the best tier, the
 * default), `pause` until a person resumes, `wait` for the first rest that ends, or `throw`. A manual clock moves the
 * time.
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
  const run = (options = {}) => failover.run(provider.call, options).then(({ value }) => value, describe);
  return { clock, failover, provider, run };
}

/** What a caller can act on. */
function describe(error: unknown): string {
  if (isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED')) {
    return error.retryAt === null ? 'exhausted' : `exhausted, again in ${(error.retryAt - start) / 1000} s`;
  }
  return isTierfallError(error) ? error.code : 'another error';
}
const start = createManualClock().now();

console.log('wrap: the next call may ask a tier whose rest is ours; a wait that a provider named is kept');
const wrap = setUp('wrap');
check(await wrap.run(), 'exhausted, again in 20 s');
check(await wrap.run(), 'anthropic is back');

console.log('throw: no tier is asked until a rest is over');
const thrown = setUp('throw');
check(await thrown.run(), 'exhausted, again in 20 s');
check(await thrown.run(), 'exhausted, again in 20 s');
await thrown.clock.advance(20_000);
check(await thrown.run(), 'anthropic is back');
check(`${thrown.provider.calls.length} requests in three calls`, '3 requests in three calls');

console.log('wait: the call itself waits for the first rest that ends, if its deadline allows');
const waiting = setUp('wait');
check(await waiting.run({ deadlineMs: 5000 }), 'exhausted, again in 20 s');
const answer = waiting.run({ deadlineMs: 30_000 });
await waiting.clock.advance(20_000);
check(await answer, 'anthropic is back');

console.log('pause: a person has to resume it');
const paused = setUp('pause');
check(await paused.run(), 'exhausted');
await paused.clock.advance(3_600_000);
check(await paused.run(), 'TIERFALL_PAUSED');
await paused.failover.resume('default', { by: 'ann' });
check(await paused.run(), 'openai is back');

function check(what: unknown, expected: string): void {
  console.log(`  ${what === expected ? 'checked' : `NOT TRUE (expected ${expected})`}: ${String(what)}`);
  if (what !== expected) process.exitCode = 1;
}
