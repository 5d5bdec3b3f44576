/**
 * A worker whose state outlives its process: one SQLite file carries it from one run to the next.
 *
 * `npm run example examples/durable-sqlite.ts` starts the same worker twice. The first run finds the quota used up and
 * steps down. The second run does not ask that provider again, and can read in the ledger what stepped down, when and
 * why.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFailover, parseConfig, replay, resolveWithFallback } from 'tierfall';
import { createSqliteStore } from 'tierfall/stores/sqlite';

const chain = ['anthropic/claude-opus-4-8', 'openai/gpt-5.2'] as const;

// Stands for the call of your SDK. Anthropic's monthly limit is reached.
async function ask(provider: string, model: string): Promise<string> {
  console.log(`  asks ${provider}`);
  if (provider === 'anthropic') {
    const error = { type: 'invalid_request_error', message: 'You have reached your specified API usage limits.' };
    throw Object.assign(new Error(error.message), { status: 400, error: { type: 'error', error } });
  }
  return `${model} says hello`;
}

/** One run of the worker. */
async function work(path: string): Promise<void> {
  const store = createSqliteStore({ path });
  const failover = createFailover({ chain, store });
  const { tier } = await failover.state('worker');
  console.log(`  begins on tier ${tier + 1}, ${chain[tier]}`);
  const { value } = await resolveWithFallback(failover, (each) => ask(each.provider, each.model), {
    instance: 'worker',
  });
  console.log(`  ${value}`);
  // Stores what is pending; closing the file is up to you.
  await failover.close();
  await store.close();
}

/** Runs this file as another process and returns what it printed. */
async function life(path: string): Promise<string> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) {
    process.stdout.write(String(chunk));
    output += String(chunk);
  }
  return output;
}

function check(claim: string, holds: boolean): void {
  console.log(`${holds ? 'checked' : 'THIS DID NOT HAPPEN'}: ${claim}`);
  if (!holds) process.exitCode = 1;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tierfall-example-'));
  const path = join(folder, 'tierfall.db');
  try {
    console.log('first process');
    const first = await life(path);
    console.log('second process');
    const second = await life(path);

    const store = createSqliteStore({ path });
    const rows = await store.history('instance:worker', { limit: 100 });
    const stored = await store.load('instance:worker');
    await store.close();
    console.log('the ledger');
    for (const { seq, at, type, kind, from, to, reason } of rows.toReversed()) {
      const what = from === undefined ? (kind ?? '') : `${from} -> ${to}: ${reason}`;
      console.log(`  ${seq} ${new Date(at).toISOString()} ${type} ${what}`);
    }
    check('the first process met the limit and stepped down', first.includes('asks anthropic\n  asks openai'));
    check(
      'the second began where the first had stopped, and spared itself the failed call',
      second.includes('begins on tier 2') && !second.includes('asks anthropic'),
    );
    const folded = JSON.stringify(replay(rows.toReversed(), parseConfig({ chain }).config));
    check('the stored state is what its ledger adds up to', folded === JSON.stringify(stored?.state));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [path] = process.argv.slice(2);
await (path === undefined ? main() : work(path));
