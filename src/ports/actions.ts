import type { Tier, TierRef } from '../core/config.js';
import type { PolicyOptions, TierInput } from '../core/config-input.js';
import type { Kind } from '../core/kinds.js';
import type { PauseSource } from '../core/tier/state.js';

/* What the methods of a failover take and give, beside calls. */

/** How `drill` asks. Everything may be left out. */
export interface DrillOptions {
  /** Ends the drill: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * How long one tier may take to its answer (a stream: its first content), in milliseconds above 0. Default:
   * `policy.attemptTimeoutMs`, else a minute.
   */
  timeoutMs?: number | undefined;
}

/** What a drill found out about one tier. */
export interface DrillResult {
  /** Its printed id. */
  tier: string;
  /** Whether it answered. */
  ok: boolean;
  /** What the failure means; of a tier inside a wait, what that began with. */
  kind?: Kind;
  /** To the answer (a stream: its first content) or failure, in milliseconds; 0 where it was not asked. */
  durationMs: number;
  /** What it failed with, without secrets, or why it was not asked. */
  message?: string;
}

/** How long `ready` waits. Everything may be left out. */
export interface ReadyOptions {
  /** Ends the wait: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Longest wait in milliseconds above 0. Default: none. */
  deadlineMs?: number | undefined;
}

/** What a pause says of itself. */
export interface PauseOptions {
  /** Name of the person or machine, for the ledger. */
  by: string;
  /** Why; part of every `PausedError`. */
  reason: string;
  /** When the pause ends by itself, epoch milliseconds, a time that is to come. Default: when somebody resumes. */
  until?: number | undefined;
  /** Default `'operator'`. */
  source?: PauseSource | undefined;
}

/** Who lifts a pause. */
export interface ResumeOptions {
  /** Name of the person or machine, for the ledger. */
  by: string;
  /** Why, for the ledger. */
  reason?: string | undefined;
  /** Default `'operator'`. */
  source?: PauseSource | undefined;
}

/**
 * What a reset covers: one instance, every tier of one provider, every tier of a credential (by name, at every provider
 * or at one), or everything.
 */
export type ResetTarget =
  | string
  | { provider: string; credential?: string | undefined }
  | { credential: string; provider?: undefined }
  | { all: true };

/** Who resets. */
export interface ResetOptions {
  /** Name of the person or machine, for the ledger. */
  by: string;
  /** Why, for the ledger. */
  reason?: string | undefined;
}

/** A new chain, a new policy, or both; what is left out stays as it is. */
export interface ConfigUpdate {
  /**
   * Best first. Of a tier `provider`, `model`, `credential`, `contextTokens` and `order` are stored. Its other fields,
   * which are yours, each process takes from its own entry of the same provider, model and credential.
   */
  readonly chain?: readonly (TierInput | (Tier & Readonly<Record<string, unknown>>))[] | undefined;
  /** Its fields that are left out stay as they are; one that is `undefined` goes back to its default. */
  readonly policy?: PolicyOptions | undefined;
}

/** Who changes the configuration. */
export interface UpdateOptions {
  /** Name of the person or machine, for the ledger. */
  by: string;
  /**
   * The version that the update was made for, 0 for none. Where the store has another one, the update is refused.
   * Default: the last one to update wins.
   */
  expectedVersion?: number | undefined;
}

/** Who holds a tier, and how long. */
export interface HoldOptions {
  /** Name of the person or machine, for the ledger. */
  by: string;
  /** Why, for the ledger. */
  reason?: string | undefined;
  /** End of the hold, epoch milliseconds, a time that is to come. Default: a reset. */
  until?: number | undefined;
}

/** What is known of a fact from outside. */
export interface TriggerOptions {
  /** For the ledger; must not hold secrets. */
  detail?: string | undefined;
  /** The tier it was observed on. Default: the current one. */
  tier?: TierRef | undefined;
  /** End of the rest, epoch milliseconds. Default: the ladder's. A time that has passed makes the report void. */
  until?: number | undefined;
}
