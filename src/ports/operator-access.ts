import type { FailoverConfig } from '../core/config.js';
import type { LedgerEvent, Pause, SharedRests, State } from '../core/tier/state.js';
import type { Clock } from './clock.js';
import type { HistoryQuery } from './state-store.js';

/** The configuration in force, and which update it came from. */
export interface ConfigInForce {
  readonly config: FailoverConfig;
  /** Grows by one with each update, over all processes of the store; 0: the code's own. */
  readonly version: number;
  /** Who made the update; `null`: the code's own. */
  readonly by: string | null;
  /** When, epoch milliseconds; `null`: the code's own. */
  readonly at: number | null;
  /** The version in the store, in force or not: what the next update takes the place of. */
  readonly storedVersion: number;
}

/** An instance as this process or the store knows it. */
export interface KnownInstance {
  /** Mapped to the present chain. */
  readonly state: State;
  /** Nothing has ever happened to it: calls may have been made, and none of them changed its state. */
  readonly isPristine: boolean;
}

/**
 * What the operator's view asks of a failover beyond its public methods. Nothing here makes an instance known, writes,
 * or touches the path of a call.
 */
export interface OperatorAccess {
  /** The failover's clock. */
  readonly clock: Clock;
  config(): ConfigInForce;
  /**
   * The state of an instance, no older than the store's staleness; `undefined` where nobody has heard of it. Rejects
   * with `StoreError`.
   */
  find(instance: string): Promise<KnownInstance | undefined>;
  /** Rows of any ledger: `instance:<name>`, `provider:<name>`, `all`, `config:<what>`. Rejects with `StoreError`. */
  history(key: string, query: HistoryQuery): Promise<LedgerEvent[]>;
  /** Names of all instances of the store, in no order. Rejects with `StoreError`. */
  instances(): AsyncIterable<string>;
  /** Names of at most `limit` instances that this process served in the last hour. */
  served(limit: number): string[];
  /** Reads what covers more than one instance, where it is stale. Never rejects. */
  refresh(): Promise<void>;
  /** The pause over everything. */
  pausedAll(): Pause | null;
  /** Pauses of providers. */
  pausedProviders(): { provider: string; pause: Pause }[];
  /** Rests from outside an instance, paused providers among them. */
  rests(instance: string): SharedRests | undefined;
  /** False while the store fails. */
  storeOk(): boolean;
  /**
   * Calls back with the key of each commit, by any process, and with `undefined` where anything may have changed.
   * `isLive` says whether the store reports commits now; where it does not, the caller has to look for itself.
   */
  watch(listener: (key: string | undefined) => void): { isLive(): boolean; stop(): void };
  /**
   * Claims a name for `ttlMs`; `undefined`: a process of the store has claimed it within that time. The function gives
   * it back. Rejects with `StoreError`.
   */
  claim(name: string, ttlMs: number): Promise<(() => Promise<void>) | undefined>;
}
