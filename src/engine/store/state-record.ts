import type { FailoverConfig } from '../../core/config.js';
import { StoreError } from '../../core/errors.js';
import { alignState } from '../../core/tier/align-state.js';
import { mergeState } from '../../core/tier/merge-state.js';
import type { LedgerEvent, State } from '../../core/tier/state.js';
import type { Clock } from '../../ports/clock.js';
import type { StoredState } from '../../ports/state-store.js';
import { parseState } from '../../schema/parse-state.js';
import { foldPending, isStored, type Apply, type CommitRequest, type Pending } from './pending-changes.js';
import type { StoreLink } from './store-client.js';

/** Told after each local change, and after a change that came from another process. */
export interface LedgerListener {
  onLocal(events: readonly LedgerEvent[], session: string | undefined): void;
  onRemote(before: State, ledger: Ledger): void;
}

/** `loadedAt` of what was read once and may have changed since. */
const OUTDATED = -Number.MAX_VALUE;
/** Transitions kept while the store is away; beyond it the oldest are merged into one snapshot. */
const MAX_PENDING = 1000;
const MAX_CONFLICTS = 50;
/** Commits without an answer that are told from the work of others when they turn up after all; the first come first. */
const MAX_UNHEARD = 16;

/**
 * One state and what of it has yet to reach the store. Changes apply here at once; they land behind the caller's
 * back, one commit at a time, and are applied again to whatever another process stored meanwhile.
 */
export class Ledger {
  readonly key: string;
  state: State;
  /** When the store was last read, by the clock; `-Infinity` before the first time, `OUTDATED` when that counts no more. */
  loadedAt = Number.NEGATIVE_INFINITY;
  readonly #config: FailoverConfig;
  /** The state nothing has happened to; one object for all instances, as states are never changed in place. */
  readonly #initial: State;
  readonly #link: StoreLink;
  readonly #clock: Clock;
  readonly #listener: LedgerListener;
  #base: State;
  #version = 0;
  #pending: Pending[] = [];
  /** Commits onto the present base that nobody has answered: one of them may have landed, or may yet. */
  #unheard: CommitRequest[] = [];
  #landing: Promise<void> | undefined;
  #loading: Promise<void> | undefined;
  /** What is stored cannot be read: nothing is written over it until a reset. */
  #unreadable = false;
  /** Why the store itself cannot read it, while it works for others. */
  #damage: StoreError | undefined;

  constructor(
    key: string,
    facts: { config: FailoverConfig; initial: State; link: StoreLink; clock: Clock; listener: LedgerListener },
  ) {
    this.key = key;
    this.#config = facts.config;
    this.#link = facts.link;
    this.#clock = facts.clock;
    this.#listener = facts.listener;
    this.#initial = facts.initial;
    this.state = facts.initial;
    this.#base = facts.initial;
  }

  /** Nothing has ever happened to it. */
  get isPristine(): boolean {
    return this.#version === 0 && !this.hasPending;
  }

  get hasPending(): boolean {
    return this.#pending.length > 0 || this.#landing !== undefined;
  }

  /** What is known of the store is as it was read: nothing has made it doubtful since. */
  get isTrusted(): boolean {
    return this.loadedAt > OUTDATED;
  }

  /** From here on what was read may have changed. */
  distrust(): void {
    this.loadedAt = Math.min(this.loadedAt, OUTDATED);
  }

  /** There is something to store, and nothing unreadable in its place. */
  get canLand(): boolean {
    return this.#pending.length > 0 && !this.#unreadable;
  }

  /** Applies a transition here and now, tells the listener, and lets the store follow. True: it changed something. */
  apply(apply: Apply, session?: string): boolean {
    const { state, events } = apply(this.state);
    if (events.length === 0) return false;
    this.state = state;
    this.#pending.push({ apply, events });
    this.#listener.onLocal(events, session);
    // Not under a commit: what it is made of must still be there, as it was, when it has landed.
    if (this.#pending.length > MAX_PENDING && !this.#landing) this.#merge();
    if (!this.#link.failing) void this.land().catch(() => undefined);
    return true;
  }

  /** Lands everything that is pending. Rejects with `StoreError` when it did not; it is tried again later. */
  async land(): Promise<void> {
    while (this.#landing) await this.#landing;
    if (this.#pending.length === 0) return;
    this.#landing = this.#commit().finally(() => {
      this.#landing = undefined;
    });
    await this.#landing;
    if (this.#pending.length > 0) await this.land();
  }

  /** Reads the store and takes over what others stored, keeping what is pending. Never rejects. */
  load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  /** The store tells of a change: whatever is under way may have been answered before it. Never rejects. */
  async reload(): Promise<void> {
    for (let busy = this.#busy; busy; busy = this.#busy) await busy.catch(() => undefined);
    await this.load();
  }

  /** Allows the next commit to replace a stored state that cannot be read: an operator asked for it. */
  replaceUnreadable(): void {
    this.#unreadable = false;
  }

  get #busy(): Promise<void> | undefined {
    return this.#loading ?? this.#landing;
  }

  async #read(): Promise<void> {
    // A commit in flight answers with what is there, so there is nothing to be read beside it.
    if (this.#landing) return this.#landing.catch(() => undefined);
    try {
      const stored = await this.#link.ask('load', this.key, (store) => store.load(this.key));
      if (!this.#landing) this.#rebase(stored);
    } catch (error) {
      // The link has told; we go on from memory, and no longer trust it once the store works.
      if (!this.#isDamage(error)) this.distrust();
      this.#listener.onRemote(this.state, this);
    }
  }

  /** The store works, but this record cannot be read: there is nothing to wait for, and it is left as it is. */
  #isDamage(error: unknown): boolean {
    if (!(error instanceof StoreError && error.scope === 'record')) return false;
    this.#damage = error;
    this.#unreadable = true;
    this.loadedAt = this.#clock.now();
    return true;
  }

  /** Takes a stored state as the new base and applies what is pending on top of it. */
  #rebase(stored: StoredState | undefined, isConflict = false): void {
    const first = this.loadedAt === Number.NEGATIVE_INFINITY;
    const isMended = this.#damage !== undefined;
    const wasTrusted = this.isTrusted;
    this.loadedAt = this.#clock.now();
    const version = stored?.version ?? 0;
    // After a conflict something else is there, also where the record was deleted.
    if (!first && !isConflict && !isMended && version === this.#version) {
      // Nothing new, but calls may go on from it again.
      if (!wasTrusted) this.#listener.onRemote(this.state, this);
      return;
    }
    const landed = this.#unheard.find((request) => isStored(request, this.#version + 1, stored));
    if (landed) this.#pending = this.#pending.filter((each) => !landed.landing.includes(each));
    this.#unheard = [];
    this.#version = version;
    this.#damage = undefined;
    const before = this.state;
    this.#base = this.#parse(stored);
    // The chain first: what is pending is about the tiers of this one.
    const align: Apply = (present) => alignState(present, this.#config, this.loadedAt);
    let state = this.#base;
    this.#pending = [{ apply: align }, ...this.#pending].flatMap(({ apply }) => {
      const again = apply(state);
      state = again.state;
      return again.events.length > 0 ? [{ apply, events: again.events }] : [];
    });
    this.state = state;
    // Later it waits for the next change, or processes with two chains on one store would outbid each other for ever.
    if ((first || isMended) && this.#pending.length > 0) void this.land().catch(() => undefined);
    this.#listener.onRemote(first ? this.state : before, this);
  }

  #parse(stored: StoredState | undefined): State {
    this.#unreadable = false;
    if (!stored) return this.#initial;
    try {
      return parseState(stored.state, this.key);
    } catch (error) {
      this.#unreadable = true;
      if (error instanceof StoreError) this.#link.report(error);
      return this.#initial;
    }
  }

  async #commit(): Promise<void> {
    for (let conflicts = 0; this.#pending.length > 0; conflicts++) {
      if (this.#unreadable)
        throw this.#damage ?? this.#refuse('what is stored cannot be read; reset the instance, or delete the record');
      if (conflicts > MAX_CONFLICTS) throw this.#refuse(`lost ${MAX_CONFLICTS} races for the same key in a row`);
      // A copy: what comes meanwhile is not part of it.
      const landing = this.#pending.slice();
      const events = landing.flatMap((pending) => pending.events);
      const state = landing.reduce((present, pending) => foldPending(present, pending), this.#base);
      const expected = this.#version;
      if (this.#unheard.length < MAX_UNHEARD) this.#unheard.push({ state, landing });
      const answer = this.#link.ask('commit', this.key, (store) => store.commit(this.key, expected, state, events));
      answer.catch((error: unknown) => this.#isDamage(error));
      const result = await answer;
      if (result.ok) {
        this.#base = state;
        this.#version = result.version;
        this.loadedAt = this.#clock.now();
        this.#pending = this.#pending.slice(landing.length);
        this.#unheard = [];
        return;
      }
      this.#rebase(result.current, true);
    }
  }

  #refuse(why: string): StoreError {
    return new StoreError({ operation: 'commit', key: this.key, message: `${this.key.slice(0, 200)}: ${why}` });
  }

  /** Folds the older half of what is pending into one snapshot, so that a long outage of the store stays small. */
  #merge(): void {
    const half = this.#pending.splice(0, MAX_PENDING / 2);
    const state = half.reduce((present, pending) => foldPending(present, pending), this.#base);
    const at = this.#clock.now();
    const facts = { type: 'snapshot' as const, at, detail: `${half.length} changes merged` };
    const base = alignState(this.#base, this.#config, at).state;
    const apply: Apply = (present) => {
      const merged = mergeState(base, present, state);
      return { state: merged, events: [{ ...facts, state: merged }] };
    };
    this.#pending.unshift({ apply, events: [{ ...facts, state }] });
  }
}
