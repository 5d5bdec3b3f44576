import type { PauseTarget } from '../../ports/failover.js';
import type { Admission, AdmissionFacts, TrialEnd } from '../../ports/monitor-access.js';
import type { EngineClock } from '../time/clock.js';

/** How long one call may keep a trial; then another one may be let through, in milliseconds. */
const LAPSE_MS = 60_000;
/** How long a process keeps the right to a trial that no call of it has become, in milliseconds. */
const IDLE_LEASE_MS = 20_000;
/** And with a call under way: a process that died gives it up. */
const BUSY_LEASE_MS = 90_000;
/** Where another process has the right, it is asked for again after so long, in milliseconds. */
const ASK_AGAIN_MS = 1000;

/** A time before all others. */
const NEVER = Number.NEGATIVE_INFINITY;

/** A call that is let through a pause to find out whether the target works again. Ends once. */
export interface Trial {
  end(how: TrialEnd): void;
}

interface Facts extends AdmissionFacts {
  readonly clock: EngineClock;
  readonly onChange: () => void;
}

/**
 * Lets one call at a time through the pause of one target: one of this process, which has asked the fleet for the
 * right. Times are on the clock's `elapsed`: a wall clock that is set back must keep no trial off.
 */
class OpenAdmission implements Admission {
  readonly target: PauseTarget;
  readonly #facts: Facts;
  #trial: Trial | undefined;
  #lapsesAt = NEVER;
  #leasedUntil = NEVER;
  #askAgainAt = NEVER;
  #asking: Promise<void> | undefined;
  isClosed = false;

  constructor(target: PauseTarget, facts: Facts) {
    this.target = target;
    this.#facts = facts;
  }

  get isTaken(): boolean {
    return this.#trial !== undefined && this.#facts.clock.elapsed() < this.#lapsesAt;
  }

  /** This process has the right to the trial. */
  get isLeased(): boolean {
    return this.#facts.clock.elapsed() < this.#leasedUntil;
  }

  /** Asks for the right, where it is not known who has it. Never rejects. */
  ask(): Promise<void> | undefined {
    if (this.#asking) return this.#asking;
    const isKnown = this.isLeased || this.#facts.clock.elapsed() < this.#askAgainAt;
    if (this.isClosed || this.isTaken || isKnown) return undefined;
    this.#asking = this.#facts.acquire(IDLE_LEASE_MS).then((isOurs) => {
      this.#asking = undefined;
      const answeredAt = this.#facts.clock.elapsed();
      if (isOurs) this.#leasedUntil = answeredAt + IDLE_LEASE_MS;
      else this.#askAgainAt = answeredAt + ASK_AGAIN_MS;
      // Its pause may be over by now.
      if (this.isClosed) this.#giveUp();
    });
    return this.#asking;
  }

  /** Only where it is open, leased and not taken. */
  take(): Trial {
    const { clock, onEnd, onChange, acquire, release } = this.#facts;
    const trial: Trial = {
      end: (how) => {
        // After a lapse another call may have it.
        if (this.#trial !== trial) return;
        this.#trial = undefined;
        if (how === 'unreached') this.#giveUp();
        else this.close();
        onEnd(how);
        onChange();
      },
    };
    this.#trial = trial;
    this.#lapsesAt = clock.elapsed() + LAPSE_MS;
    const askedAt = clock.elapsed();
    void acquire(BUSY_LEASE_MS).then((isOurs) => {
      if (!isOurs) return;
      if (this.#trial === trial) this.#leasedUntil = askedAt + BUSY_LEASE_MS;
      // The trial was over before the answer came.
      else if (!this.isLeased) release();
    });
    onChange();
    return trial;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#giveUp();
    this.#facts.onChange();
  }

  #giveUp(): void {
    if (!this.isLeased) return;
    this.#leasedUntil = NEVER;
    this.#facts.release();
  }
}

/** The pauses that a health monitor lets a call through. Empty but for the time around a canary. */
export class Admissions {
  readonly #clock: EngineClock;
  readonly #onChange: () => void;
  #open: OpenAdmission[] = [];

  constructor(facts: { clock: EngineClock; onChange: () => void }) {
    this.#clock = facts.clock;
    this.#onChange = facts.onChange;
  }

  /** A call may be let through now. */
  get isOpen(): boolean {
    return this.#open.length > 0 && this.#open.some((each) => !each.isTaken);
  }

  open(target: PauseTarget, facts: AdmissionFacts): Admission {
    const onChange = () => {
      this.#open = this.#open.filter(({ isClosed }) => !isClosed);
      this.#onChange();
    };
    const admission = new OpenAdmission(target, { ...facts, clock: this.#clock, onChange });
    this.#open.push(admission);
    this.#onChange();
    return admission;
  }

  /** Before a call that may be a trial: asks for the right to it. `undefined`: there is nothing to ask. */
  prepare(): Promise<void> | undefined {
    const asked = this.#open.flatMap((each) => each.ask() ?? []);
    return asked.length === 0 ? undefined : Promise.all(asked).then(() => undefined);
  }

  /** The admission of a target that this process may use, and no call has taken. */
  find(isWanted: (target: PauseTarget) => boolean): OpenAdmission | undefined {
    return this.#open.find((each) => !each.isTaken && each.isLeased && isWanted(each.target));
  }

  /** Providers whose pause a call may be let through. */
  get providers(): string[] {
    return this.#open.flatMap(({ target, isTaken, isLeased }) =>
      typeof target === 'object' && 'provider' in target && !isTaken && isLeased ? [target.provider] : [],
    );
  }
}
