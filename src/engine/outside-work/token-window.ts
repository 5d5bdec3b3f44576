import { TOKEN_BUDGET } from '../../core/kinds.js';
import type { State } from '../../core/tier/state.js';

/** What this process knows of an instance's token budget in the present window. */
export class TokenWindow {
  #startAt = Number.NaN;
  #count = 0;
  /** The end of the window whose budget has put a tier to rest, epoch milliseconds. */
  #steppedUntil = Number.NEGATIVE_INFINITY;
  /** The end of the window whose limit an operator has lifted. */
  #waivedUntil = Number.NEGATIVE_INFINITY;

  /** Counts tokens in the window that began at `startAt`; what this process has counted in it. */
  add(startAt: number, tokens: number): number {
    if (this.#startAt !== startAt) {
      this.#startAt = startAt;
      this.#count = 0;
    }
    this.#count += tokens;
    return this.#count;
  }

  /** The state has changed. */
  follow(state: State): void {
    this.#steppedUntil = Math.max(this.#steppedUntil, steppedUntil(state));
  }

  /** An operator has reset the instance: a limit that had stepped it is lifted for the rest of its window. */
  reset(): void {
    this.#waivedUntil = this.#steppedUntil;
    this.#steppedUntil = Number.NEGATIVE_INFINITY;
  }

  /** True when the budget of the window that ends at `until` has had its effect, or was lifted. */
  isSettled(until: number): boolean {
    return this.#steppedUntil >= until || this.#waivedUntil >= until;
  }
}

/** Until when a token budget keeps calls off a tier. */
function steppedUntil(state: State): number {
  let until = Number.NEGATIVE_INFINITY;
  for (const tier of state.tiers) {
    if (tier.lastFailureKind !== TOKEN_BUDGET) continue;
    until = Math.max(until, tier.restUntil ?? until, tier.cooldownUntil ?? until);
  }
  return until;
}
