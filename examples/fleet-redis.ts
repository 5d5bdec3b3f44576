/**
 * Four workers in four processes that share what they learn through Redis: a key is revoked, one of them finds out, the
 * others never ask that provider. Then one is killed by SIGKILL, and an operator's pause reaches the others as they
 * work.
 *
 * `npm run example examples/fleet-redis.ts`, with Redis at REDIS_URL or redis://127.0.0.1:6379.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { createFailover, isTierfallError, resolveWithFallback } from 'tierfall';
import { createRedisStore } from 'tierfall/stores/redis';

const chain = ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'] as const;
const names = ['ann', 'ben', 'cleo', 'dan'];
const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

// Stands for the call of your SDK. The fleet's key at Anthropic was revoked.
async function ask(provider: string): Promise<string> {
  await sleep(5);
  if (provider === 'anthropic') throw Object.assign(new Error('invalid x-api-key'), { status: 401 });
  return provider;
}

/** One process of the fleet: makes a call for each instance name it reads, until its input ends. */
async function work(name: string, prefix: string): Promise<void> {
  const client = new Redis(url);
  const store = createRedisStore({ client, prefix });
  const failover = createFailover({ chain, store, share: 'rests' });
  failover.on('attempt-failed', ({ tier, kind }) => console.log(`failed ${tier.provider} ${kind}`));
  failover.on('paused', ({ by, origin }) => console.log(`paused by ${by} ${origin}`));
  await failover.state(name);
  console.log('ready');
  for await (const instance of createInterface({ input: process.stdin })) {
    try {
      const { value } = await resolveWithFallback(failover, (tier) => ask(tier.provider), { instance });
      console.log(`answer ${value}`);
    } catch (error) {
      console.log(isTierfallError(error, 'TIERFALL_PAUSED') ? 'refused' : `broken ${String(error)}`);
    }
  }
  await failover.close();
  await store.close();
  client.disconnect();
}

interface Worker {
  name: string;
  child: ChildProcess;
  lines: string[];
}

function start(name: string, prefix: string): Worker {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), name, prefix], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const worker: Worker = { name, child, lines: [] };
  createInterface({ input: child.stdout }).on('line', (line) => {
    worker.lines.push(line);
    console.log(`  ${name.padEnd(5)} ${line}`);
  });
  return worker;
}

/** Waits for a line with this beginning, after the first `from` lines. */
async function heard({ lines }: Worker, what: string, from = 0): Promise<boolean> {
  for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt; await sleep(5)) {
    if (lines.slice(from).some((line) => line.startsWith(what))) return true;
  }
  return false;
}

/** Lets a worker do one job; false when it ended otherwise. */
async function order(worker: Worker, ending: string): Promise<boolean> {
  const from = worker.lines.length;
  worker.child.stdin?.write(`${worker.name}\n`);
  return heard(worker, ending, from);
}

function check(claim: string, holds: boolean): void {
  console.log(`${holds ? 'checked' : 'THIS DID NOT HAPPEN'}: ${claim}`);
  if (!holds) process.exitCode = 1;
}

async function main(): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 2000, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch {
    console.log(`no Redis at ${new URL(url).host}; start one, or name it in REDIS_URL, to see this example`);
    if (process.env['CI'] === 'true') process.exitCode = 1;
    return;
  }
  const prefix = `tierfall-example-${process.pid}:`;
  const workers = names.map((name) => start(name, prefix));
  try {
    await fleet(workers, prefix, client);
  } finally {
    for (const { child } of workers) child.kill('SIGKILL');
    const keys = await client.keys(`${prefix}*`);
    if (keys.length > 0) await client.unlink(...keys);
    client.disconnect();
  }
}

async function fleet(workers: Worker[], prefix: string, client: Redis): Promise<void> {
  const [first, ...others] = workers;
  if (!first) return;
  const ready = await Promise.all(workers.map(async (worker) => heard(worker, 'ready')));
  check('four processes are ready', ready.every(Boolean));

  console.log('\nthe first one meets the revoked key');
  await order(first, 'answer openai');
  // What it learned is on its way to Redis, and from there to the others.
  await sleep(500);
  const answered = await Promise.all(others.map(async (worker) => order(worker, 'answer openai')));
  const failures = workers.flatMap(({ lines }) => lines.filter((line) => line.startsWith('failed')));
  check('all were answered', answered.every(Boolean));
  check(`a revoked key cost the fleet ${failures.length} failed call`, failures.length === 1);

  console.log(`\n${first.name} is killed, the others go on`);
  const ended = new Promise((resolve) => first.child.once('exit', resolve));
  first.child.kill('SIGKILL');
  await ended;
  const wentOn = await Promise.all(others.map(async (worker) => order(worker, 'answer openai')));
  check('no call failed', wentOn.every(Boolean));

  console.log('\nan operator pauses everything, from a process of their own');
  const store = createRedisStore({ client, prefix });
  const operator = createFailover({ chain, store });
  await operator.pause({ all: true }, { by: 'olga', reason: 'the bill' });
  const told = await Promise.all(others.map(async (worker) => heard(worker, 'paused by olga remote')));
  check('each was told without asking', told.every(Boolean));
  const refused = await Promise.all(others.map(async (worker) => order(worker, 'refused')));
  check('no provider is called any more', refused.every(Boolean));

  const rows = await store.history(`instance:${first.name}`, { limit: 10 });
  const change = rows.find(({ type }) => type === 'tier-change');
  console.log(`\nwhat ${first.name} left in the ledger: ${change?.from} -> ${change?.to} (${change?.reason})`);
  check('the killed process left its step in the ledger', change?.reason === 'auth');
  await operator.close();
  await store.close();
  for (const { child } of others) child.stdin?.end();
  await Promise.all(others.map(async ({ child }) => new Promise((resolve) => child.once('exit', resolve))));
}

const [name, prefix] = process.argv.slice(2);
await (name === undefined || prefix === undefined ? main() : work(name, prefix));
