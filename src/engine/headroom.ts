import { nearlyUsedUpMs } from '../core/classify/waits/buckets.js';
import type { FailoverConfig, Tier } from '../core/config.js';
import { HEADROOM } from '../core/tier/rests/headroom.js';
import { isFailing, isFree, limitKey, sharedRestEnd } from '../core/tier/rests/rest.js';
import type { SharedRest, SharedRests, State } from '../core/tier/state.js';
import type { EngineClock } from './time/clock.js';

/** An end that moves by less than this is the same, in milliseconds. */
const SAME_MS = 1000;

/**
 * Which models, each under its credential, have nearly used up a limit, as the headers of their answers to this process
 * say. New calls leave them alone as they would a rest of the fleet, as long as another tier works.
 */
export class Headroom {
  readonly #config: FailoverConfig;
  readonly #share: number;
  readonly #clock: EngineClock;
  readonly #onChange: () => void;
  /** When the limit resets, on the clock's `elapsed`, by `limitKey`. */
  readonly #low: Map<string, number>;

  /** @param facts `before`: under another chain, which shares what is known */
  constructor(facts: {
    config: FailoverConfig;
    share: number;
    clock: EngineClock;
    onChange: () => void;
    before: Headroom | undefined;
  }) {
    this.#config = facts.config;
    this.#share = facts.share;
    this.#clock = facts.clock;
    this.#onChange = facts.onChange;
    this.#low = facts.before ? facts.before.#low : new Map();
  }

  /** Takes in the headers of an answer. */
  note(tier: Tier, headers: Headers): void {
    const resetMs = nearlyUsedUpMs(headers, this.#share, this.#clock.now());
    const now = this.#clock.elapsed();
    if (resetMs === undefined) return;
    const key = limitKey(tier);
    const before = Math.max(this.#low.get(key) ?? now, now);
    const until = now + resetMs;
    if (resetMs > 0) this.#low.set(key, until);
    else this.#low.delete(key);
    if (Math.abs(until - before) >= SAME_MS || before > now !== resetMs > 0) this.#onChange();
  }

  /** Forgets all of it, after an operator's reset. */
  clear(): void {
    if (this.#low.size === 0) return;
    this.#low.clear();
    this.#onChange();
  }

  /** Adds what is to be left alone to the rests that an instance shares; nothing where no other tier works. */
  over(rests: SharedRests | undefined, state: State): SharedRests | undefined {
    if (this.#low.size === 0) return rests;
    const now = this.#clock.now();
    const elapsed = this.#clock.elapsed();
    const { chain } = this.#config;
    const low = new Map<string, number>();
    let works = false;
    chain.forEach((tier, index) => {
      const key = limitKey(tier);
      const leftMs = (this.#low.get(key) ?? elapsed) - elapsed;
      if (leftMs > 0) low.set(key, now + Math.ceil(leftMs));
      else {
        this.#low.delete(key);
        const known = state.tiers[index];
        works ||= isFree(known, now) && !isFailing(known) && !(sharedRestEnd(tier, rests) > now);
      }
    });
    if (low.size === 0 || !works) return rests;
    const all: Record<string, SharedRest | readonly SharedRest[]> = { ...rests };
    for (const [key, until] of low) {
      all[key] = [...[all[key] ?? []].flat(), { until, firm: false, kind: HEADROOM }];
    }
    return all;
  }
}

/** That of a failover, where its policy asks for it. */
export function headroomOf(facts: {
  config: FailoverConfig;
  clock: EngineClock;
  onChange: () => void;
  before: Headroom | undefined;
}): Headroom | undefined {
  const { headroom } = facts.config.policy;
  return headroom && new Headroom({ ...facts, share: headroom.share });
}
