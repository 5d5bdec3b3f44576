import type { Tier } from '../../core/config.js';
import { poolOf } from '../../core/tier/pool.js';
import { ordinary, whenSettled } from '../call/ordinary-answer.js';
import { KeyPool } from './key-pool.js';

/** What a host hands in: asks one tier. */
type Call<T extends Tier, C extends { readonly index: number }> = (tier: T, context: C) => unknown;

/** The pools of keys of a chain. */
export class KeyPools {
  readonly #byTier: readonly (KeyPool | undefined)[];
  readonly #counts: boolean;

  constructor(byTier: readonly (KeyPool | undefined)[]) {
    this.#byTier = byTier;
    this.#counts = byTier.some((pool) => pool?.order === 'least-used');
  }

  /** The pool of a tier; `undefined`: it is in none of these. */
  at(index: number): KeyPool | undefined {
    return this.#byTier[index];
  }

  /** The same call, counted where a pool goes by that. */
  counted<T extends Tier, C extends { readonly index: number }>(call: Call<T, C>): Call<T, C> {
    if (!this.#counts) return call;
    return (tier, context) => {
      const pool = this.#byTier[context.index];
      if (!pool) return call(tier, context);
      const end = () => pool.end(context.index);
      pool.begin(context.index);
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
