import type { Random } from '../../ports/clock.js';

/** A number of the normal distribution with mean 0 and spread 1 (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Time to the next event of a Poisson process of this rate. */
export function untilNext(rate: number, random: Random): number {
  return -Math.log(1 - random()) / rate;
}

/** One of these, of which there is at least one, by weight. */
export function pick<T>(items: readonly T[], weightOf: (item: T) => number, random: Random): T {
  let left = items.reduce((sum, item) => sum + weightOf(item), 0) * random();
  for (const item of items) {
    left -= weightOf(item);
    if (left < 0) return item;
  }
  return items.at(-1)!;
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
