import { EventEmitter } from 'eventemitter3';
import { configError } from '../../core/errors.js';
import { redact } from '../../core/redact.js';
import type { FailoverEventName, FailoverEvents } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import { catchRejection } from './catch-rejection.js';

const names: Record<FailoverEventName, true> = {
  'tier-change': true,
  'attempt-failed': true,
  retry: true,
  exhausted: true,
  available: true,
  paused: true,
  resumed: true,
  'store-error': true,
  'notifier-error': true,
  'budget-warning': true,
  'budget-exceeded': true,
  'budget-unpriced': true,
  'config-updated': true,
};

/** Every event of a failover. */
export const eventNames = Object.keys(names) as FailoverEventName[];

/** Characters of a listener's error that a log line may hold. */
const MAX_DESCRIPTION = 200;

export type Listener<E extends FailoverEventName> = (event: FailoverEvents[E]) => unknown;

/**
 * The failover's events, in the order of the changes. A listener that throws, or whose promise rejects, is logged and
 * breaks nothing. What a listener causes is delivered after what caused it.
 */
export class FailoverEmitter {
  readonly #emitter = new EventEmitter<string>();
  readonly #logger: Logger | undefined;
  /** Called with the name of an event that somebody begins to listen to. */
  onListener: ((event: FailoverEventName) => void) | undefined = undefined;
  /** Events that wait until those before them are delivered. */
  #queue: (() => void)[] = [];
  #isBusy = false;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  /** @param isWanted only events for which it returns true are passed on */
  on<E extends FailoverEventName>(
    event: E,
    listener: Listener<E>,
    isWanted?: (payload: FailoverEvents[E]) => boolean,
  ): () => void {
    if (!Object.hasOwn(names, event)) {
      throw configError('event', `unknown event; known: ${Object.keys(names).join(', ')}`);
    }
    if (typeof listener !== 'function') {
      throw configError('listener', 'expected a function');
    }
    const guarded = (payload: FailoverEvents[E]) => {
      try {
        if (isWanted && !isWanted(payload)) return;
        catchRejection(listener(payload), (error) => this.#complain(event, error));
      } catch (error) {
        this.#complain(event, error);
      }
    };
    this.#emitter.on(event, guarded);
    this.onListener?.(event);
    return () => this.#emitter.off(event, guarded);
  }

  has(event: FailoverEventName): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  emit<E extends FailoverEventName>(event: E, payload: FailoverEvents[E]): void {
    if (this.#isBusy) this.#queue.push(() => this.#emitter.emit(event, payload));
    else this.inOrder(() => this.emit(event, payload));
  }

  /** Delivers what `emitAll` emits as a whole, after all that was emitted before. */
  inOrder(emitAll: () => void): void {
    if (this.#isBusy) return emitAll();
    this.#isBusy = true;
    try {
      emitAll();
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) next();
    } finally {
      this.#isBusy = false;
    }
  }

  removeAll(): void {
    this.#emitter.removeAllListeners();
  }

  #complain(event: string, error: unknown): void {
    this.#logger?.error(`tierfall: a listener of '${event}' failed: ${describe(error)}`);
  }
}

/** A listener's error as a log line may show it. */
function describe(error: unknown): string {
  try {
    const text = redact(String(error));
    return text.length > MAX_DESCRIPTION ? `${text.slice(0, MAX_DESCRIPTION)}…` : text;
  } catch {
    return 'an error that cannot be printed';
  }
}
