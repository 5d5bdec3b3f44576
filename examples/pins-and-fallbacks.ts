/**
 * Options of one call: a tier that it must not leave, fallbacks other than the chain's, and no second attempt once it
 * has had a side effect. The startup resolver can be pinned as well.
 */
import { classifyError, createFailover, isTierfallError, startFailover, type CallOptions } from 'tierfall';
import { answers, createManualClock, createScriptedProvider, fails, overloaded, rateLimit } from 'tierfall/testing';

const chain = ['openai/gpt-5.2', 'anthropic/claude-opus-4-8', 'google/gemini-3-pro'];

/** A call on a new chain whose first tier is overloaded; returns the tiers it asked and how it ended. */
async function ask(options: CallOptions): Promise<string> {
  const provider = createScriptedProvider({
    [chain[0]!]: fails().with(overloaded()),
    [chain[1]!]: answers('anthropic'),
    [chain[2]!]: answers('google'),
  });
  const ended = await createFailover({ chain })
    .run(provider.call, options)
    .then(
      ({ value }) => String(value),
      (error: unknown) => (isTierfallError(error) ? error.code : classifyError(error).kind),
    );
  return `${provider.calls.map(({ index }) => `tier ${index + 1}`).join(', ')}: ${ended}`;
}

console.log('As the chain says:');
check(await ask({}), 'tier 1, tier 2: anthropic');
console.log('Pinned: the error itself, verbatim, and nobody else is asked.');
check(await ask({ pinned: 0 }), 'tier 1: overloaded');
check(await ask({ pinned: { provider: 'google', model: 'gemini-3-pro' } }), 'tier 3: google');
console.log('Fallbacks of its own, in its own order; an empty list is strict.');
check(await ask({ fallbacks: ['google/gemini-3-pro'] }), 'tier 1, tier 3: google');
check(await ask({ fallbacks: [] }), 'tier 1: TIERFALL_CHAIN_EXHAUSTED');
console.log('It has booked a flight before it failed: not again.');
check(await ask({ hasSideEffects: () => true }), 'tier 1: overloaded');

console.log('A pin does not break a promise: inside the wait a provider named it is refused, with the time.');
const clock = createManualClock();
const failover = createFailover({ chain, clock });
const limited = createScriptedProvider({ [chain[0]!]: fails().with(rateLimit({ retryAfterMs: 30_000 })) });
await failover.run(limited.call, { pinned: 0 }).catch(() => undefined);
const refused = await failover.run(limited.call, { pinned: 0 }).catch((error: unknown) => error);
const inMs = isTierfallError(refused, 'TIERFALL_PINNED_TIER') && refused.retryAt! - clock.now();
check(`${limited.calls.length} request, again in ${inMs} ms`, '1 request, again in 30000 ms');

console.log('A start walks the chain for a login that works; what is left of it is the chain of the work.');
const started = await startFailover({
  chain,
  resolve: async (tier) => {
    if (tier.provider === 'openai') throw Object.assign(new Error('Incorrect API key'), { status: 401 });
    return `logged in at ${tier.provider}`;
  },
});
const { runtime, index, failover: working } = started;
check(
  `${runtime}, tier ${index + 1}; ${working.chain.length} tiers left`,
  'logged in at anthropic, tier 2; 2 tiers left',
);

function check(what: string, expected: string): void {
  console.log(`  ${what === expected ? 'checked' : `NOT TRUE (expected ${expected})`}: ${what}`);
  if (what !== expected) process.exitCode = 1;
}
