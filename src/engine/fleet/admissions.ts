import type { PauseTarget } from '../../ports/failover.js';
import type { Admission, TrialEnd } from '../../ports/monitor-access.js';
import type { Clock } from '../../ports/clock.js';

/** How long one call may keep a trial; then another one may be let through, in milliseconds. */
const LAPSE_MS = 60_000;

/** A call that is let through a pause to find out whether the target works again. Ends once. */
export interface Trial {
  end(how: TrialEnd): void;
}

/** Lets one call at a time through the pause of one target. */
class OpenAdmission implements Admission {
  readonly target: PauseTarget;
  readonly #facts: { clock: Clock; onEnd: (end: TrialEnd) => void; onChange: () => void };
  #trial: Trial | undefined;
  #lapsesAt = 0;
  isClosed = false;

  constructor(target: PauseTarget, facts: { clock: Clock; onEnd: (end: TrialEnd) => void; onChange: () => void }) {
    this.target = target;
    this.#facts = facts;
  }

  get isTaken(): boolean {
    return this.#trial !== undefined && this.#facts.clock.now() < this.#lapsesAt;
  }

  /** Only where it is open and not taken. */
  take(): Trial {
    const trial: Trial = {
      end: (how) => {
        // After a lapse another call may have it.
        if (this.#trial !== trial) return;
        this.#trial = undefined;
        if (how !== 'unreached') this.close();
        this.#facts.onEnd(how);
        this.#facts.onChange();
      },
    };
    this.#trial = trial;
    this.#lapsesAt = this.#facts.clock.now() + LAPSE_MS;
    this.#facts.onChange();
    return trial;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#facts.onChange();
  }
}

/** The pauses that a health monitor lets a call through. Empty but for the moment of a canary. */
export class Admissions {
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #open: OpenAdmission[] = [];

  constructor(facts: { clock: Clock; onChange: () => void }) {
    this.#clock = facts.clock;
    this.#onChange = facts.onChange;
  }

  /** A call may be let through now. */
  get isOpen(): boolean {
    return this.#open.length > 0 && this.#open.some((each) => !each.isTaken);
  }

  open(target: PauseTarget, onEnd: (end: TrialEnd) => void): Admission {
    const onChange = () => {
      this.#open = this.#open.filter(({ isClosed }) => !isClosed);
      this.#onChange();
    };
    const admission = new OpenAdmission(target, { clock: this.#clock, onEnd, onChange });
    this.#open.push(admission);
    this.#onChange();
    return admission;
  }

  /** The open admission of a target that no call has taken. */
  find(isWanted: (target: PauseTarget) => boolean): OpenAdmission | undefined {
    return this.#open.find((each) => !each.isTaken && isWanted(each.target));
  }

  /** Providers whose pause a call may be let through. */
  get providers(): string[] {
    return this.#open.flatMap(({ target, isTaken }) =>
      typeof target === 'object' && 'provider' in target && !isTaken ? [target.provider] : [],
    );
  }
}
