/**
 * A worker that finds out at start which provider it can log in to, and then works on that one and what is left of
 * the chain behind it. Its exit code tells a supervisor what to do:
 *
 * - 0: the work is done
 * - 75 (EX_TEMPFAIL): rate limited while starting; start it again later, on the same provider
 * - 1: it cannot start, and starting it again would not help
 *
 * `npm run example examples/worker-startup.ts [ok | logged-out | rate-limit | dead-pin]` plays one situation on loopback.
 */
import OpenAI from 'openai';
import { classifyError, createFailover, resolveStartup, resolveWithFallback } from 'tierfall';
import { httpError, startLoopbackProvider } from './support/loopback-provider.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 64;
const EXIT_TRY_LATER = 75;

const situations = ['ok', 'logged-out', 'rate-limit', 'dead-pin'];
const situation = process.argv[2] ?? 'ok';

await using loopback = await startLoopbackProvider();
const chain = [
  { provider: 'openai', model: 'gpt-5.2', baseURL: loopback.url('openai') },
  { provider: 'groq', model: 'llama-4-maverick', baseURL: `${loopback.url('groq')}/openai/v1` },
  { provider: 'mistral', model: 'mistral-large', baseURL: `${loopback.url('mistral')}/v1` },
] as const;
type WorkerTier = (typeof chain)[number];

if (situation === 'logged-out' || situation === 'dead-pin') loopback.on('openai', httpError(401));
if (situation === 'rate-limit') loopback.on('openai', httpError(429, { retryAfterSeconds: 20 }));

function connect({ baseURL }: WorkerTier): OpenAI {
  return new OpenAI({ apiKey: 'no-key-needed-on-loopback', baseURL, maxRetries: 0 });
}

async function ask(client: OpenAI, model: string, content: string): Promise<string> {
  const { choices } = await client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
  return choices[0]?.message.content ?? '';
}

/** Logs in: gives a client that has been seen to work, or rejects with the provider's own error. */
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

  // The provider it started on breaks down during the second job.
  for (const job of ['first job', 'second job']) {
    if (job === 'second job') loopback.script(tier.provider, [httpError(500)]);
    const answer = await resolveWithFallback(failover, (current) =>
      ask(clients.get(current.provider) ?? connect(current), current.model, job),
    );
    console.log(`${job} done by ${answer.tier.provider}: ${answer.value}`);
  }
  await failover.close();
}

async function main(): Promise<number> {
  if (!situations.includes(situation)) {
    console.error(`unknown situation "${situation}"; known: ${situations.join(', ')}`);
    return EXIT_USAGE;
  }
  try {
    await work();
    return 0;
  } catch (error) {
    const { kind, retryAfterMs, message } = classifyError(error);
    if (kind === 'rate_limit') {
      const wait = retryAfterMs === undefined ? '' : ` in ${retryAfterMs / 1000} s`;
      console.error(`rate limited: start me again${wait}; nobody else was asked`);
      return EXIT_TRY_LATER;
    }
    console.error(`cannot start (${kind}): ${message}`);
    return EXIT_FAILURE;
  }
}

process.exitCode = await main();
