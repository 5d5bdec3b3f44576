import { StoreError } from '../../core/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { StateStore } from '../../ports/state-store.js';
import type { FailoverEmitter } from '../events/emitter.js';
import { processWarning } from '../events/process-warning.js';
import { within } from '../time/waits.js';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/** Requests that change nothing: a full disk, a replica and a server out of memory still answer them. */
const READS: readonly string[] = ['load', 'history', 'instances', 'sum'];
/** A lease that nobody needs: to take it shows whether the store can be written to. */
const WRITE_CHECK = 'rest:write-check';
const WRITE_CHECK_MS = 1000;

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
  /** What failed was to change something: it works again once that succeeds, whatever can be read meanwhile. */
  #writesFail = false;
  /** Since it began to fail a read has failed, too. */
  #readsFail = false;
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

  /** It can be read, though it may be failing. */
  get isReadable(): boolean {
    return !this.#failing || (this.#writesFail && !this.#readsFail);
  }

  /** Asks for something that shows whether it works again. Never throws. */
  check(holder: string, read: () => Promise<void>): void {
    if (!this.#writesFail) return void read();
    const lease = (store: StateStore) => store.acquire(WRITE_CHECK, holder, WRITE_CHECK_MS);
    // Also where another process has it: that one has just written it.
    const isWritten = () => true;
    this.ask('acquire', WRITE_CHECK, lease, isWritten).catch(() => undefined);
  }

  /** Makes a request and waits a bounded time for the answer. Rejects with `StoreError` only, and notes the outcome. */
  async ask<T>(
    operation: string,
    key: string | undefined,
    request: (store: StateStore) => Promise<T>,
    isWritten: (answer: T) => boolean = (answer) => hasWritten(operation, answer),
  ): Promise<T> {
    const late = () => {
      const message = `the store did not answer a ${operation} within ${this.#timeoutMs} ms (storeTimeoutMs)`;
      return new StoreError({ operation, key, message });
    };
    try {
      const answer = await within(this.#clock, start(request, this.store), this.#timeoutMs, late);
      if (READS.includes(operation)) this.#readsFail = false;
      if (!this.#writesFail || isWritten(answer)) this.#succeeded();
      // A commit that had reached the store before ends with a conflict, and nothing is left to be written.
      else this.#tryLater();
      this.#unreadable.delete(key);
      return answer;
    } catch (cause) {
      const error =
        cause instanceof StoreError
          ? cause
          : new StoreError({ operation, key, message: `the store failed: ${operation}; see cause`, cause });
      if (error.scope === 'record') this.#foundUnreadable(error, key);
      else this.#failed(error, READS.includes(operation));
      throw error;
    }
  }

  /** Names of all instances, as the store gives them: each is a request. Fails with `StoreError` only. */
  async *instances(): AsyncIterable<string> {
    let names: AsyncIterator<string> | undefined;
    const read = async (store: StateStore) => {
      names ??= store.instances()[Symbol.asyncIterator]();
      return names.next();
    };
    try {
      while (true) {
        const next = await this.ask('instances', undefined, read);
        if (next.done) return;
        yield next.value;
      }
    } finally {
      // Not waited for: a store that does not answer would not answer this either.
      names?.return?.().catch(() => undefined);
    }
  }

  /** Reports something wrong with the store or with what is stored. */
  report(error: StoreError): void {
    if (!this.#emitter.has('store-error')) this.#warn(error);
    this.#emitter.emit('store-error', { state: 'failing', error, at: this.#clock.now() });
  }

  /** Notes a failure. */
  #failed(error: StoreError, isRead: boolean): void {
    this.#failing = true;
    if (isRead) this.#readsFail = true;
    else this.#writesFail = true;
    this.#reportOnce(error);
    this.#tryLater();
  }

  /** Arranges for another try in the background. */
  #tryLater(): void {
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
    const advice = "Calls go on from memory. Pass a logger, or listen to 'store-error', to see this and what follows.";
    processWarning(`${message}. ${advice}`, 'TIERFALL_STORE');
  }

  #foundUnreadable(error: StoreError, key: string | undefined): void {
    if (!this.#writesFail) this.#succeeded();
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
    this.#failing = this.#writesFail = this.#readsFail = false;
    this.#retryMs = FIRST_RETRY_MS;
    this.#onRecovered();
  }
}

/** Does this answer show that the store can be written to? A conflict, and a lease of another's, take a read only. */
function hasWritten(operation: string, answer: unknown): boolean {
  if (operation === 'commit')
    return typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === true;
  return operation === 'increment' || (operation === 'acquire' && answer === true);
}

/** A store that throws instead of rejecting is treated alike. */
async function start<T>(request: (store: StateStore) => Promise<T>, store: StateStore): Promise<T> {
  return await request(store);
}
