import type { Trial } from './admissions.js';

/** What a call that was let through a monitor's pause tries out. */
export class Canary {
  /** The tier it begins at. */
  index: number;
  /** It was let through the pause of everything, or of its instance: for all of its walk. */
  readonly ignoresPauses: boolean;
  readonly #walk: readonly Trial[];
  readonly #provider: Trial | undefined;

  constructor(index: number, walk: readonly Trial[], provider: Trial | undefined) {
    this.index = index;
    this.ignoresPauses = walk.length > 0;
    this.#walk = walk;
    this.#provider = provider;
  }

  /** True for an attempt that nothing but this trial let through. */
  covers(index: number): boolean {
    return this.ignoresPauses || index === this.index;
  }

  /** The chain was changed, and this is where its tier is; -1: nowhere, so that nobody can report an end. */
  moveTo(index: number): void {
    this.index = index;
    if (index < 0) this.end(false);
  }

  /** A tier has answered; of a stream: its first content is out. */
  answered(index: number): void {
    if (index === this.index) this.#provider?.end('answered');
    for (const trial of this.#walk) trial.end('answered');
  }

  /** An attempt failed. An answer that only says something about the call proves nothing. */
  failed(index: number, isEvidence: boolean): void {
    if (index === this.index && isEvidence) this.#provider?.end('failed');
  }

  /** The call is over: what has not been decided is given back, or has failed. */
  end(isEvidence: boolean): void {
    this.#provider?.end('unreached');
    for (const trial of this.#walk) trial.end(isEvidence ? 'failed' : 'unreached');
  }
}
