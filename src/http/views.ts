import { isTierfallError } from '../core/errors.js';
import { initialState, type LedgerEvent, type State } from '../core/tier/state.js';
import { viewInstance, type BudgetView, type InstanceView } from '../core/view/instance-view.js';
import type { OperatorConfig } from './options.js';

/** Instances whose views are worked out at the same time. */
const AT_ONCE = 16;
/** Instances that this process served and nothing ever happened to, in a list at most. */
const MOST_SERVED = 1000;
/** Rows looked at for the last change of tier. */
const SINCE_ROWS = 50;
/** Times kept of when instances came to their tier. */
const MOST_SINCES = 20_000;
/** Events after which calls go somewhere else. */
const MOVES: ReadonlySet<string> = new Set(['tier-change', 'trial', 'reset', 'chain-changed', 'wrapped', 'exhausted']);
/** What the cause says where a stored state cannot be read. */
const UNREADABLE = 'unreadable';

type BudgetOf = (instance: string) => Promise<BudgetView>;

/** Works out what an operator sees, from what the failover knows. */
export class InstanceViews {
  readonly #config: OperatorConfig;
  readonly #sinces = new Map<string, { of: string; since: number | null }>();

  constructor(config: OperatorConfig) {
    this.#config = config;
  }

  /** The view of one instance; `undefined`: nobody has heard of it. */
  async find(name: string): Promise<InstanceView | undefined> {
    const { access } = this.#config;
    await access.refresh();
    const known = await access.find(name);
    return known && this.#view(name, known.state, known.isPristine);
  }

  /** True where this process or the store has heard of the instance. */
  async isKnown(name: string): Promise<boolean> {
    return (await this.#config.access.find(name)) !== undefined;
  }

  /** Views of up to `limit` instances whose name comes after `after`, by name. */
  async list(limit: number, after: string | undefined): Promise<{ instances: InstanceView[]; next: string | null }> {
    const { access } = this.#config;
    const names = (await this.names()).filter((name) => after === undefined || name > after);
    const page = names.slice(0, limit);
    await access.refresh();
    const instances = await inGroups(page, (name) => this.#findInList(name));
    const last = page.at(-1);
    return {
      instances: instances.filter((view) => view !== undefined),
      next: names.length > page.length && last !== undefined ? last : null,
    };
  }

  /** Every name that the store or this process knows, in order. */
  async names(): Promise<string[]> {
    const { access } = this.#config;
    const names = new Set(access.served(MOST_SERVED));
    for await (const name of access.instances()) names.add(name);
    return [...names].sort((one, other) => (one < other ? -1 : 1));
  }

  /** One record that cannot be read must not hide all the others. */
  async #findInList(name: string): Promise<InstanceView | undefined> {
    const { access } = this.#config;
    try {
      const known = await access.find(name);
      return known && (await this.#view(name, known.state, known.isPristine));
    } catch (error) {
      if (!isTierfallError(error, 'TIERFALL_STORE') || error.scope !== 'record') throw error;
      const { config } = access.config();
      const state = { ...initialState(config), lastFailureKind: UNREADABLE };
      return viewInstance({ name, state, config, now: access.clock.now() });
    }
  }

  async #view(name: string, state: State, isPristine: boolean): Promise<InstanceView> {
    const { access } = this.#config;
    const { config } = access.config();
    return viewInstance({
      name,
      state,
      config,
      now: access.clock.now(),
      pausedAll: access.pausedAll(),
      rests: access.rests(name),
      since: isPristine ? null : await this.#since(name, state),
      budget: config.policy.tokenBudget ? await this.#budget(name) : null,
    });
  }

  /** When the instance came to its tier. Read again only after its state has changed. */
  async #since(name: string, state: State): Promise<number | null> {
    const of = JSON.stringify([state.tier, state.tiers, state.ids]);
    const known = this.#sinces.get(name);
    if (known?.of === of) return known.since;
    const rows = await this.#config.access.history(`instance:${name}`, { limit: SINCE_ROWS });
    const since = cameToTierAt(rows);
    this.#sinces.delete(name);
    this.#sinces.set(name, { of, since });
    if (this.#sinces.size > MOST_SINCES) this.#sinces.delete(this.#sinces.keys().next().value!);
    return since;
  }

  async #budget(name: string): Promise<BudgetView | null> {
    const { failover } = this.#config;
    const budgetOf = (failover as { budget?: BudgetOf }).budget;
    if (typeof budgetOf !== 'function') return null;
    try {
      return await budgetOf.call(failover, name);
    } catch {
      // What it uses is a detail of the view; the view itself is not to be lost with it.
      return null;
    }
  }
}

/** When calls last came to go where they go now; where no row says so, when the ledger begins. */
export function cameToTierAt(newestFirst: readonly LedgerEvent[]): number | null {
  const move = newestFirst.find(({ type }) => MOVES.has(type));
  if (move) return move.at;
  // A ledger whose beginning is there begins on the first tier.
  const first = newestFirst.at(-1);
  return first?.seq === 1 ? first.at : null;
}

/** Maps a list with at most `AT_ONCE` under way, in order. */
export async function inGroups<T, R>(list: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < list.length; start += AT_ONCE) {
    results.push(...(await Promise.all(list.slice(start, start + AT_ONCE).map(map))));
  }
  return results;
}
