import type { FailoverConfig, Tier } from '../core/config.js';
import type { Attempt } from '../core/errors.js';
import type { Random } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { StateStore } from '../ports/state-store.js';
import type { Price } from './budget/pricing.js';
import type { WrittenConfig } from './chain-update/config-mark.js';
import type { Classify } from './call/verdict/judge.js';
import type { FailoverEmitter } from './events/emitter.js';
import type { EngineClock } from './time/clock.js';

/** What an engine is made of: all parts checked, none left out. */
export interface EngineOptions<T extends Tier> {
  config: FailoverConfig<T>;
  /** The chain and the policy as they are written in code. */
  written: WrittenConfig;
  /** Gives the store, when it is first needed. */
  store: () => StateStore;
  /** The store is this failover's own: what is not in memory was never stored. */
  privateStore: boolean;
  share: boolean;
  clock: EngineClock;
  random: Random;
  emitter: FailoverEmitter;
  classify: Classify | undefined;
  price: Price | undefined;
  logger: Logger | undefined;
  startup: readonly Attempt[];
  stalenessMs: number;
  loadTimeoutMs: number;
  storeTimeoutMs: number;
}
