/**
 * A runner that starts a process for each task, as command-line agents are run. The process makes the calls, so the failover is
 * asked before it starts and is told afterwards how it ended. The providers are a server on loopback.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createFailover, type Tier } from 'tierfall';
import { check, failures, startOutage } from './support/outage.ts';

const [kind, baseURL, model] = process.argv.slice(2);
if (kind === 'agent') await agent(baseURL!, model!);
else await runner();

/** The process: prints the answer, or exits with 1 and prints the error, as a command-line agent does. */
async function agent(url: string, name: string): Promise<void> {
  const body = JSON.stringify({ model: name, messages: [{ role: 'user', content: 'How is the weather in Rome?' }] });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/chat/completions`, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.ok) return console.log(text);
  console.error(`API Error: ${response.status} ${text}`);
  process.exitCode = 1;
}

async function runner(): Promise<void> {
  await using loopback = await startOutage(failures.noMoney);
  loopback.on('gpt-5.2', failures.noMoney);
  const baseURLs = { openai: loopback.url('openai'), groq: `${loopback.url('groq')}/openai/v1` };

  const failover = createFailover({ chain: ['openai/gpt-5.2', 'groq/llama-4-maverick'] });

  async function runTask(instance: string): Promise<string> {
    for (let attempt = 0; attempt < failover.chain.length; attempt++) {
      const selection = await failover.select(instance);
      if (!selection.ok) throw new Error(`${selection.reason} until ${selection.retryAt}`);
      const { tier, index } = selection;
      const startedAt = Date.now();
      const { ok, stdout, stderr } = await start(baseURLs[tier.provider], tier);
      await failover.record(instance, { tier: index, startedAt, ...(ok ? { ok } : { ok, error: stderr }) });
      if (ok) return stdout;
    }
    throw new Error('every tier has failed');
  }

  const answer = await runTask('worker-7');
  check(answer.includes('It is sunny in Rome.'), 'the second process, with the second provider, answers');
  await runTask('worker-7');
  check(loopback.calls('openai') === 1 && loopback.calls('groq') === 2, 'the next task begins at the second provider');
  await failover.close();
}

async function start(url: string, tier: Tier): Promise<{ ok: boolean; stdout: string; stderr: string }> {
  const file = fileURLToPath(import.meta.url);
  return new Promise((resolve) => {
    execFile(process.execPath, [file, 'agent', url, tier.model], (error, stdout, stderr) => {
      resolve({ ok: error === null, stdout, stderr });
    });
  });
}
