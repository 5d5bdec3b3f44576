/**
 * A worker that finds out at start which provider it can log in to, and then works on that one and the tiers behind
 * it. Its exit code says what a supervisor should do:
 *
 * - 0: the work is done
 * - 75 (EX_TEMPFAIL): a failure that can pass, such as a rate limit or an outage; start it again later
 * - 1: a failure that needs a person, such as a revoked key; starting it again would not help
 * - 64 (EX_USAGE): wrong arguments
 *
 * `npm run example examples/worker-startup.ts SITUATION` plays one situation on loopback; without one, all is well.
 */
import OpenAI from 'openai';
import {
  classifyError,
  createFailover,
  isTierfallError,
  resolveStartup,
  resolveWithFallback,
  type Kind,
} from 'tierfall';
import { drops, httpError, startLoopbackProvider, type Reply } from './support/loopback-provider.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 64;
const EXIT_TRY_LATER = 75;

const noCredit = { code: 'insufficient_quota', message: 'You exceeded your current quota, please check your plan.' };
/** What goes wrong while the worker starts, and at which provider (`*`: at all of them). */
const situations: Readonly<Record<string, { at: string; reply: Reply } | undefined>> = {
  ok: undefined,
  'logged-out': { at: 'openai', reply: httpError(401) },
  'rate-limit': { at: 'openai', reply: httpError(429, { retryAfterSeconds: 20 }) },
  'dead-pin': { at: 'openai', reply: httpError(401) },
  overloaded: { at: 'openai', reply: httpError(503) },
  broken: { at: 'openai', reply: httpError(500) },
  offline: { at: 'openai', reply: drops() },
  'no-credit': { at: '*', reply: httpError(429, noCredit) },
  'no-credit-today': { at: '*', reply: httpError(429, { ...noCredit, retryAfterSeconds: 3600 }) },
  'no-keys': { at: '*', reply: httpError(401) },
  // These two happen after the start.
  paused: undefined,
  outage: undefined,
};
const situation = process.argv[2] ?? 'ok';

await using loopback = await startLoopbackProvider();
const chain = [
  { provider: 'openai', model: 'gpt-5.2', baseURL: loopback.url('openai') },
  { provider: 'groq', model: 'llama-4-maverick', baseURL: `${loopback.url('groq')}/openai/v1` },
  { provider: 'mistral', model: 'mistral-large', baseURL: `${loopback.url('mistral')}/v1` },
] as const;
type WorkerTier = (typeof chain)[number];

const failure = situations[situation];
if (failure) loopback.on(failure.at, failure.reply);

function connect({ baseURL }: WorkerTier): OpenAI {
  return new OpenAI({ apiKey: 'no-key-needed-on-loopback', baseURL, maxRetries: 0 });
}

async function ask(client: OpenAI, model: string, content: string): Promise<string> {
  const { choices } = await client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
  return choices[0]?.message.content ?? '';
}

/** Logs in: returns a client that works, or rejects with the provider's own error. */
async function logIn(tier: WorkerTier): Promise<OpenAI> {
  const client = connect(tier);
  await ask(client, tier.model, 'ping');
  return client;
}

async function work(): Promise<void> {
  const pinned = situation === 'dead-pin';
  const { runtime, tier, remaining, attempts } = await resolveStartup({ chain, resolve: logIn, pinned });
  console.log(`started on ${tier.provider}/${tier.model}, ${remaining.length} tier(s) behind it`);

  const clients = new Map<string, OpenAI>([[tier.provider, runtime]]);
  const failover = createFailover({ chain: [tier, ...remaining], startup: attempts });
  failover.on('tier-change', ({ from, to, reason }) => console.log(`${from.provider} -> ${to.provider} (${reason})`));
  try {
    if (situation === 'paused') await failover.pause('default', { by: 'ann', reason: 'maintenance' });
    if (situation === 'outage') loopback.on('*', httpError(503));

    // The provider it started on breaks down during the second job.
    for (const job of ['first job', 'second job']) {
      if (job === 'second job') loopback.script(tier.provider, [httpError(500)]);
      const answer = await resolveWithFallback(failover, (current) =>
        ask(clients.get(current.provider) ?? connect(current), current.model, job),
      );
      console.log(`${job} done by ${answer.tier.provider}: ${answer.value}`);
    }
  } finally {
    await failover.close();
  }
}

/** Kinds that pass by themselves. Any other kind can pass as well where the provider named a wait. */
const passingKinds: readonly (Kind | undefined)[] = ['rate_limit', 'overloaded', 'server_error', 'timeout', 'network'];

/** Whether starting again later may help. */
function canPass(error: unknown): boolean {
  if (isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED')) {
    const failed = error.attempts.filter(({ ok }) => !ok);
    // Without an attempt every tier is resting or held, which ends.
    return failed.length === 0 || failed.some(({ kind, retryAfterMs }) => isPassing(kind, retryAfterMs));
  }
  // A pause, a held tier or a deadline ends; a wrong option does not.
  if (isTierfallError(error)) return !['TIERFALL_CONFIG', 'TIERFALL_CLOSED'].includes(error.code);
  const { kind, retryAfterMs } = classifyError(error);
  return isPassing(kind, retryAfterMs);
}

function isPassing(kind: Kind | undefined, retryAfterMs: number | undefined): boolean {
  return passingKinds.includes(kind) || retryAfterMs !== undefined;
}

async function main(): Promise<number> {
  if (!Object.hasOwn(situations, situation)) {
    console.error(`unknown situation "${situation}"; known: ${Object.keys(situations).join(', ')}`);
    return EXIT_USAGE;
  }
  try {
    await work();
    return 0;
  } catch (error) {
    const { kind, retryAfterMs, message } = classifyError(error);
    const wait = retryAfterMs === undefined ? '' : ` in ${retryAfterMs / 1000} s`;
    if (kind === 'rate_limit') {
      console.error(`rate limited: start me again${wait}; nobody else was asked`);
    } else if (canPass(error)) {
      console.error(`cannot work now (${kind}): start me again${wait}: ${message}`);
    } else {
      console.error(`cannot start (${kind}): ${message}`);
    }
    return canPass(error) ? EXIT_TRY_LATER : EXIT_FAILURE;
  }
}

process.exitCode = await main();
