/**
 * A runner meets a limit of five hours. It sleeps until a tier may be asked again, is killed meanwhile, and the next one goes
 * on with the wait that the store knows. Nobody asks the provider in between. The hours pass 36,000 times as fast here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Anthropic from '@anthropic-ai/sdk';
import { createFailover, isTierfallError, type ClockInput } from 'tierfall';
import { createSqliteStore } from 'tierfall/stores/sqlite';
import { answers, httpError, startLoopbackProvider } from './support/loopback-provider.ts';

const HOUR = 3_600_000;
const SPEED = 36_000;

/** The runner: works until its job is done. What it learnt is in the store, so it can be killed. */
async function runJob(baseURL: string, path: string, startedAt: number): Promise<void> {
  const failover = createFailover({
    chain: ['anthropic/claude-opus-4-8'],
    store: createSqliteStore({ path }),
    // The store is no faster than usual.
    clock: fastClock(startedAt),
    loadTimeoutMs: 200 * SPEED,
    storeTimeoutMs: 5000 * SPEED,
  });
  failover.on('available', () => console.log('available'));
  const client = new Anthropic({ apiKey: 'not-a-key', baseURL, maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'Go on.' }];
  for (;;) {
    console.log('waits until a tier may be asked');
    await failover.ready('runner');
    try {
      const { tier } = await failover.run(
        ({ model }, { signal }) => client.messages.create({ model, max_tokens: 99, messages }, { signal }),
        { instance: 'runner' },
      );
      console.log(`done by ${tier.model}`);
      return await failover.close();
    } catch (error) {
      if (!isTierfallError(error, 'TIERFALL_CHAIN_EXHAUSTED')) throw error;
      // Written in the background, so that no call waits for the store; `history` waits until it is stored.
      await failover.history('runner', { limit: 1 });
      console.log('parked');
    }
  }
}

function fastClock(startedAt: number): ClockInput {
  return {
    now: () => startedAt + (Date.now() - startedAt) * SPEED,
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs / SPEED),
    clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  };
}

async function main(): Promise<void> {
  await using loopback = await startLoopbackProvider();
  const folder = await mkdtemp(join(tmpdir(), 'tierfall-'));
  const limit = httpError(429, { retryAfterSeconds: (5 * HOUR) / 1000 });
  loopback.script('anthropic', [limit, answers('Done.')]);
  const startedAt = Date.now();
  const start = () => {
    const args = [import.meta.filename, loopback.url('anthropic'), join(folder, 'state.db'), String(startedAt)];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  };

  console.log('The first runner meets the limit, parks, and is killed:');
  const first = start();
  for await (const line of createInterface(first.stdout)) {
    console.log(`  ${line}`);
    if (line === 'parked') first.kill('SIGKILL');
  }

  console.log('The second one waits for what is left of the five hours:');
  const second = start();
  const lines: string[] = [];
  const exited = once(second, 'exit');
  for await (const line of createInterface(second.stdout)) {
    console.log(`  ${line}`);
    lines.push(line);
  }
  await exited;

  const [limited, done] = loopback.requests.map(({ at }) => at);
  const hours = ((done ?? 0) - (limited ?? 0)) / (HOUR / SPEED);
  check(loopback.calls() === 2, 'the provider was asked twice');
  check(hours >= 5, 'not before five hours were over');
  check(lines.includes('available'), 'available was told');
  check(lines.at(-1) === 'done by claude-opus-4-8', 'and the job was done');
  await rm(folder, { recursive: true });
}

function check(isTrue: boolean, what: string): void {
  console.log(`  ${isTrue ? 'checked' : 'NOT TRUE'}: ${what}`);
  if (!isTrue) process.exitCode = 1;
}

const [baseURL, path, startedAt] = process.argv.slice(2);
if (baseURL === undefined || path === undefined) await main();
else await runJob(baseURL, path, Number(startedAt));
