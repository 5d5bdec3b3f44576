import type { Pause } from '../core/tier/state.js';
import type { Clock } from './clock.js';
import type { PauseTarget } from './events.js';
import type { StateStore } from './state-store.js';

/** A failed attempt, as a monitor counts it. */
export interface ObservedFailure {
  readonly instance: string;
  readonly provider: string;
  readonly kind: string;
  readonly code: string | undefined;
  /** When the attempt began, and when it failed, epoch milliseconds. */
  readonly startedAt: number;
  readonly at: number;
}

/** How a call that was let through as a trial has ended. `unreached`: no provider has shown whether it works. */
export type TrialEnd = 'answered' | 'failed' | 'unreached';

/** How a monitor lets a call through. */
export interface AdmissionFacts {
  /** Asks the fleet for the right to the trial, for so many milliseconds. Never rejects. */
  readonly acquire: (ttlMs: number) => Promise<boolean>;
  readonly release: () => void;
  readonly onEnd: (end: TrialEnd) => void;
}

/** Lets one call at a time through a pause. */
export interface Admission {
  /** Lets no further call through. */
  close(): void;
}

/**
 * What a health monitor asks of a failover beyond its public methods. Nothing here is on the path of a healthy call.
 */
export interface MonitorAccess {
  /** The failover's clock. */
  readonly clock: Clock;
  /** Names this process among the holders of leases. */
  readonly holder: string;
  /** Providers of the chain, each once, and its models. */
  readonly providers: readonly string[];
  readonly models: readonly string[];
  readonly isClosed: boolean;
  /** False while the store fails. */
  storeOk(): boolean;
  /** Makes a request of the store and waits a bounded time. Rejects with `StoreError`. */
  ask<T>(operation: string, key: string, request: (store: StateStore) => Promise<T>): Promise<T>;
  /** Calls back with every failed attempt that counts: no trial of a tier that another one stands in for, no canary. */
  onFailure(listener: (failure: ObservedFailure) => void): () => void;
  /** Attempts at a provider that have ended since the start, trials left out as above. */
  attempts(provider: string): number;
  /** Calls of an instance since it was last loaded into memory. */
  calls(instance: string): number;
  /** Reads the pauses of a target anew. Never rejects. */
  refresh(target: PauseTarget): Promise<void>;
  /** Pauses that stand on a target, as this process knows it. */
  pausesOf(target: PauseTarget): Pause[];
  /**
   * Until when a provider asked to be left alone, by what the instances in memory know, epoch milliseconds; 0: it did
   * not.
   */
  waitUntil(target: PauseTarget): number;
  /** Puts a pause of the sources `health` and `alert` on a target, here at once. False: the store did not take it. */
  place(target: PauseTarget, pause: { source: 'health' | 'alert'; by: string; reason: string }): Promise<boolean>;
  /** Lifts the pauses of these two sources, here at once. False: the store did not take it. */
  lift(target: PauseTarget, by: string, reason?: string): Promise<boolean>;
  /** When calls may go on, for `PausedError.retryAt`: the monitor's pauses have no end of their own. */
  setRetryAt(target: PauseTarget, at: number | null): void;
  /** While given: no call of this process is let through. */
  refuseAll(pause: Pause | undefined): void;
  /** Lets one call at a time through the pauses of the two sources. A canary that answers lifts them before `onEnd`. */
  admit(target: PauseTarget, by: string, facts: AdmissionFacts): Admission;
  /** Calls back when the failover is closed. */
  onClose(listener: () => void): void;
}
