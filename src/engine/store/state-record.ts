import type { FailoverConfig } from '../../core/config.js';
import { alignState } from '../../core/tier/transitions/align-state.js';
import { applyLate } from '../../core/tier/transitions/apply-late.js';
import { toSparse } from '../../core/tier/stored/sparse-state.js';
import { mergeState } from '../../core/tier/stored/merge-state.js';
import type { LedgerEvent, State, Transition } from '../../core/tier/state.js';
import { parseState } from '../../schema/stored/parse-state.js';
import type { EngineClock } from '../time/clock.js';
import type { Changed, PendingChange } from './pending-change.js';
import { ReplicatedRecord } from './replicated-record.js';
import type { StoreClient } from './store-client.js';

/** Rows that are kept when many changes are folded: the beginning of an incident says most about it. */
const ROWS_KEPT = 100;

/** Called after every local change, and after a change that came from another process. */
export interface StateListener {
  onLocal(events: readonly LedgerEvent[], session: string | undefined): void;
  onRemote(before: State, record: StateRecord): void;
}

/** The state of an instance, a provider or everything, kept in the store together with its ledger. */
export class StateRecord extends ReplicatedRecord<State> {
  #config: FailoverConfig;
  #listener: StateListener;
  #initial: State;

  constructor(
    key: string,
    facts: {
      config: FailoverConfig;
      initial: State;
      store: StoreClient;
      clock: EngineClock;
      listener: StateListener;
    },
  ) {
    super(key, facts.initial, facts);
    this.#config = facts.config;
    this.#listener = facts.listener;
    this.#initial = facts.initial;
  }

  get state(): State {
    return this.value;
  }

  /** Applies a transition here and now, and stores it in the background. `undefined`: it changes nothing. */
  apply(transition: (state: State) => Transition, session?: string): PendingChange<State> | undefined {
    const madeAt = this.clock.now();
    return this.change((state) => effective(applyLate(state, madeAt, this.clock.now(), transition)), session);
  }

  /** The chain was changed: maps the state to the new one. What is pending is about the tiers of the old one. */
  follow(config: FailoverConfig, initial: State, listener: StateListener, now: number): void {
    const before = this.#config;
    this.#config = config;
    this.#listener = listener;
    this.#initial = initial;
    this.rebuild(initial, (apply) => (state) => {
      // Applied again, it may be later.
      const at = this.clock.now();
      // Others may have stored the new chain already: each row has to fit what is before it.
      const old = alignState(state, before, at);
      const changed = apply(old.state);
      if (!changed) return undefined;
      const { state: value, events } = alignState(changed.value, config, at);
      return { ...changed, value, events: [...old.events, ...changed.events, ...events] };
    });
    if (!this.isPristine) this.apply((state) => alignState(state, config, now));
  }

  protected override parse(stored: unknown): State {
    return parseState(stored, this.key, this.#initial);
  }

  protected override toStored(state: State): State {
    return toSparse(state);
  }

  /** The chain first: what is pending is about the tiers of this one. */
  protected override align(state: State, now: number): Changed<State> | undefined {
    return effective(alignState(state, this.#config, now));
  }

  protected override fold(before: State, changes: readonly PendingChange<State>[], now: number): PendingChange<State> {
    return foldIntoSnapshot(alignState(before, this.#config, now).state, changes, now);
  }

  /** The state has it all; a row says what was only counted when something follows that matters more. */
  protected override rowsOf(events: readonly LedgerEvent[]): readonly LedgerEvent[] {
    return events.some(({ counted }) => counted) ? events.filter(({ counted }) => !counted) : events;
  }

  protected override onLocal(events: readonly LedgerEvent[], session: string | undefined): void {
    this.#listener.onLocal(events, session);
  }

  protected override onRemote(before: State): void {
    this.#listener.onRemote(before, this);
  }
}

function effective({ state, events }: Transition): Changed<State> | undefined {
  if (events.length === 0) return undefined;
  // A rest that gets a little longer again and again: a burst of late failures is one commit.
  const waits = events.every(({ counted, type }) => counted === true && type === 'rest-extended');
  return { value: state, events, waits };
}

/** One change in the place of many: the first rows as they were, and a `snapshot` row for all that came after them. */
function foldIntoSnapshot(before: State, changes: readonly PendingChange<State>[], at: number): PendingChange<State> {
  const after = changes.at(-1)!.value;
  const rows = changes.flatMap(({ events }) => events).filter(({ type, counted }) => type !== 'snapshot' && !counted);
  const beginning = rows.slice(0, ROWS_KEPT);
  const changed = (state: State): Changed<State> => ({
    value: state,
    events: [...beginning, { type: 'snapshot', at, detail: `${changes.length} changes merged`, state }],
  });
  return { apply: (present) => changed(mergeState(before, present, after)), ...changed(after) };
}
