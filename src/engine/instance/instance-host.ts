import type { FailoverConfig } from '../../core/config.js';
import type { Outcome, SharedRests as RestsByKey } from '../../core/tier/state.js';
import type { Random } from '../../ports/clock.js';
import type { EventTier } from '../../ports/failover.js';
import type { FailoverEmitter } from '../events/emitter.js';
import type { Ended, SharedRests } from '../fleet/shared-rests.js';
import type { Headroom } from '../headroom.js';
import type { Availability } from '../recovery/availability.js';
import type { Looks } from '../recovery/looks.js';
import type { KeyPools } from '../pools/key-pools.js';
import type { Sessions } from '../sessions.js';
import type { StateRecord } from '../store/state-record.js';
import type { StoreClient } from '../store/store-client.js';
import type { EngineClock } from '../time/clock.js';

/** An instance, as far as the failover calls it back. */
interface Waiting {
  readonly name: string;
  /** Something that decides where calls go has changed. */
  changed(): void;
}

/** The instance in the chain in force, as calls see it that began before. */
export interface PresentInstance {
  readonly stateRecord: StateRecord;
  record(outcome: Outcome & { tier: number }, now: number, session?: string): void;
}

/** What an instance needs of the failover it belongs to. */
export interface InstanceHost {
  readonly config: FailoverConfig;
  readonly clock: EngineClock;
  readonly random: Random;
  readonly emitter: FailoverEmitter;
  readonly tierNames: readonly EventTier[];
  readonly ids: readonly string[];
  /** `undefined`: each model has one key. */
  readonly pools: KeyPools | undefined;
  /** Everything is paused. */
  readonly paused: boolean;
  restsSince(ended: Ended | undefined): RestsByKey | undefined;
  /** What the fleet knows together, where it shares that. */
  readonly sharedRests: SharedRests | undefined;
  /** Counts the changes of what all instances go by: pauses, rests of the fleet, how fresh they are. */
  readonly commonVersion: number;
  /** A call may be let through a health monitor's pause: each has to look. */
  readonly isAdmitting: boolean;
  /** When the pauses over everything end; `now` where there is none, `null` where nobody knows. */
  pausedUntil(now: number): number | null;
  readonly looks: Looks;
  /** Limits that are nearly used up, where they are watched. */
  readonly headroom: Headroom | undefined;
  /** Who served each session last, where sessions are sticky. */
  readonly sessions: Sessions | undefined;
  /** What cannot be called at present. */
  readonly lost: Set<Availability>;
  /** Instances with calls that wait for a change. */
  readonly waiting: Set<Waiting>;
  isUnproven(index: number): boolean;
  /** An operator has lifted a budget's pause, or reset the instance. */
  budgetLifted(instance: Waiting): void;
  freshUntil(record: StateRecord): number;
  /** Calls are made here. False until the first. */
  readonly isServing: boolean;
  readonly store: StoreClient;
  /** The failover with the chain in force. */
  readonly latest: { readonly config: FailoverConfig; readonly sharedRests: SharedRests | undefined };
  /** Where a tier of this chain is in the one in force; -1: nowhere. */
  placeNow(index: number): number;
  /** The instance of the same name in the chain in force; `undefined`: the failover was closed. */
  presentOf(instance: Waiting): PresentInstance | undefined;
  /** The trial of a tier has ended: another process may try. */
  releaseTrial(index: number): void;
}
