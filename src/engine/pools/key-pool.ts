import { hash53 } from '../../core/activity/fingerprint.js';
import { credentialKey, type KeyOrder, type Tier } from '../../core/config.js';

/** Several keys of one model: says which of them a call uses. */
export class KeyPool {
  /** Its place in the chain: the first key, and the place behind the last. */
  readonly from: number;
  readonly to: number;
  readonly order: KeyOrder;
  /** No key is better than another. */
  readonly isSpread: boolean;
  readonly #keys: readonly Key[];
  /** The use of the key that was begun last: one that has rested does not catch up on what it missed. */
  #uses = 0;

  constructor(chain: readonly Tier[], { from, to }: { from: number; to: number }) {
    this.from = from;
    this.to = to;
    this.order = chain[from]?.order ?? 'fill';
    this.isSpread = this.order !== 'fill';
    this.#keys = chain.slice(from, to).map((tier) => ({ hash: hash53(credentialKey(tier)) | 0, underWay: 0, uses: 0 }));
  }

  /** The key for a session, or for a call without one, of those that are usable; -1 when none is. */
  pick(session: string, usable: (index: number) => boolean): number {
    if (this.order === 'session') return this.#ownKey(session, usable);
    return this.order === 'fill' ? this.#first(usable) : this.#leastUsed(usable);
  }

  has(index: number): boolean {
    return index >= this.from && index < this.to;
  }

  /** A call begins to use a key. */
  begin(index: number): void {
    const key = this.#keys[index - this.from]!;
    key.underWay++;
    this.#uses = Math.max(key.uses, this.#uses);
    key.uses = this.#uses + 1;
  }

  end(index: number): void {
    this.#keys[index - this.from]!.underWay--;
  }

  /**
   * The highest of random weights that the session and each key have together (rendezvous hashing): while a key works
   * its sessions stay there, and those of one that does not are spread over all others.
   */
  #ownKey(session: string, usable: (index: number) => boolean): number {
    const hash = hash53(session) | 0;
    let best = -1;
    let highest = -1;
    for (let at = 0; at < this.#keys.length; at++) {
      const weight = mixed(hash ^ this.#keys[at]!.hash);
      if (weight <= highest || !usable(this.from + at)) continue;
      highest = weight;
      best = this.from + at;
    }
    return best;
  }

  #first(usable: (index: number) => boolean): number {
    for (let index = this.from; index < this.to; index++) if (usable(index)) return index;
    return -1;
  }

  #leastUsed(usable: (index: number) => boolean): number {
    let index = -1;
    let underWay = Number.POSITIVE_INFINITY;
    let uses = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.#keys.length; at++) {
      const key = this.#keys[at]!;
      const isLess = key.underWay < underWay || (key.underWay === underWay && key.uses < uses);
      if (!isLess || !usable(this.from + at)) continue;
      index = this.from + at;
      ({ underWay, uses } = key);
    }
    return index;
  }
}

interface Key {
  readonly hash: number;
  /** Calls of this process that have neither answered nor been given up; one that gave a stream has answered. */
  underWay: number;
  /** Calls that used it so far. */
  uses: number;
}

/** Spreads the bits of a whole number over 32 (the finisher of MurmurHash3). */
function mixed(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
