/**
 * One process of a fleet. Its argument is a `Target` as JSON; each line it reads is an order, answered by one line;
 * what the failover tells is written as lines too.
 */
import { createInterface } from 'node:readline';
import { createFailover } from 'tierfall';
import { openTarget, type Target } from '../../chaos/targets.ts';

const target = JSON.parse(process.argv[2] ?? '') as Target;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const { store, close } = openTarget(target);
  // `ready` has to mean that the store was read, however long its tables take to be made.
  const failover = createFailover({ chain: ['a/1', 'b/2'], store, stalenessMs: 100, loadTimeoutMs: 30_000 });
  failover.on('tier-change', ({ from, to, origin }) => say(`told ${from.index} -> ${to.index} ${origin}`));
  failover.on('paused', ({ by, origin }) => say(`told paused by ${by} ${origin}`));
  const bot = failover.for('bot');
  const orders: Record<string, () => Promise<unknown>> = {
    fail: () => bot.record({ tier: 0, ok: false, kind: 'quota' }),
    pause: () => bot.pause({ by: 'ann', reason: 'the bill' }),
    tier: async () => (await bot.state()).tier,
    pausedBy: async () => (await bot.state()).paused?.by ?? 'nobody',
    rows: async () => (await bot.history({ limit: 100 })).map(({ type }) => type).toReversed(),
  };
  await bot.state();
  say('ready');
  for await (const order of createInterface({ input: process.stdin })) {
    say(`${order} ${JSON.stringify((await orders[order]?.()) ?? null)}`);
  }
  await failover.close();
  await close();
}

void main();
