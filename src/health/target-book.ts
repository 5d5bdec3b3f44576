import { clearTarget, isForgettable, type TargetDecision, type TargetState } from '../core/health/target.js';
import type { MonitorAccess } from '../ports/monitor-access.js';
import { HEALTH_SCHEMA, parseHealthTargets } from '../schema/stored/parse-health-targets.js';

const KEY = 'health:targets';
/** Races that a change may lose in a row; then the next evaluation tries again. */
const MAX_CONFLICTS = 20;
/** Targets that are kept; of more, those that are clear go first. */
const MAX_TARGETS = 1000;

/**
 * What all monitors of a store know of their targets together. While the store fails, what happens here is kept, and
 * stored when it is back.
 */
export class TargetBook {
  readonly #access: MonitorAccess;
  /** Of a target that nothing is known of. */
  readonly #clear: TargetState;
  readonly #intervalMs: number;
  #version: number | undefined;
  #targets: ReadonlyMap<string, TargetState> = new Map();
  /** Changed here while the store failed. */
  readonly #unstored = new Set<string>();

  constructor(access: MonitorAccess, facts: { ruleset: string; intervalMs: number }) {
    this.#access = access;
    this.#clear = clearTarget(facts.ruleset, 0);
    this.#intervalMs = facts.intervalMs;
  }

  get targets(): ReadonlyMap<string, TargetState> {
    return this.#targets;
  }

  get(key: string): TargetState {
    return this.#targets.get(key) ?? this.#clear;
  }

  /** Reads what is stored. Never rejects: without the store what is known here goes on. */
  async load(): Promise<void> {
    try {
      const stored = await this.#access.ask('load', KEY, (store) => store.load(KEY));
      this.#take(stored);
    } catch {
      // The store client has reported it.
    }
  }

  /** Changes one target, here and in the store. The decision that was stored, or made without the store. */
  async change(key: string, decide: (state: TargetState) => TargetDecision): Promise<TargetDecision> {
    if (this.#version === undefined && this.#access.storeOk()) await this.load();
    for (let conflicts = 0; ; conflicts++) {
      const before = this.get(key);
      const decision = decide(before);
      if (!this.#isNews(before, decision.state)) return decision;
      const targets = this.#with(key, decision.state);
      if (!this.#access.storeOk() || this.#version === undefined || conflicts > MAX_CONFLICTS) {
        this.#targets = targets;
        this.#unstored.add(key);
        return decision;
      }
      const value = { schema: HEALTH_SCHEMA, targets: Object.fromEntries(targets) };
      const expected = this.#version;
      try {
        const result = await this.#access.ask('commit', KEY, (store) => store.commit(KEY, expected, value, []));
        if (result.ok) {
          this.#targets = targets;
          this.#version = result.version;
          this.#unstored.clear();
          return decision;
        }
        this.#take(result.current);
      } catch {
        this.#targets = targets;
        this.#unstored.add(key);
        return decision;
      }
    }
  }

  #take(stored: { state: unknown; version: number } | undefined): void {
    let found: ReadonlyMap<string, TargetState> = new Map();
    try {
      if (stored) found = parseHealthTargets(stored.state, KEY);
    } catch {
      // What nobody can read is replaced: a pause that stands is found again, and what it waits for begins anew.
    }
    const own = [...this.#unstored].flatMap((key) => {
      const state = this.#targets.get(key);
      return state && state.checkedAt >= (found.get(key)?.checkedAt ?? 0) ? [[key, state] as const] : [];
    });
    this.#version = stored?.version ?? 0;
    this.#targets = new Map([...found, ...own]);
  }

  /** True for a change that others need to know; and now and then for one that shows that somebody still looks. */
  #isNews(before: TargetState, after: TargetState): boolean {
    if (after.phase !== 'clear' && after.checkedAt - before.checkedAt >= this.#intervalMs) return true;
    const bare = (state: TargetState) => JSON.stringify({ ...state, checkedAt: 0, ruleset: '' });
    return bare(before) !== bare(after);
  }

  #with(key: string, state: TargetState): Map<string, TargetState> {
    const targets = new Map(this.#targets);
    targets.delete(key);
    if (!isForgettable(state)) targets.set(key, state);
    for (const [name, { phase }] of targets) {
      if (targets.size <= MAX_TARGETS) break;
      if (phase === 'clear') targets.delete(name);
    }
    return targets;
  }
}
