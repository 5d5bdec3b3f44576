import { BrokenRule } from './broken-rule.ts';
import type { Member } from './member.ts';

interface Pause {
  process: Member;
  /** When the action had ended, stored or not: from then on it holds in its process. */
  settledAt: number;
  isStored: boolean;
}

/** What persons have asked for: a pause of one target, and that it is lifted. */
export class PersonPause {
  readonly #target: string;
  #pause: Pause | undefined;
  /** Actions that lift, which are under way or may be stored later. */
  #lifting = 0;
  #pausing = 0;
  #lifts = 0;

  constructor(target: string) {
    this.#target = target;
  }

  /** A person pauses. Returns what is to be called when the action has ended. */
  pause(process: Member): (isStored: boolean, at: number) => void {
    const isCertain = this.#lifting === 0;
    const lifts = this.#lifts;
    this.#pausing += 1;
    return (isStored, at) => {
      this.#pausing -= 1;
      // A resume or reset that began meanwhile may come after it or before it.
      if (isCertain && this.#lifts === lifts && !process.isDead) this.#pause = { process, settledAt: at, isStored };
    };
  }

  /** A person resumes or resets. Returns what is to be called when the action has ended. */
  lift(): (isStored: boolean) => void {
    this.#lifting += 1;
    this.#lifts += 1;
    this.#pause = undefined;
    return (isStored) => {
      // What was not stored is stored when the store is back, whatever comes first.
      if (isStored) this.#lifting -= 1;
      this.#pause = undefined;
    };
  }

  /** All that was pending is stored. */
  settle(): void {
    if (this.#pausing === 0) this.#lifting = 0;
  }

  /** A process asks a tier that this covers, in a call that began at `callAt`. */
  checkAsk(process: Member, tier: string, now: number, callAt: number): void {
    const pause = this.#standing;
    if (!pause) return;
    const isOwn = pause.process === process && now > pause.settledAt;
    const isRead = pause.isStored && process.goodSince < pause.settledAt - 40_000 && callAt > pause.settledAt + 5000;
    if (isOwn || isRead) throw new BrokenRule('no call while a person has paused', `${this.#target}, ${tier} asked`);
  }

  /** A process says that calls may go. */
  checkOpen(process: Member, what: string): void {
    if (this.#standing?.process === process)
      throw new BrokenRule('all-clear only when calls may go', `${what} while a person has paused ${this.#target}`);
  }

  /** The stored pauses must have what a person was told is stored. */
  checkStored(sources: readonly string[]): void {
    if (this.#standing?.isStored && !sources.includes('operator'))
      throw new BrokenRule('a stored pause of a person stays until a person lifts it', `${this.#target}: it is gone`);
  }

  get #standing(): Pause | undefined {
    return this.#lifting === 0 && this.#pause && (this.#pause.isStored || !this.#pause.process.isDead)
      ? this.#pause
      : undefined;
  }
}
