import type { Tier } from '../../core/config.js';
import { poolOf } from '../../core/tier/pool.js';
import { ordinary, whenSettled } from '../call/ordinary-answer.js';
import { KeyPool } from './key-pool.js';

/** What is known of one attempt at a key. */
interface Attempt {
  readonly index: number;
  /** Called when nobody waits for the attempt any more; it may never end. */
  onGivenUp?: (() => void) | undefined;
}

/** What a host hands in: asks one tier. */
type Call<T extends Tier, C extends Attempt> = (tier: T, context: C) => unknown;

/** The pools of keys of a chain. */
export class KeyPools {
  readonly #byTier: readonly (KeyPool | undefined)[];

  constructor(byTier: readonly (KeyPool | undefined)[]) {
    this.#byTier = byTier;
  }

  /** The pool of a tier; `undefined`: its model has one key. */
  at(index: number): KeyPool | undefined {
    return this.#byTier[index];
  }

  /** Asks one tier; the attempt is counted where its pool goes by that. */
  ask<T extends Tier, C extends Attempt>(call: Call<T, C>, tier: T, context: C): unknown {
    const { index } = context;
    const pool = this.#byTier[index];
    if (pool?.order !== 'least-used') return call(tier, context);
    pool.begin(index);
    let isOver = false;
    const end = () => {
      if (!isOver) pool.end(index);
      isOver = true;
    };
    // A call that never ends must not keep its key from others for good.
    context.onGivenUp = end;
    try {
      const answer = ordinary(call(tier, context));
      void whenSettled(answer, end, end);
      return answer;
    } catch (error) {
      end();
      throw error;
    }
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
