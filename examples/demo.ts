/**
 * `npm run demo`: a day of an agent whose providers fail, as a timeline. Real SDKs talk to a server on loopback, so it
 * needs no key and no network. A manual clock moves the time, so nothing sleeps. Every line marked `checked` was
 * compared with what that server received; the demo fails if one is not true.
 */
import { isTierfallError, resolveStartup } from 'tierfall';
import type { DemoTier } from './support/demo-clients.ts';
import type { DemoWorld } from './support/demo-world.ts';
import { createDemoWorld, instance } from './support/demo-world.ts';
import { answers, httpError, streamError } from './support/loopback-provider.ts';

const chain: readonly DemoTier[] = [
  { provider: 'anthropic', model: 'claude-opus-4-8', client: '@anthropic-ai/sdk' },
  { provider: 'openai', model: 'gpt-5.2', client: 'openai' },
  { provider: 'anthropic', model: 'claude-haiku-4-5', credential: 'backup-key', client: 'ai' },
];
const [opus, gpt, haiku] = ['anthropic/claude-opus-4-8', 'openai/gpt-5.2', 'anthropic/claude-haiku-4-5'] as const;

async function allIsWell({ ask, loopback, timeline }: DemoWorld) {
  timeline.scene('All is well');
  const tier = await ask();
  timeline.check('tier 1 answered, nobody else was asked', tier === 1 && loopback.calls() === 1);
}

async function revokedKey({ ask, passes, failover, loopback, timeline }: DemoWorld) {
  timeline.scene('Somebody revokes the Anthropic key');
  passes(60);
  loopback.on(opus, httpError(401));
  const before = loopback.calls(opus);
  const tier = await ask();
  timeline.check('the caller got an answer from tier 2, no error', tier === 2);
  passes(600);
  for (let call = 0; call < 3; call++) await ask();
  timeline.check('the dead key was tried once, not once a call', loopback.calls(opus) === before + 1);
  loopback.on(opus, answers('hello again from claude-opus-4-8'));
  timeline.say('Ana puts in a new key and resets the agent.');
  await failover.reset(instance, { by: 'ana' });
  timeline.check('tier 1 answers again', (await ask()) === 1);
}

async function rateLimit({ ask, passes, clients, loopback, timeline }: DemoWorld) {
  timeline.scene('Tier 1 is rate limited and says for how long; this time the agent uses the AI SDK');
  passes(60);
  loopback.script(opus, [httpError(429, { retryAfterSeconds: 30 })]);
  const before = loopback.calls(opus);
  await ask(clients.askThroughAiSdk);
  for (let call = 0; call < 3; call++) {
    passes(9);
    await ask(clients.askThroughAiSdk);
  }
  timeline.check('27 s later tier 1 has been left in peace, as it asked', loopback.calls(opus) === before + 1);
  passes(4);
  await ask(clients.askThroughAiSdk);
  timeline.check('once the 30 s were over it was asked again', (await ask(clients.askThroughAiSdk)) === 1);
}

async function overloadInStream({ read, passes, loopback, timeline }: DemoWorld) {
  timeline.scene('Tier 1 says 200 and then "overloaded" inside the stream; tier 2 is down as well');
  passes(60);
  loopback.script(opus, [streamError({ status: 529 })]);
  loopback.script(gpt, [httpError(503)]);
  const before = loopback.calls();
  const text = await read();
  timeline.check('the reader saw one whole answer, from tier 3', text === 'hello from claude-haiku-4-5');
  const asked = loopback.requests.slice(before).map(({ wire, model, streaming }) => `${wire}/${model} ${streaming}`);
  timeline.check('each tier was asked once', asked.join() === `${opus} true,${gpt} true,${haiku} true`);
}

async function backToTierOne({ ask, passes, loopback, timeline }: DemoWorld) {
  timeline.scene('The rest is over: back to tier 1, by itself');
  passes(2);
  const before = loopback.calls(opus);
  const early = await ask();
  timeline.check('2 s later it is still the turn of tier 3', early === 3 && loopback.calls(opus) === before);
  passes(20);
  await ask();
  timeline.check('the success after that led back to tier 1', (await ask()) === 1);
}

async function startUp({ clients, loopback, timeline }: DemoWorld) {
  timeline.scene('Start-up: which provider are we logged in to?');
  loopback.on(opus, httpError(401));
  const { runtime, index, remaining } = await resolveStartup({ chain, resolve: clients.ask });
  timeline.event('answer', `not logged in at anthropic; starts on tier 2: "${runtime}"`);
  timeline.check('it walked on, and tier 3 is left for later', index === 1 && remaining.length === 1);
}

async function startUpRefuses({ clients, loopback, timeline }: DemoWorld) {
  timeline.scene('Start-up: two things it refuses to do');
  const before = loopback.calls(gpt) + loopback.calls(haiku);
  const start = (pinned: boolean) => resolveStartup({ chain, resolve: clients.ask, pinned }).then(() => 200, statusOf);

  loopback.on(opus, httpError(401));
  const pinned = await start(true);
  timeline.event('refused', `pinned to tier 1, not logged in: stops with its error, HTTP ${pinned}`);

  loopback.on(opus, httpError(429, { retryAfterSeconds: 20 }));
  const limited = await start(false);
  timeline.event('refused', `tier 1 is rate limited: stops with its error, HTTP ${limited}`);

  const others = loopback.calls(gpt) + loopback.calls(haiku) - before;
  timeline.check('a pin is not downgraded, a rate limit not spread: tiers 2 and 3 were not asked', others === 0);
  timeline.check('both got the error of the provider itself', pinned === 401 && limited === 429);
  loopback.on(opus, answers('hello from claude-opus-4-8'));
}

async function operatorPause({ ask, passes, failover, loopback, timeline }: DemoWorld) {
  timeline.scene('Ana pauses the agent');
  passes(60);
  await failover.pause(instance, { by: 'ana', reason: 'looking into odd answers' });
  const before = loopback.calls();
  const error = await ask().catch((thrown: unknown) => thrown);
  timeline.event('refused', error instanceof Error ? error.message : String(error));
  const paused = isTierfallError(error, 'TIERFALL_PAUSED');
  timeline.check('no provider was called', paused && loopback.calls() === before);
  await failover.resume(instance, { by: 'ana' });
  timeline.check('and on it goes', (await ask()) === 1);
}

function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error ? Number(error.status) : Number.NaN;
}

const world = await createDemoWorld(chain);
try {
  world.timeline.title('tierfall: an agent that keeps answering when its provider fails');
  for (const [index, { provider, model, client, credential = `${provider} key` }] of chain.entries()) {
    world.timeline.say(`tier ${index + 1}  ${`${provider}/${model}`.padEnd(28)}${client.padEnd(20)}${credential}`);
  }
  await allIsWell(world);
  await revokedKey(world);
  await rateLimit(world);
  await overloadInStream(world);
  await backToTierOne(world);
  await startUp(world);
  await startUpRefuses(world);
  await operatorPause(world);
  world.timeline.title('\nEverything above happened, and was checked.');
} finally {
  await world.close();
}
