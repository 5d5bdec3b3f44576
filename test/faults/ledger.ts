import type { LedgerEvent, State, StateStore } from 'tierfall';
import { BrokenRule, type Expectations } from './expectations.ts';
import { chain, type Setup } from './steps.ts';
import type { Library } from './library.ts';

/** Rows after which nothing of what was before need be there. */
const startsOver = new Set(['reset', 'snapshot', 'chain-changed', 'rebased']);

/** Reads the ledger of one instance as it grows, and holds each row to the rules of the state machine. */
export class LedgerCheck {
  readonly #library: Library;
  readonly #setup: Setup;
  readonly #store: StateStore;
  readonly #instance: string;
  readonly #config: ReturnType<Library['parseConfig']>['config'];
  #state: State | undefined;
  #seq = 0;
  #version = 0;

  constructor(library: Library, setup: Setup, store: StateStore, instance: string) {
    this.#library = library;
    this.#setup = setup;
    this.#store = store;
    this.#instance = instance;
    this.#config = library.parseConfig({ chain: [...chain] }).config;
  }

  /** @param leewayMs how far the clocks that rows are written by differ, where they do by more than the tolerance */
  async check(expected: Expectations, leewayMs: number): Promise<void> {
    const key = `instance:${this.#instance}`;
    const stored = await this.#store.load(key);
    if (!stored || stored.version === this.#version) return;
    if (stored.version < this.#version) throw new BrokenRule('versions grow', `${this.#version} to ${stored.version}`);
    this.#version = stored.version;
    const rows = (await this.#store.history(key, { limit: 100_000 })).toReversed();
    for (const row of rows) if ((row.seq ?? 0) > this.#seq) this.#take(row, leewayMs);
    const state = stored.state as State;
    // Where failures were only counted, the next row says what they did.
    const isSaid = state.tiers.every(({ unrecorded, recentFailures = null }) => unrecorded === null && !recentFailures);
    if (isSaid && !sameJson(this.#library.replay(rows, this.#config), state))
      throw new BrokenRule('the state is the fold of its rows', `${this.#instance} at version ${stored.version}`);
    expected.checkStored(state.pauses.map(({ source }) => source));
    // What a budget stops counts as a failure, too. A commit that landed unheard is known by the time of its failure,
    // which a process with another clock may have changed since.
    if (this.#setup.budget || leewayMs > 0) return;
    state.tiers.forEach(({ failures }, index) => {
      const most = expected.failures[index]!;
      if (failures > most)
        throw new BrokenRule('a failure counts once', `${chain[index]} has ${failures}, ${most} were reported`);
    });
  }

  #take(row: LedgerEvent, leewayMs: number): void {
    const before = this.#state;
    const first: LedgerEvent[] = before ? [{ type: 'snapshot', at: 0, state: before }] : [];
    const after = this.#library.replay([...first, row], this.#config);
    this.#seq = row.seq ?? 0;
    this.#state = after;
    if (!before || startsOver.has(row.type)) return;
    const where = `${this.#instance}, row ${row.seq} ${row.type}`;
    before.tiers.forEach(({ retryAfterUntil }, index) => {
      const left = after.tiers[index]?.retryAfterUntil ?? 0;
      // A row also says what was only counted since the last one, by another process and its clock.
      if (retryAfterUntil !== null && retryAfterUntil > row.at + leewayMs && left < retryAfterUntil)
        throw new BrokenRule('a wait that the provider named is never shortened', `${where}, ${chain[index]}`);
    });
    const isPaused = (state: State) => state.pauses.find(({ source }) => source === 'operator');
    const pause = isPaused(before);
    const isOver = pause?.until !== undefined && pause.until <= row.at;
    if (pause && !isPaused(after) && !isOver && row.source !== 'operator')
      throw new BrokenRule('a pause of a person is lifted by no machine', where);
    // Calls also leave a tier for what another instance or the monitor knows: of that this ledger has no row.
    const { share, monitor } = this.#setup;
    if (row.type !== 'tier-change' || share || monitor || row.direction === 'reset') return;
    const named = (id: string | undefined) => after.tiers[after.ids.indexOf(id ?? '')];
    const [from, to] = [named(row.from), named(row.to)];
    const rests = from && [from.restUntil, from.retryAfterUntil, from.heldUntil].some((until) => (until ?? 0) > row.at);
    if (row.direction === 'down' && from && !rests && from.failures === 0 && !from.recentFailures)
      throw new BrokenRule('a step down leaves a tier that failed', `${where}: ${row.from} to ${row.to}`);
    if (row.direction === 'up' && to && to.failures > 0)
      throw new BrokenRule('up is told after an answer', `${where}: ${row.to} is still failing`);
  }
}

/** The same value, whatever order its fields are in. */
function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
