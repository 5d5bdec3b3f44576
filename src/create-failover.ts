import type { ConfigInput, TierOf } from './core/config-input.js';
import { createFailoverWith, type FailoverOptions } from './engine/create-failover-with.js';
import type { Failover } from './ports/failover.js';
import { createMemoryStore } from './stores/memory.js';

/**
 * Makes the failover of one chain. Starts no timer and touches no store before the first call; without a `store` the
 * states live in memory and are gone with the process.
 *
 * @throws {ConfigError} naming every field that is wrong and what would be right
 */
export function createFailover<const I extends ConfigInput>(options: I & FailoverOptions): Failover<TierOf<I>> {
  return createFailoverWith(createMemoryStore, options);
}
