import type { LedgerEvent, State } from 'tierfall';
import { BrokenRule } from './broken-rule.ts';
import type { Scene } from './scene.ts';
import { chains, type Target } from './steps.ts';

type Config = Parameters<Scene['library']['replay']>[1];

/** Rows after which nothing of what was before need be there. */
const startsOver = new Set(['reset', 'snapshot', 'chain-changed', 'rebased']);

/** Reads the ledger of an instance, a provider or everything as it grows; each row must fit the state machine. */
export class LedgerCheck {
  readonly #scene: Scene;
  readonly #key: Target;
  /** Of the chain it began with; after an update that may be another than the code's. */
  #config: Config = { chain: [] };
  #state: State | undefined;
  #seq = 0;
  #version = 0;
  /** The chain was used up since a change was last told: the next one goes to the tier that has answered. */
  #wasUsedUp = false;

  constructor(scene: Scene, key: Target) {
    this.#scene = scene;
    this.#key = key;
  }

  async check(): Promise<void> {
    const { shared, library, pauses, setup, expected, leewayMs, members } = this.#scene;
    const stored = await shared.load(this.#key);
    if (!stored || stored.version === this.#version) return;
    if (stored.version < this.#version) throw new BrokenRule('versions grow', `${this.#version} to ${stored.version}`);
    this.#version = stored.version;
    const rows = (await shared.history(this.#key, { limit: 100_000 })).toReversed();
    const state = stored.state as State;
    if (!this.#state && this.#key.startsWith('instance:')) this.#config = this.#beganWith(rows, state);
    for (const row of rows) if ((row.seq ?? 0) > this.#seq) this.#take(row);
    // Where failures were only counted, the next row says what they did.
    const isSaid = state.tiers.every(({ unrecorded, recentFailures = null }) => unrecorded === null && !recentFailures);
    if (isSaid && !sameJson(library.replay(rows, this.#config), state))
      throw new BrokenRule('the state is the fold of its rows', `${this.#key} at version ${stored.version}`);
    pauses.get(this.#key)!.checkStored(state.pauses.map(({ source }) => source));
    const instance = expected.get(this.#key.replace('instance:', ''));
    // What a budget stops counts as a failure, too. A commit that landed unheard is known by the time of its failure,
    // which another process may have changed since, or which is that of the attempt itself.
    const isUnheard = this.#scene.wasUnheard || members.some(({ network }) => network.isUnheard);
    if (!instance || setup.budget || leewayMs > 0 || isUnheard) return;
    state.tiers.forEach(({ failures }, index) => {
      const id = state.ids[index]!;
      const most = instance.failuresOf(id);
      if (failures > most)
        throw new BrokenRule('a failure counts once', `${id} has ${failures}, ${most} were reported`);
    });
  }

  /** The chain whose tiers stand where the rows name them, up to a row that brings a whole state, and that leads to this one. */
  #beganWith(rows: LedgerEvent[], state: State): Config {
    const { parseConfig, replay } = this.#scene.library;
    const configs = chains.map((chain) => parseConfig({ chain: [...chain] }).config);
    const whole = rows.findIndex((row) => row.state !== undefined);
    const before = whole < 0 ? rows : rows.slice(0, whole);
    // A rest that is extended may be that of another tier.
    const isNamedBy = (ids: readonly string[], { type, to, tier = '', set }: LedgerEvent) =>
      (to === undefined || set?.tier === undefined || ids[set.tier] === to) &&
      (type !== 'tier-failed' || set?.tiers === undefined || ids.indexOf(tier) in set.tiers);
    const isItsChain = (config: Config) =>
      before.every((row) => isNamedBy(replay([], config).ids, row)) && sameJson(replay(rows, config).ids, state.ids);
    return configs.find(isItsChain) ?? configs[0]!;
  }

  #take(row: LedgerEvent): void {
    const { library, setup, leewayMs } = this.#scene;
    const before = this.#state;
    const first: LedgerEvent[] = before ? [{ type: 'snapshot', at: 0, state: before }] : [];
    const after = library.replay([...first, row], this.#config);
    this.#seq = row.seq ?? 0;
    this.#state = after;
    const wasUsedUp = this.#wasUsedUp;
    if (row.type === 'exhausted') this.#wasUsedUp = true;
    if (row.type === 'tier-change') this.#wasUsedUp = false;
    if (!before || startsOver.has(row.type)) return;
    const where = `${this.#key}, row ${row.seq} ${row.type}`;
    before.tiers.forEach(({ retryAfterUntil }, index) => {
      const { retryAfterUntil: left, lastFailureAt: failedAt } = after.tiers[index] ?? {};
      // A row also says what was only counted since the last one, by another process and its clock: perhaps later.
      const at = Math.max(row.at, failedAt ?? 0);
      if (retryAfterUntil !== null && retryAfterUntil > at + leewayMs && (left ?? 0) < retryAfterUntil - leewayMs)
        throw new BrokenRule('a wait that the provider named is never shortened', `${where}, ${before.ids[index]}`);
    });
    const isPaused = (state: State) => state.pauses.find(({ source }) => source === 'operator');
    const pause = isPaused(before);
    const isOver = pause?.until !== undefined && pause.until <= row.at;
    if (pause && !isPaused(after) && !isOver && row.source !== 'operator')
      throw new BrokenRule('a pause of a person is lifted by no machine', where);
    // Calls also leave a tier for what another instance or the monitor knows: of that this ledger has no row.
    const { share, monitor } = setup;
    if (row.type !== 'tier-change' || share || monitor || row.direction === 'reset') return;
    const named = (id: string | undefined) => after.tiers[after.ids.indexOf(id ?? '')];
    const [from, to] = [named(row.from), named(row.to)];
    const rests = from && [from.restUntil, from.retryAfterUntil, from.heldUntil].some((until) => (until ?? 0) > row.at);
    if (
      row.direction === 'down' &&
      row.source !== 'shared' &&
      !wasUsedUp &&
      from &&
      !rests &&
      from.failures === 0 &&
      !from.recentFailures
    )
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
