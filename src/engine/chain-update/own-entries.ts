import { identityOf, type Tier } from '../../core/config.js';
import { storedTier, storedTierFields } from '../../schema/stored/stored-config.js';

/**
 * The tiers as this process has written them, in code or in an update of its own: a store keeps no field of the host's,
 * so a stored tier gets them from the entry of the same provider, model and credential.
 */
export class OwnEntries {
  readonly #byIdentity = new Map<string, Tier>();

  /** Takes entries in; the last one of an identity stands. */
  add(chain: readonly Tier[]): void {
    for (const tier of chain) this.#byIdentity.set(keyOf(tier), tier);
  }

  /** A tier with the host's fields that it lacks; the very entry where nothing differs. */
  complete(tier: Tier): Tier {
    const own = this.#byIdentity.get(keyOf(tier));
    if (!own) return tier;
    const isWhole = Object.keys(tier).every(isStored) && isSame(storedTier(own), storedTier(tier));
    if (isWhole) return own;
    const hosts = Object.fromEntries(Object.entries(own).filter(([key]) => !isStored(key)));
    return { ...hosts, ...tier };
  }
}

function isStored(key: string): boolean {
  return (storedTierFields as readonly string[]).includes(key);
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function keyOf(tier: Tier): string {
  const { provider, model, credential } = identityOf(tier);
  return JSON.stringify([provider, model, credential]);
}
