import type { Tier } from '../../core/config.js';
import { poolOf } from '../../core/tier/pool.js';
import { ordinary, whenSettled } from '../call/ordinary-answer.js';
import { KeyPool } from './key-pool.js';

/** What a host hands in: asks one tier. */
type Call<T extends Tier, C extends { readonly index: number }> = (tier: T, context: C) => unknown;

/** The pools of keys of a chain. */
export class KeyPools {
  readonly #byTier: readonly (KeyPool | undefined)[];
  /** What ends a use, by tier, where a pool goes by that; made once, and not for each call. */
  readonly #ends: readonly ((() => void) | undefined)[];
  readonly #counts: boolean;

  constructor(byTier: readonly (KeyPool | undefined)[]) {
    this.#byTier = byTier;
    this.#ends = byTier.map((pool, index) => (pool?.order === 'least-used' ? () => pool.end(index) : undefined));
    this.#counts = this.#ends.some((end) => end !== undefined);
  }

  /** The pool of a tier; `undefined`: its model has one key. */
  at(index: number): KeyPool | undefined {
    return this.#byTier[index];
  }

  /** The same call, counted where a pool goes by that. */
  counted<T extends Tier, C extends { readonly index: number }>(call: Call<T, C>): Call<T, C> {
    if (!this.#counts) return call;
    return (tier, context) => {
      const end = this.#ends[context.index];
      if (!end) return call(tier, context);
      this.#byTier[context.index]!.begin(context.index);
      try {
        const answer = ordinary(call(tier, context));
        void whenSettled(answer, end, end);
        return answer;
      } catch (error) {
        end();
        throw error;
      }
    };
  }
}

/** The pools of a chain; `undefined`: it has none. */
export function keyPoolsOf(chain: readonly Tier[]): KeyPools | undefined {
  const byTier: (KeyPool | undefined)[] = [];
  for (let index = 0; index < chain.length; ) {
    const range = poolOf(chain, index);
    const pool = range.to - range.from > 1 ? new KeyPool(chain, range) : undefined;
    for (; index < range.to; index++) byTier.push(pool);
  }
  return byTier.some((pool) => pool !== undefined) ? new KeyPools(byTier) : undefined;
}
