import { createFailover, type ConfigInput, type FailoverEvents, type FailoverOptions } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

export const chain = ['a/1', 'b/2', 'c/3'] as const;

/** A failover of three tiers on a clock of its own, and every `tier-change` that it tells. */
export function setUp(options: Partial<ConfigInput & FailoverOptions> = {}) {
  const clock = createManualClock();
  const failover = createFailover({ chain, clock, ...options } as { chain: typeof chain });
  const changes: FailoverEvents['tier-change'][] = [];
  failover.on('tier-change', (event) => changes.push(event));
  return { clock, failover, changes };
}
