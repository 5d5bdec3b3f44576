import { credentialKey, tierId, type Tier } from '../../core/config.js';
import { LOOK_INTERVAL_MS } from '../../core/tier/rests/rest.js';

/** What a look finds out about: a retired model, or a credential. */
export function lookKey(tier: Tier, kind: string): string {
  return kind === 'model_unavailable' ? `model:${tierId(tier)}` : credentialKey(tier);
}

/**
 * When this process last looked at what only a person mends, for whichever instance: at most once a minute for each
 * credential and model. Times are on the clock's `elapsed`.
 */
export class Looks {
  #beganAt: Map<string, number> | undefined = undefined;

  isDue(key: string, elapsed: number): boolean {
    return this.dueIn(key, elapsed) <= 0;
  }

  /** Milliseconds until the next look, 0 or less when it is due. */
  dueIn(key: string, elapsed: number): number {
    return (this.#beganAt?.get(key) ?? Number.NEGATIVE_INFINITY) + LOOK_INTERVAL_MS - elapsed;
  }

  begin(key: string, elapsed: number): void {
    this.#beganAt ??= new Map();
    this.#beganAt.set(key, elapsed);
  }

  /** The tier has answered: the next instance need not wait. */
  clear(tier: Tier): void {
    this.#beganAt?.delete(credentialKey(tier));
    this.#beganAt?.delete(`model:${tierId(tier)}`);
  }
}
