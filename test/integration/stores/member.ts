/**
 * One process of a fleet. Its arguments are a `Target` and the chain of its code as JSON; each line it reads is an order, answered by one line;
 * what the failover tells is written as lines too.
 */
import { createFailover } from 'tierfall';
import { openTarget, type Target } from '../../chaos/targets.ts';
import { answerOrders, say } from '../../support/answer-orders.ts';

const target = JSON.parse(process.argv[2] ?? '') as Target;
const chain = JSON.parse(process.argv[3] ?? '["a/1", "b/2"]') as string[];

async function main(): Promise<void> {
  const { store, close } = openTarget(target);
  // `ready` has to mean that the store was read, however long its tables take to be made.
  const failover = createFailover({ chain, store, stalenessMs: 100, loadTimeoutMs: 30_000 });
  failover.on('tier-change', ({ from, to, origin }) => say(`told ${from.index} -> ${to.index} ${origin}`));
  failover.on('paused', ({ by, origin }) => say(`told paused by ${by} ${origin}`));
  failover.on('config-updated', ({ version, by, origin }) => say(`told version ${version} by ${by} ${origin}`));
  const bot = failover.for('bot');
  const update = (next: string[], by: string, expectedVersion?: number) =>
    failover.update({ chain: next }, { by, expectedVersion }).then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
  const orders: Record<string, () => Promise<unknown>> = {
    fail: () => bot.record({ tier: 0, ok: false, kind: 'quota' }),
    pause: () => bot.pause({ by: 'ann', reason: 'the bill' }),
    tier: async () => (await bot.state()).tier,
    pausedBy: async () => (await bot.state()).paused?.by ?? 'nobody',
    run: async () => (await bot.run(({ provider, model }) => `${provider}/${model}`)).value,
    chain: async () => failover.chain.map(({ provider, model }) => `${provider}/${model}`),
    update: () => update(['c/3', 'a/1'], 'ann'),
    race: () => update([`${process.pid}/1`], `racer ${process.pid}`, 1),
    rows: async () => (await bot.history({ limit: 100 })).map(({ type }) => type).toReversed(),
  };
  await bot.state();
  await answerOrders(orders);
  await failover.close();
  await close();
}

void main();
