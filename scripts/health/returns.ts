/** A total outage of the first tier, played with a real failover and monitor at one call a second. */
import { createFailover, resolveWithFallback } from 'tierfall';
import { createHealthMonitor } from 'tierfall/health';
import { createManualClock, createSeededRandom } from 'tierfall/testing';

const SECOND = 1000;
const HEALTHY_MS = 600 * SECOND;
const LONGEST_MS = 40 * 60 * SECOND;

export async function returnOf({ tiers, instances, outageMs }: { tiers: 1 | 2; instances: number; outageMs: number }) {
  const clock = createManualClock();
  const chain = ['first/m', 'second/m'].slice(0, tiers);
  const failover = createFailover({ chain, clock, random: createSeededRandom(1) });
  const monitor = createHealthMonitor(failover);
  const start = clock.now();
  const ends = start + HEALTHY_MS + outageMs;
  let hasPaused = false;
  let lost = 0;
  let failedCalls = 0;
  let backAfterMs = Number.POSITIVE_INFINITY;
  failover.on('paused', () => {
    hasPaused = true;
  });
  for (let call = 0; clock.now() < ends + LONGEST_MS && !Number.isFinite(backAfterMs); call++) {
    const isDown = clock.now() >= start + HEALTHY_MS && clock.now() < ends;
    const isAfter = clock.now() >= ends;
    const instance = `agent-${call % instances}`;
    await resolveWithFallback(
      failover,
      async ({ provider }) => {
        if (provider === 'second') return 'ok';
        if (isDown && hasPaused) lost++;
        if (isDown) throw Object.assign(new Error('Overloaded'), { status: 529 });
        if (isAfter) backAfterMs = clock.now() - ends;
        return 'ok';
      },
      { instance },
    ).catch(() => {
      if (isDown && tiers === 2) failedCalls++;
    });
    await clock.advance(SECOND);
  }
  await monitor.close();
  await failover.close();
  return { backAfterMs, lost, failedCalls };
}
