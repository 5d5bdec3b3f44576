import type { Tier } from './core/config.js';
import type { ConfigInput, TierOf } from './core/config-input.js';
import { createFailoverWith, type FailoverOptions } from './engine/api/create-failover-with.js';
import type { Failover } from './ports/failover.js';
import { createMemoryStore } from './stores/memory.js';

/**
 * Makes the failover of one chain. Starts no timer and touches no store before the first call; without a `store` the
 * states live in memory and are gone with the process.
 *
 * The type of the tiers is read off the chain, your own fields included; it is not given in `<>`. For tiers of a type
 * of your own, declare the chain: `const chain: MyTier[] = [...]`.
 *
 * @throws {ConfigError} naming every field that is wrong and what would be right
 */
export function createFailover<const I extends ConfigInput>(
  options: I & FailoverOptions & NoOtherOptions<I>,
): Failover<TierOf<I>> {
  return createFailoverWith<I>((now) => createMemoryStore({ now }), options);
}

/** The same for what a startup has left of the chain in code, by which an update recognises that. */
export function createStartedFailover(options: ConfigInput & FailoverOptions, codeChain: readonly Tier[]): Failover {
  return createFailoverWith((now) => createMemoryStore({ now }), options, codeChain);
}

/** Beside a chain there is nothing but options, so that a misspelt one does not pass for a field of the host's. */
export type NoOtherOptions<I> = I extends { readonly chain: unknown }
  ? { readonly [K in Exclude<keyof I, 'chain' | 'policy' | keyof FailoverOptions>]: UnknownOption<K> }
  : unknown;

/** Nothing is of this type: it is there to be read in the compiler's message about an option that does not exist. */
interface UnknownOption<Name> {
  readonly 'there is no such option': Name;
}
