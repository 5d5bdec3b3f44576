import { EventEmitter } from 'eventemitter3';
import { configError } from '../../core/errors.js';
import { redact } from '../../core/redact.js';
import type { FailoverEventName, FailoverEvents } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';

const names: Record<FailoverEventName, true> = {
  'tier-change': true,
  'attempt-failed': true,
  retry: true,
  exhausted: true,
  paused: true,
  resumed: true,
  'store-error': true,
  'notifier-error': true,
};

/** Characters of a listener's error that a log line may hold. */
const MAX_TOLD = 200;

export type Listener<E extends FailoverEventName> = (event: FailoverEvents[E]) => unknown;

/** The failover's events. A listener that throws, or whose promise rejects, is logged and breaks nothing. */
export class FailoverEmitter {
  readonly #emitter = new EventEmitter<string>();
  readonly #logger: Logger | undefined;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  /** @param isWanted told of only those events it says yes to */
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
        const result: unknown = listener(payload);
        if (result instanceof Promise) result.catch((error: unknown) => this.#complain(event, error));
      } catch (error) {
        this.#complain(event, error);
      }
    };
    this.#emitter.on(event, guarded);
    return () => this.#emitter.off(event, guarded);
  }

  has(event: FailoverEventName): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  emit<E extends FailoverEventName>(event: E, payload: FailoverEvents[E]): void {
    this.#emitter.emit(event, payload);
  }

  removeAll(): void {
    this.#emitter.removeAllListeners();
  }

  #complain(event: string, error: unknown): void {
    this.#logger?.error(`tierfall: a listener of '${event}' failed: ${told(error)}`);
  }
}

/** What a listener's own mistake says of itself. */
function told(error: unknown): string {
  try {
    const text = redact(String(error));
    return text.length > MAX_TOLD ? `${text.slice(0, MAX_TOLD)}…` : text;
  } catch {
    return 'with something that cannot be shown';
  }
}
