import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { createFailover, isTierfallError } from 'tierfall';
import { createActivityLog, createAlertBook } from 'tierfall/checks';
import { createHealthMonitor } from 'tierfall/health';
import { bearerTokens, createOperatorHandler } from 'tierfall/http';
import { createSqliteStore } from 'tierfall/stores/sqlite';

/*
 * The status page on the embedded store, with agents that fail and recover in a loop. `npm run demo:operator`, then open
 * the address it prints. Nothing leaves this machine: the providers are functions.
 */

const folder = await mkdtemp(join(tmpdir(), 'tierfall-operator-'));
const store = createSqliteStore({ path: join(folder, 'tierfall.db') });
const failover = createFailover({
  chain: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5.2', 'google/gemini-2.5-pro', 'mistral/mistral-large'],
  policy: { onExhausted: 'pause' },
  store,
});
const health = createHealthMonitor(failover, { intervalMs: 5000 });
const activity = createActivityLog({ store });
const book = createAlertBook({ store });

const token = randomBytes(18).toString('base64url');
const handler = createOperatorHandler({
  failover,
  health,
  checks: { source: activity.source, book },
  authorize: bearerTokens({ [token]: 'you' }),
});

const listener = getRequestListener(handler);
const server = createServer((request, response) => void listener(request, response));
await new Promise<void>((resolve) => void server.listen(Number(process.env['PORT'] ?? 4747), '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
console.log(`Open   http://127.0.0.1:${port}/\nToken  ${token}\n\nAgents fail and recover in a loop. Ctrl+C ends it.`);

/** Which provider is in trouble now: each in its turn, for half a minute, then calm for as long. */
const troubles = ['anthropic', '', 'openai', '', 'anthropic', ''] as const;
const begun = Date.now();
const trouble = (): string => troubles[Math.floor((Date.now() - begun) / 30_000) % troubles.length] ?? '';

const agents = [
  'billing-reconciler',
  'code-review',
  'contract-review',
  'doc-indexer',
  'inbox-triage',
  'lead-scoring',
  'nightly-embeddings',
  'release-notes',
  'research-crawler',
  'sales-digest',
  'support-chat',
  'ticket-router',
];

/** A provider that answers, or is in trouble. */
function answer(provider: string, instance: string): string {
  if (provider !== trouble() || Math.random() < 0.2) return 'done';
  const isLimited = instance.length % 2 === 0;
  throw Object.assign(new Error(isLimited ? 'rate limit reached' : 'overloaded'), {
    status: isLimited ? 429 : 529,
    headers: isLimited ? { 'retry-after': '20' } : {},
  });
}

let isOver = false;
async function work(instance: string): Promise<void> {
  for (let count = 1; !isOver; count++) {
    const at = Date.now();
    try {
      const { value, tier } = await failover.run(({ provider }) => answer(provider, instance), { instance });
      // One agent repeats itself: the checks find that.
      const isStuck = instance === 'inbox-triage' && count > 5;
      activity.record({
        instance,
        task: isStuck ? 'extract-invoice 4711' : `task ${count}`,
        outcome: isStuck ? 'rejected' : 'accepted',
        ...(isStuck ? { reason: 'invoice.total: expected number, got string' } : {}),
        resultHash: isStuck ? 'the same' : `${value} ${count}`,
        tier: `${tier.provider}/${tier.model}`,
        durationMs: Date.now() - at,
      });
    } catch (error) {
      if (!isTierfallError(error) && !(error instanceof Error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1500));
  }
}

const working = agents.map(work);

async function end(): Promise<void> {
  if (isOver) return;
  isOver = true;
  server.closeAllConnections();
  server.close();
  await Promise.all(working);
  await Promise.all([health.close(), activity.close(), book.close()]);
  await failover.close();
  await store.close();
  await rm(folder, { recursive: true });
}

process.once('SIGINT', () => void end());
process.once('SIGTERM', () => void end());
// For tests: it ends by itself after so many seconds.
const seconds = Number(process.argv[2] ?? 0);
if (seconds > 0) setTimeout(() => void end(), seconds * 1000);
