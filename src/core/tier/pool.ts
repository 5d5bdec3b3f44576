import { isSamePair, type Tier } from '../config.js';

/** What makes tiers the keys of one pool: they are one model, and stand together. */
type Pair = Pick<Tier, 'provider' | 'model' | 'order'>;

/** A pool of keys as a range of a chain: the first of them, and the place behind the last. */
export interface PoolRange {
  from: number;
  to: number;
}

/** The pool of a tier; one that shares its model with no neighbour is a pool by itself. */
export function poolOf(chain: readonly Pair[], index: number): PoolRange {
  const tier = chain[index];
  let [from, to] = [index, index + 1];
  if (!tier) return { from, to };
  while (from > 0 && isSamePair(chain[from - 1]!, tier)) from--;
  while (to < chain.length && isSamePair(chain[to]!, tier)) to++;
  return { from, to };
}

/** True for a tier of a pool in which no key is better than another. */
export function isSpread(tier: Pair | undefined): boolean {
  return tier?.order !== undefined && tier.order !== 'fill';
}

/** True for two keys of which none is better. */
export function isEqualRank(chain: readonly Pair[], one: number, other: number): boolean {
  if (one === other) return true;
  if (!isSpread(chain[one])) return false;
  const { from, to } = poolOf(chain, one);
  return other >= from && other < to;
}

/** How many tiers, from the first on, are better than this one. */
export function betterThan(chain: readonly Pair[], index: number): number {
  return isSpread(chain[index]) ? poolOf(chain, index).from : index;
}

/**
 * First tier for which `usable` holds; -1 when there is none. Looks among the other keys of the same model first, then
 * behind them, then from the top.
 */
export function nextTier(chain: readonly Pair[], index: number, usable: (index: number) => boolean): number {
  const { from, to } = poolOf(chain, index);
  for (let at = index + 1; at < to; at++) if (usable(at)) return at;
  for (let at = from; at < index; at++) if (usable(at)) return at;
  for (let at = to; at < chain.length; at++) if (usable(at)) return at;
  for (let at = 0; at < from; at++) if (usable(at)) return at;
  return -1;
}

/** The same order as a list, without the tier itself. `-1`: from the top. */
export function tiersAfter(chain: readonly Pair[], index: number): number[] {
  const order: number[] = [];
  nextTier(chain, index, (at) => {
    order.push(at);
    return false;
  });
  return order;
}
