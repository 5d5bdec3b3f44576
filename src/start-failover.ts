import type { PolicyOptions, StartupTierInput, StartupTierOf } from './core/config-input.js';
import { createStartedFailover } from './create-failover.js';
import { createEngine, readOptions, type FailoverOptions } from './engine/api/create-failover-with.js';
import {
  checkStartupOptions,
  startupTiers,
  walkStartup,
  type StartupOptions,
  type StartupResult,
} from './engine/startup/resolve-startup.js';
import { readStoredRests } from './engine/startup/stored-rests.js';
import type { Failover } from './ports/failover.js';

/** What `startFailover` takes: a startup's options, and those of the failover that goes on from there. */
export type StartFailoverOptions<C extends readonly StartupTierInput[], R> = StartupOptions<C, R> &
  Omit<FailoverOptions, 'startup'> & { readonly policy?: PolicyOptions | undefined };

/** What a startup found, and the failover over what is left of the chain. */
export interface StartedFailover<C extends readonly StartupTierInput[], R>
  extends StartupResult<StartupTierOf<C[number]>, R> {
  /** Begins at `tier`, with `remaining` behind it. */
  readonly failover: Failover<StartupTierOf<C[number]>>;
}

/**
 * Starts and goes on: walks the chain for a tier whose credentials can be had, then makes the failover of that tier
 * and those behind it, with what was tried in its ledger. A pinned start has no tiers behind it.
 *
 * With a `store`, what it knows is read first: a tier inside a wait that its provider asked for, or held or paused, is
 * not asked.
 *
 * @throws what `resolveStartup` and `createFailover` throw
 * @throws {PinnedTierError} the start is pinned to a tier that may not be asked now
 * @throws {ChainExhaustedError} no tier may be asked now; `notAsked` says why
 */
export async function startFailover<const C extends readonly StartupTierInput[], R>(
  options: StartFailoverOptions<C, R>,
): Promise<StartedFailover<C, R>> {
  const { chain, resolve, pinned, fallbackOn, signal, ...failoverOptions } = options ?? {};
  const { classify, clock } = failoverOptions;
  // A wrong option is reported before anybody is asked for a login.
  const tiers = startupTiers(chain);
  readOptions({ ...failoverOptions, chain: tiers });
  const startup: StartupOptions<C, R> = { chain, resolve, pinned, fallbackOn, signal, classify, clock };
  checkStartupOptions(startup);
  // A store may know of a tier that asked to be left alone, or that an operator keeps calls off.
  const { store } = failoverOptions;
  const rests = store
    ? await readStoredRests(createEngine(() => store, { ...failoverOptions, chain: tiers }).engine, signal)
    : new Map();
  const started = await walkStartup(startup, rests);
  const left = [started.tier, ...started.remaining];
  const { attempts } = started;
  const config = { ...failoverOptions, chain: left, startup: attempts };
  const failover = createStartedFailover(config, tiers);
  return { ...started, failover: failover as unknown as Failover<StartupTierOf<C[number]>> };
}
