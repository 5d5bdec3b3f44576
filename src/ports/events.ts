import type { NotifierError, StoreError } from '../core/errors.js';
import type { Kind } from '../core/kinds.js';
import type { PauseSource } from '../core/tier/state.js';

/** A tier as events name it: nothing of the host's own fields. */
export interface TierName {
  index: number;
  provider: string;
  model: string;
}

export type Origin = 'local' | 'remote';

/** Calls of an instance now go to another tier. */
export interface TierChangeEvent {
  instance: string;
  session?: string;
  from: TierName;
  to: TierName;
  direction: 'down' | 'up' | 'reset' | 'wrap';
  /** The failure's kind or the external trigger (down, wrap), `recovered` (up), `reset`, `hold`, `chain-changed`. */
  reason: string;
  at: number;
  /** When the rest of `from` ends, where it began one. */
  until?: number;
  source: 'auto' | 'operator' | 'external';
  origin: Origin;
}

/** One attempt failed. Carries no message: it could quote a prompt. */
export interface AttemptFailedEvent {
  instance: string;
  session?: string;
  tier: TierName;
  kind: Kind;
  /** Id of the classifier rule that decided. */
  rule: string;
  status?: number;
  code?: string;
  retryAfterMs?: number;
  durationMs: number;
  at: number;
}

/** The same tier is about to be asked again. */
export interface RetryEvent {
  instance: string;
  session?: string;
  tier: TierName;
  kind: Kind;
  /** Number of the attempt that follows, from 2. */
  attempt: number;
  delayMs: number;
  at: number;
}

/** A call found no tier left to ask. */
export interface ExhaustedEvent {
  instance: string;
  session?: string;
  kind?: Kind;
  policy: 'wrap' | 'pause' | 'wait' | 'throw';
  /** When the soonest tier may be asked again; `null` when nobody knows. */
  retryAt: number | null;
  at: number;
  origin: Origin;
}

export interface PausedEvent {
  target: PauseTarget;
  source: PauseSource;
  by: string;
  reason: string;
  at: number;
  origin: Origin;
}

export interface ResumedEvent {
  target: PauseTarget;
  source: PauseSource;
  by: string;
  at: number;
  origin: Origin;
}

/** The store began to fail, or works again. Once per change, not per call. */
export interface StoreErrorEvent {
  state: 'failing' | 'recovered';
  error?: StoreError;
  at: number;
}

/** A notifier began to fail, or works again. Once per change, not per message. */
export interface NotifierErrorEvent {
  notifier: string;
  state: 'failing' | 'recovered';
  error?: NotifierError;
  at: number;
}

/** Every event by name. `Parameters` of a listener: the one event object. */
export interface FailoverEvents {
  'tier-change': TierChangeEvent;
  'attempt-failed': AttemptFailedEvent;
  retry: RetryEvent;
  exhausted: ExhaustedEvent;
  paused: PausedEvent;
  resumed: ResumedEvent;
  'store-error': StoreErrorEvent;
  'notifier-error': NotifierErrorEvent;
}

export type FailoverEventName = keyof FailoverEvents;

/** What a pause covers: one instance, every tier of one provider, or everything. */
export type PauseTarget = string | { provider: string } | { all: true };
