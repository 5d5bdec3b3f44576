import { setTimeout as sleep } from 'node:timers/promises';
import { createFailover } from 'tierfall';
import { redisUrl } from './redis.ts';
import type { Phase } from './tables.ts';
import { noTraffic, openMeteredStore, type Meter } from './traffic.ts';
import { createWorker, isDownIn, nextGapMs } from './worker.ts';

/** One process of a fleet: `process-fleet.ts` forks it, tells it each phase, and gets what it has asked of Redis so far. */

const [prefix = '', name = ''] = process.argv.slice(2);
const meter: Meter = { counts: noTraffic(), inFlight: 0 };
const { store, bytes, close } = openMeteredStore({ url: redisUrl, prefix, meter });
const failover = createFailover({ chain: ['a/1', 'b/2'], store, share: 'rests' });
let phase: Phase = 'start';
let isOver = false;
const call = createWorker(failover, { name, wait: (ms) => sleep(ms), isDown: () => isDownIn(phase) });

async function work(): Promise<void> {
  while (!isOver) {
    await sleep(nextGapMs(Math.random));
    if (!isOver) void call();
  }
}

const tell = () => process.send?.({ ...meter.counts, ...bytes() });

process.on('message', (next: Phase | 'end') => {
  tell();
  if (next !== 'end') {
    phase = next;
    return;
  }
  isOver = true;
  void failover
    .close()
    .then(close)
    .then(() => process.exit());
});

await call();
tell();
void work();
