import type { Random } from '../../ports/clock.js';
import { checkOptions, wholeNumber } from '../check-options.js';

/**
 * Random numbers that repeat: the same seed gives the same numbers (mulberry32).
 *
 * @throws {ConfigError} `seed` is no whole number
 */
export function createSeededRandom(seed: number): Random {
  checkOptions({ seed }, { seed: wholeNumber });
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A number between the two ends of a range, evenly spread; a single number is itself. */
export function within(range: NumberRange, random: Random): number {
  if (typeof range === 'number') return range;
  const [from, to] = range;
  return from + (to - from) * random();
}

/** Milliseconds: fixed, or drawn anew from `[from, to]`. */
export type NumberRange = number | readonly [from: number, to: number];
