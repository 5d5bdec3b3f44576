import { StoreError } from '../../core/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { StateStore } from '../../ports/state-store.js';
import type { FailoverEmitter } from '../events/emitter.js';
import { within } from '../time/waits.js';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/** The engine's side of a store: bounds every request, reports once that it fails and once that it works again. */
export class StoreClient {
  readonly #makeStore: () => StateStore;
  #store: StateStore | undefined;
  readonly #clock: Clock;
  readonly #emitter: FailoverEmitter;
  readonly #timeoutMs: number;
  readonly #onRetry: () => void;
  readonly #onRecovered: () => void;
  #failing = false;
  /** It has been reported that calls go on without the store: it fails, or a call has waited too long for it. */
  #isReported = false;
  #isWarned = false;
  #retryMs = FIRST_RETRY_MS;
  #timer: unknown;
  #closed = false;
  /** Records that cannot be read, while the store works; each is reported once. */
  readonly #unreadable = new Set<string | undefined>();

  constructor(facts: {
    /** Gives the store, when it is first needed. */
    store: () => StateStore;
    clock: Clock;
    emitter: FailoverEmitter;
    timeoutMs: number;
    /**
     * Called in the background while the store fails: to make a request, whose outcome shows whether it works again.
     */
    onRetry: () => void;
    /** Called when it answers again: what gathered meanwhile can be stored. */
    onRecovered: () => void;
  }) {
    this.#makeStore = facts.store;
    this.#clock = facts.clock;
    this.#emitter = facts.emitter;
    this.#timeoutMs = facts.timeoutMs;
    this.#onRetry = facts.onRetry;
    this.#onRecovered = facts.onRecovered;
  }

  get store(): StateStore {
    this.#store ??= this.#makeStore();
    return this.#store;
  }

  get failing(): boolean {
    return this.#failing;
  }

  /** Makes a request and waits a bounded time for the answer. Rejects with `StoreError` only, and notes the outcome. */
  async ask<T>(operation: string, key: string | undefined, request: (store: StateStore) => Promise<T>): Promise<T> {
    const late = () => {
      const message = `the store did not answer a ${operation} within ${this.#timeoutMs} ms (storeTimeoutMs)`;
      return new StoreError({ operation, key, message });
    };
    try {
      const answer = await within(this.#clock, start(request, this.store), this.#timeoutMs, late);
      this.#succeeded();
      this.#unreadable.delete(key);
      return answer;
    } catch (cause) {
      const error =
        cause instanceof StoreError
          ? cause
          : new StoreError({ operation, key, message: `the store failed to ${operation}; see cause`, cause });
      if (error.scope === 'record') this.#foundUnreadable(error, key);
      else this.failed(error);
      throw error;
    }
  }

  /** Names of all instances, as the store gives them. Fails with `StoreError` only. */
  async *instances(): AsyncIterable<string> {
    try {
      yield* this.store.instances();
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      throw new StoreError({
        operation: 'instances',
        message: 'the store failed to list its instances; see cause',
        cause,
      });
    }
  }

  /** Reports something wrong with the store or with what is stored. */
  report(error: StoreError): void {
    if (!this.#emitter.has('store-error')) this.#warn(error);
    this.#emitter.emit('store-error', { state: 'failing', error, at: this.#clock.now() });
  }

  /** Notes a failure and arranges for another try in the background. */
  failed(error: StoreError): void {
    this.#failing = true;
    this.#reportOnce(error);
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#onRetry();
    }, this.#retryMs);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }

  /** Reports that a call has waited as long as it may, and goes on from memory while the request is still under way. */
  late(waitedMs: number): void {
    this.#reportOnce(
      new StoreError({
        operation: 'load',
        message: `the store did not answer within ${waitedMs} ms (loadTimeoutMs); calls go on without it`,
      }),
    );
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Nobody listens: a store that does not work must not go unnoticed all the same. Once. */
  #warn({ message }: StoreError): void {
    if (this.#isWarned) return;
    this.#isWarned = true;
    const { process } = globalThis as { process?: { emitWarning?: (warning: string, options: object) => void } };
    const advice = "Calls go on from memory. Pass a logger, or listen to 'store-error', to see this and what follows.";
    process?.emitWarning?.(`${message}. ${advice}`, { type: 'TierfallWarning', code: 'TIERFALL_STORE' });
  }

  #foundUnreadable(error: StoreError, key: string | undefined): void {
    this.#succeeded();
    if (this.#unreadable.has(key)) return;
    this.#unreadable.add(key);
    this.report(error);
  }

  #reportOnce(error: StoreError): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.report(error);
  }

  #succeeded(): void {
    if (!this.#isReported) return;
    this.#isReported = false;
    this.#emitter.emit('store-error', { state: 'recovered', at: this.#clock.now() });
    if (!this.#failing) return;
    this.#failing = false;
    this.#retryMs = FIRST_RETRY_MS;
    this.#onRecovered();
  }
}

/** A store that throws instead of rejecting is treated alike. */
async function start<T>(request: (store: StateStore) => Promise<T>, store: StateStore): Promise<T> {
  return await request(store);
}
