import { StoreError } from '../../core/errors.js';
import type { LedgerEvent } from '../../core/tier/state.js';
import type { StoredState } from '../../ports/state-store.js';
import type { EngineClock } from '../time/clock.js';
import { isSameStored, type Unanswered } from './pending-change.js';
import type { Apply, Changed, PendingChange, Storable, StoredRecord } from './pending-change.js';
import { MAX_CONFLICTS, refusal, removeStored } from './remove-stored.js';
import type { StoreClient } from './store-client.js';

/** Changes kept while the store is away; beyond it the older half is folded into one. */
const MAX_PENDING = 1000;
/** How long a change that can wait is not committed, in milliseconds. */
const LONGEST_WAIT_MS = 1000;
/** How many unanswered commits, and how many own versions, are remembered to recognise them in the store. */
const MAX_UNANSWERED = 16;

/** Most records never have a change: they share this one. */
const NONE: readonly never[] = [];

/**
 * A value that several processes change, and what of it has yet to reach the store. A change applies here at once and
 * is committed in the background: one commit in flight, and what gathers meanwhile is the next one. After a conflict
 * the pending changes are applied again to what is there. A kind of record is a subclass: there are many, so that
 * what they share is on the class and not on each of them.
 */
export abstract class ReplicatedRecord<V extends Storable> implements StoredRecord {
  readonly key: string;
  /** As it holds here: what is stored, and on top of it what is pending. */
  value: V;
  /** When the store was last read or written, on the clock's `elapsed`; `-Infinity` before the first time. */
  readAt = Number.NEGATIVE_INFINITY;
  /** Nothing has made what was read doubtful since. */
  isTrusted = false;
  /** The value nothing has happened to. Values are never changed in place, so all records may share it. */
  #initial: V;
  readonly #store: StoreClient;
  protected readonly clock: EngineClock;
  /** As the store has it. */
  #base: V;
  #version = 0;
  /** Versions that were made or read here: the first notification about each is no news. */
  #known: readonly number[] = NONE;
  #pending: readonly PendingChange<V>[] = NONE;
  #unanswered: readonly Unanswered<V>[] = NONE;
  #inFlight: Promise<void> | undefined;
  #loading: Promise<void> | undefined;
  /** It is to be removed, once nothing is in flight: what comes meanwhile is stored after that. */
  #isForgetting = false;
  /** The timer of changes that wait. */
  #later: unknown;
  /** They have waited long enough. */
  #isDue = false;
  /** Commits that were answered, with a conflict or not: a read that began before one of them is out of date. */
  #answers = 0;
  /** What is stored cannot be read: nothing is written over it until a reset. */
  #isUnreadable = false;
  /** Why the store itself cannot read this record, while it works for others. */
  #damage: StoreError | undefined;

  constructor(key: string, initial: V, { store, clock }: { store: StoreClient; clock: EngineClock }) {
    this.key = key;
    this.#initial = initial;
    this.#store = store;
    this.clock = clock;
    this.value = initial;
    this.#base = initial;
  }

  /** Reads a stored value. @throws {StoreError} when it is none */
  protected abstract parse(stored: unknown): V;

  /** Folds many changes, of which the first was made to `before` (or to that as aligned), into one. */
  protected abstract fold(before: V, changes: readonly PendingChange<V>[], now: number): PendingChange<V>;

  /** Called after a local change, before it is stored. */
  protected abstract onLocal(events: readonly LedgerEvent[], session: string | undefined): void;

  /** Called when a read or a conflict has brought a change, or has made the record trustworthy or doubtful. */
  protected abstract onRemote(before: V): void;

  /** What has to become of every value that is read, before what is pending; `undefined`: nothing. */
  protected align(_value: V, _now: number): Changed<V> | undefined {
    return undefined;
  }

  /** What is stored of a value. */
  protected toStored(value: V): Storable {
    return value;
  }

  /** Which events become rows of the ledger. */
  protected rowsOf(events: readonly LedgerEvent[]): readonly LedgerEvent[] {
    return events;
  }

  /** True where a change that waits takes the place of one that waits already: it says all that this one did. */
  protected get replacesWaiting(): boolean {
    return false;
  }

  /** As the store has it, as far as this process knows. */
  get base(): V {
    return this.#base;
  }

  /** Nothing has ever happened to it. */
  get isPristine(): boolean {
    return this.#version === 0 && !this.hasPending;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0 || this.#inFlight !== undefined;
  }

  /** There is something to store, and nothing unreadable in its place. */
  get canCommit(): boolean {
    return this.#mustCommit && !this.#isUnreadable;
  }

  /** Notes that there is nothing to read: nobody else writes to this store. */
  trustMemory(): void {
    this.readAt = this.clock.elapsed();
    this.isTrusted = true;
  }

  /** From here on what was read may have changed. */
  distrust(): void {
    this.isTrusted = false;
  }

  /** Applies a change here and now, and commits it in the background. `undefined`: it has no effect. */
  change(apply: Apply<V>, session?: string): PendingChange<V> | undefined {
    const changed = apply(this.value);
    if (!changed) return undefined;
    this.value = changed.value;
    const { waits = false } = changed;
    const pending = { apply, ...changed };
    const isReplaced = waits && this.replacesWaiting && this.#pending.at(-1)?.waits === true;
    this.#pending = [...(isReplaced ? this.#pending.slice(0, -1) : this.#pending), pending];
    this.onLocal(changed.events, session);
    // Not under a commit: what it stores must still be there, as it was, when it ends.
    if (this.#pending.length > MAX_PENDING && !this.#inFlight) this.#fold();
    if (waits) this.#commitLater();
    else if (!this.#store.failing) this.commit();
    return pending;
  }

  /** Begins a commit of what is pending, unless one is in flight: then that is followed by another. Never throws. */
  commit(): void {
    if (this.#mustCommit) this.#begin().catch(() => undefined);
  }

  /**
   * Resolves once `change` is stored, by default the last one that is pending; what comes after it is not waited for.
   * Rejects with `StoreError` when a commit fails meanwhile: the change stays pending and is tried again later.
   */
  async stored(change: PendingChange<V> | undefined = this.#pending.at(-1)): Promise<void> {
    while (change && this.#pending.includes(change)) await this.#begin();
  }

  /** Reads the store and takes over what others stored, keeping what is pending. Never rejects. */
  load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /**
   * The store reports a change, and where it can the version that it made. What is under way may have been answered
   * before it. Never rejects.
   */
  async reload(version?: number): Promise<void> {
    for (let busy = this.#busy; busy; busy = this.#busy) await busy.catch(() => undefined);
    const isKnown = version !== undefined && this.#known.includes(version);
    // The same one again would be that of a record made anew.
    this.#known = this.#known.filter((each) => each !== version);
    if (!isKnown || !this.isTrusted) await this.load();
  }

  /**
   * Removes the record from the store and begins anew; a store that cannot do that gets the initial value. What happens
   * meanwhile is kept. Rejects with `StoreError`.
   */
  async forget(): Promise<void> {
    const begun = new Set(this.#pending);
    this.#isForgetting = true;
    while (this.#inFlight) await this.#inFlight.catch(() => undefined);
    const removed = this.#run(() => this.#remove(begun));
    this.#isForgetting = false;
    await removed;
  }

  /**
   * What nothing has happened to is `initial` from now on. `adapt` makes what is pending fit that; an answer to a
   * commit under way still finds it.
   */
  protected rebuild(initial: V, adapt: (apply: Apply<V>) => Apply<V>): void {
    const { isPristine } = this;
    this.#initial = initial;
    if (isPristine) this.value = this.#base = initial;
    for (const change of this.#pending) change.apply = adapt(change.apply);
  }

  /** Allows the next commit to replace a stored value that cannot be read: an operator asked for it. */
  replaceUnreadable(): void {
    this.#isUnreadable = false;
  }

  #commitLater(): void {
    this.#later ??= this.clock.setTimeout(() => {
      this.#later = undefined;
      this.#isDue = true;
      if (!this.#store.failing) this.commit();
    }, LONGEST_WAIT_MS);
  }

  get #mustCommit(): boolean {
    return !this.#isForgetting && this.#pending.some(({ waits }) => this.#isDue || !waits);
  }

  get #busy(): Promise<void> | undefined {
    return this.#loading ?? this.#inFlight;
  }

  #begin(): Promise<void> {
    return this.#inFlight ?? (this.#isForgetting ? Promise.resolve() : this.#run(() => this.#commit()));
  }

  /** Runs a request that nothing else may be in flight beside; what gathers meanwhile is committed after it. */
  #run(request: () => Promise<void>): Promise<void> {
    // A microtask later: what happens in one turn is one commit, and a store that reports it at once finds it in
    // flight.
    this.#inFlight = Promise.resolve()
      .then(request)
      .then(
        () => {
          this.#inFlight = undefined;
          this.commit();
        },
        (error: unknown) => {
          this.#inFlight = undefined;
          this.#isDue = true;
          throw error;
        },
      );
    return this.#inFlight;
  }

  async #commit(): Promise<void> {
    for (let conflicts = 0; this.#pending.length > 0; conflicts++) {
      if (this.#isUnreadable) {
        throw (
          this.#damage ?? refusal(this.key, 'what is stored cannot be read; reset the instance, or delete the record')
        );
      }
      if (conflicts > MAX_CONFLICTS) throw refusal(this.key, `lost ${MAX_CONFLICTS} races for the same key in a row`);
      // The list is replaced, never altered: what comes meanwhile is not part of it.
      const changes = this.#pending;
      if (this.#later !== undefined) this.clock.clearTimeout(this.#later);
      this.#later = undefined;
      this.#isDue = false;
      const { value } = changes.at(-1)!;
      const events = this.rowsOf(changes.flatMap((change) => change.events));
      const expected = this.#version;
      if (this.#unanswered.length < MAX_UNANSWERED) this.#unanswered = [...this.#unanswered, { value, changes }];
      const state = this.toStored(value);
      const answer = this.#store.ask('commit', this.key, (store) => store.commit(this.key, expected, state, events));
      answer.catch((error: unknown) => this.#noteDamage(error));
      const result = await answer;
      this.#answers++;
      if (!result.ok) {
        this.#rebase(result.current, true);
        continue;
      }
      this.#base = value;
      this.#version = result.version;
      this.#known = [...this.#known.slice(1 - MAX_UNANSWERED), result.version];
      this.trustMemory();
      const stored = new Set(changes);
      this.#pending = this.#pending.filter((change) => !stored.has(change));
      this.#unanswered = NONE;
      return;
    }
  }

  async #remove(begun: ReadonlySet<PendingChange<V>>): Promise<void> {
    const before = this.value;
    this.#version = await removeStored(this.#store, this.key, this.#initial, this.#version);
    this.#known = NONE;
    this.#answers++;
    this.#base = this.#initial;
    this.#unanswered = NONE;
    this.#pending = this.#pending.filter((change) => !begun.has(change));
    this.#reapply();
    this.trustMemory();
    this.onRemote(before);
  }

  async #read(): Promise<void> {
    // A commit in flight answers with what is there, so there is nothing to be read beside it.
    if (this.#inFlight) return this.#inFlight.catch(() => undefined);
    const answers = this.#answers;
    try {
      const stored = await this.#store.ask('load', this.key, (store) => store.load(this.key));
      if (!this.#inFlight && answers === this.#answers) this.#rebase(stored);
    } catch (error) {
      // The store client has reported it. We go on from memory, and no longer trust it once the store works.
      if (!this.#noteDamage(error)) this.distrust();
      this.onRemote(this.value);
    }
  }

  /** The store works, but this record cannot be read: there is nothing to wait for, and it is left as it is. */
  #noteDamage(error: unknown): boolean {
    if (!(error instanceof StoreError && error.scope === 'record')) return false;
    this.#damage = error;
    this.#isUnreadable = true;
    this.trustMemory();
    return true;
  }

  /** Takes a stored value as the new base and applies what is pending on top of it. */
  #rebase(stored: StoredState | undefined, isConflict = false): void {
    const isFirst = this.readAt === Number.NEGATIVE_INFINITY;
    const isRepaired = this.#damage !== undefined;
    const wasTrusted = this.isTrusted;
    this.trustMemory();
    const version = stored?.version ?? 0;
    // After a conflict something else is there, also where the record was deleted.
    if (!isFirst && !isConflict && !isRepaired && version === this.#version && this.#isBase(stored)) {
      // Nothing new, but calls may go on from it again.
      if (!wasTrusted) this.onRemote(this.value);
      return;
    }
    const isNext = version === this.#version + 1;
    const found = isNext && this.#unanswered.find(({ value }) => isSameStored(stored?.state, this.toStored(value)));
    if (found) this.#pending = this.#pending.filter((each) => !found.changes.includes(each));
    this.#unanswered = NONE;
    this.#version = version;
    this.#known = [version];
    this.#damage = undefined;
    const before = this.value;
    this.#base = this.#parse(stored);
    this.#reapply();
    // Later it waits for the next change, or processes with two chains on one store would outbid each other for ever.
    if (isFirst || isRepaired) this.commit();
    // What is read first changes nothing that was announced, unless something has happened here before it.
    this.onRemote(isFirst && before === this.#initial ? this.value : before);
  }

  /** Applies what is pending again to the base; what has no effect there any more is dropped. */
  #reapply(): void {
    this.value = this.#base;
    const kept: PendingChange<V>[] = [];
    const aligned = this.align(this.#base, this.clock.now());
    if (aligned) {
      this.value = aligned.value;
      kept.push({ apply: (value) => this.align(value, this.clock.now()), ...aligned });
    }
    for (const change of this.#pending) {
      const again = change.apply(this.value);
      if (!again) continue;
      this.value = again.value;
      // What once could not wait still cannot: nobody has set a timer for it.
      kept.push(Object.assign(change, again, { waits: change.waits && again.waits }));
    }
    this.#pending = kept;
  }

  #parse(stored: StoredState | undefined): V {
    this.#isUnreadable = false;
    if (!stored) return this.#initial;
    try {
      return this.parse(stored.state);
    } catch (error) {
      this.#isUnreadable = true;
      if (error instanceof StoreError) this.#store.report(error);
      return this.#initial;
    }
  }

  /** Is this what was read or written last? A record that was removed and made anew has the same versions again. */
  #isBase(stored: StoredState | undefined): boolean {
    const base = this.toStored(this.#base);
    if (!stored || isSameStored(stored.state, base)) return true;
    try {
      return isSameStored(this.toStored(this.parse(stored.state)), base);
    } catch {
      return this.#isUnreadable;
    }
  }

  /** Folds the older half of what is pending into one change, so that a long outage of the store stays small. */
  #fold(): void {
    const half = this.#pending.slice(0, MAX_PENDING / 2);
    const folded = this.fold(this.#base, half, this.clock.now());
    this.#pending = [folded, ...this.#pending.slice(half.length)];
  }
}
