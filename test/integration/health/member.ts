/**
 * One process of a fleet with a health monitor. Its argument is a `Target` as JSON; each line it reads is an order,
 * answered by one line; what the failover tells is written as lines too.
 */
import { createFailover, resolveWithFallback } from 'tierfall';
import { createHealthMonitor } from 'tierfall/health';
import { openTarget, type Target } from '../../chaos/targets.ts';
import { answerOrders, say } from '../../support/answer-orders.ts';

const target = JSON.parse(process.argv[2] ?? '') as Target;

async function main(): Promise<void> {
  const { store, close } = openTarget(target);
  const failover = createFailover({
    chain: ['a/1'],
    store,
    stalenessMs: 100,
    loadTimeoutMs: 30_000,
    policy: { cooldown: { initialMs: 0, factor: 1, maxMs: 0 } },
  });
  const monitor = createHealthMonitor(failover, {
    rules: [{ name: 'six', threshold: 6, windowMs: 60_000 }],
    intervalMs: 200,
    resumeAfterMs: 2000,
  });
  failover.on('paused', ({ source, origin }) => say(`told paused ${source} ${origin}`));
  failover.on('resumed', ({ source, origin }) => say(`told resumed ${source} ${origin}`));
  let isDown = false;
  let asked = 0;
  const call = () =>
    resolveWithFallback(failover, async () => {
      asked++;
      if (isDown) throw Object.assign(new Error('Overloaded'), { status: 529 });
      return 'ok';
    }).then(
      ({ value }) => value,
      (error: { code?: string }) => error.code ?? 'error',
    );
  const orders: Record<string, () => unknown> = {
    down: () => (isDown = true),
    up: () => (isDown = false),
    call,
    asked: () => asked,
    pauses: () => monitor.status().pauses.map(({ source, rule }) => `${source} ${rule ?? ''}`),
  };
  await failover.state('default');
  await answerOrders(orders);
  await monitor.close();
  await failover.close();
  await close();
}

void main();
