import type { State } from '../../core/tier/state.js';
import type { Clock } from '../../ports/clock.js';
import type { Origin } from '../../ports/events.js';
import type { FailoverEmitter } from '../events/emitter.js';

/** What all subjects of a failover have in common. */
interface AvailabilityHost {
  readonly clock: Clock;
  readonly emitter: FailoverEmitter;
  /** Those whose calls cannot be made at present. */
  readonly lost: Set<Availability>;
}

/** Whose availability it is, and how it is known. */
export interface AvailabilitySubject {
  readonly host: AvailabilityHost;
  /** What the event names. */
  readonly target: { readonly instance: string } | { readonly all: true };
  /** When calls may be made again, epoch milliseconds; `null` when nobody knows. */
  availableAt(now: number): number | null;
}

/**
 * Announces `available`: once for each time after `exhausted` or a pause, when calls may be made again. While somebody
 * listens a timer does that; otherwise the next call, or the next change, finds out.
 */
export class Availability {
  readonly #subject: AvailabilitySubject;
  #lostBy: Origin | undefined = undefined;
  #timer: unknown;

  constructor(subject: AvailabilitySubject) {
    this.#subject = subject;
  }

  /** Who found out that calls cannot be made; absent: they can. */
  get lostBy(): Origin | undefined {
    return this.#lostBy;
  }

  /** `exhausted` or a pause was announced, or found in the store. */
  lose(origin: Origin): void {
    if (origin === 'local' || this.#lostBy === undefined) this.#lostBy = origin;
    this.#subject.host.lost.add(this);
    this.watch();
  }

  /** Announces it where the time has come. `origin`: who made the change that this follows, where one did. */
  check(origin?: Origin): void {
    if (this.#lostBy === undefined) return;
    const { host, target } = this.#subject;
    const now = host.clock.now();
    const at = this.#subject.availableAt(now);
    if (at === null || at > now) {
      this.watch();
      return;
    }
    const lostBy = this.#lostBy;
    this.forget();
    host.emitter.emit('available', { ...target, at: now, origin: origin ?? lostBy });
  }

  /** Sets the timer for the time at which calls may be made again, where that is known and somebody listens. */
  watch(): void {
    const { clock, emitter } = this.#subject.host;
    this.#unwatch();
    if (this.#lostBy === undefined || !emitter.has('available')) return;
    const now = clock.now();
    const at = this.#subject.availableAt(now);
    if (at !== null) this.#timer = clock.setTimeout(() => this.check(), Math.max(0, at - now));
  }

  /** Nothing is announced any more. */
  forget(): void {
    this.#lostBy = undefined;
    this.#subject.host.lost.delete(this);
    this.#unwatch();
  }

  #unwatch(): void {
    if (this.#timer === undefined) return;
    this.#subject.host.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/**
 * True when a state that was read says that calls cannot be made, and the one before it (none: nothing was read) did
 * not.
 */
export function losesCalls(before: State | undefined, after: State): boolean {
  if (after.exhaustedAt !== null && (before?.exhaustedAt ?? null) === null) return true;
  return after.pauses.some(({ source, at }) => {
    return !before?.pauses.some((pause) => pause.source === source && pause.at === at);
  });
}
