import { chain } from './steps.ts';
import type { Member } from './member.ts';

/** A rule of the contract that a run has broken. */
export class BrokenRule extends Error {
  readonly rule: string;

  constructor(rule: string, detail: string) {
    super(`${rule}: ${detail}`);
    this.rule = rule;
  }
}

interface Wait {
  index: number;
  /** When the provider named it, on the one true clock. */
  at: number;
  ms: number;
  /** How far the process' clock had been set forward by then. */
  forwardMs: number;
}

interface Pause {
  process: Member;
  /** When the action had ended, stored or not: from then on it holds in its process. */
  settledAt: number;
  isStored: boolean;
}

/** What is known of one instance from outside: what providers said, what persons asked for, what was used. */
export class Expectations {
  readonly #waits = new Map<Member, Wait[]>();
  readonly #answers: { process: Member; index: number; at: number }[] = [];
  readonly #failedAt = new Map<string, number>();
  /** Failures that processes were told of, by tier; an upper bound of what may be counted. */
  readonly failures: number[] = chain.map(() => 0);
  #pause: Pause | undefined;
  /** Actions of persons that lift, which are under way or may be stored later. */
  #lifting = 0;
  #pausing = 0;
  #lifts = 0;

  /** A provider named a wait. */
  wait(process: Member, index: number, ms: number, at: number): void {
    const waits = this.#waits.get(process) ?? [];
    waits.push({ index, at, ms: Math.max(ms, 1000), forwardMs: process.forwardMs });
    this.#waits.set(process, waits);
  }

  failed(process: Member, index: number, at: number): void {
    this.failures[index]! += 1;
    this.#failedAt.set(`${process.id} ${index}`, at);
  }

  answered(process: Member, index: number, at: number): void {
    this.#answers.push({ process, index, at });
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

  /** A person resumes or resets. */
  lift(isReset: boolean): (isStored: boolean) => void {
    this.#lifting += 1;
    this.#lifts += 1;
    this.#pause = undefined;
    if (isReset) this.#waits.clear();
    return (isStored) => {
      // What was not stored is stored when the store is back, whatever comes first.
      if (isStored) this.#lifting -= 1;
      this.#pause = undefined;
      if (isReset) this.#waits.clear();
    };
  }

  /** All that was pending is stored. */
  settle(): void {
    if (this.#pausing === 0) this.#lifting = 0;
  }

  /** A process asks a tier, in a call that began at `callAt`; `leewayMs`: how much too early it may do so. */
  checkAsk(process: Member, index: number, times: { now: number; callAt: number; leewayMs: number }): void {
    const { now, callAt, leewayMs } = times;
    for (const { at, ms, forwardMs, index: waiting } of this.#waits.get(process) ?? []) {
      const leftMs = at + ms - now - (process.forwardMs - forwardMs) - leewayMs;
      if (waiting === index && now > at && leftMs > 0 && this.#lifting === 0) {
        throw new BrokenRule(
          'a wait that the provider named is obeyed',
          `${chain[index]} asked ${leftMs} ms too early`,
        );
      }
    }
    const pause = this.#standing;
    if (!pause) return;
    const isOwn = pause.process === process && now > pause.settledAt;
    const isRead = pause.isStored && process.goodSince < pause.settledAt - 40_000 && callAt > pause.settledAt + 5000;
    if (isOwn || isRead) throw new BrokenRule('no call while a person has paused', `${chain[index]} asked`);
  }

  checkAvailable(process: Member): void {
    if (this.#standing?.process === process)
      throw new BrokenRule('all-clear only when calls may go', 'available was told while a person has paused');
  }

  checkUp(process: Member, to: number, now: number): void {
    const failedAt = this.#failedAt.get(`${process.id} ${to}`) ?? 0;
    const isProven = this.#answers.some(({ index, at }) => index === to && at >= failedAt && at <= now);
    if (!isProven) throw new BrokenRule('up is told after an answer', `${chain[to]} has not answered since it failed`);
  }

  /** The stored pauses must have what a person was told is stored. */
  checkStored(sources: readonly string[]): void {
    if (this.#standing?.isStored && !sources.includes('operator'))
      throw new BrokenRule('a stored pause of a person stays until a person lifts it', 'it is gone from the store');
  }

  /** True where a person's pause may stand. */
  get mayBePaused(): boolean {
    return this.#pause !== undefined || this.#pausing > 0;
  }

  get #standing(): Pause | undefined {
    return this.#lifting === 0 && this.#pause && (this.#pause.isStored || !this.#pause.process.isDead)
      ? this.#pause
      : undefined;
  }
}
