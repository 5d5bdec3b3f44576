import type { CheckFunctions } from '../load-checks.js';
import type { Clock } from '../ports/clock.js';
import { Problem } from './answers/problem.js';
import type { OperatorChecks } from './services.js';

/** Runs the checks and keeps the book of alerts, one run at a time. */
export class ChecksRunner {
  readonly #checks: OperatorChecks | undefined;
  readonly #load: () => Promise<CheckFunctions>;
  readonly #clock: Clock;
  #running: Promise<unknown> | undefined;
  #checkedAt: number | null = null;

  constructor(facts: {
    checks: OperatorChecks | undefined;
    clock: Clock;
    /** Loads what judges: a server without checks never does. */
    load: () => Promise<CheckFunctions>;
  }) {
    this.#checks = facts.checks;
    this.#load = facts.load;
    this.#clock = facts.clock;
  }

  /** When the newest run that the book or this process knows of was, epoch milliseconds. */
  async checkedAt(): Promise<number | null> {
    const kept = (await this.#given().book.checkedAt?.()) ?? null;
    if (kept === null || this.#checkedAt === null) return kept ?? this.#checkedAt;
    return Math.max(kept, this.#checkedAt);
  }

  /** Runs them now; who asks meanwhile is given the same result. */
  run(): Promise<unknown> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async report(instance: string, hours: number): Promise<{ report: object | null; markdown: string | null }> {
    const { source } = this.#given();
    const { failureReport, renderFailureReport } = await this.#load();
    const report = await failureReport(source, { instance, hours, now: this.#clock.now() });
    return { report, markdown: report && renderFailureReport(report) };
  }

  async #run(): Promise<unknown> {
    const { source, book } = this.#given();
    const { runChecks } = await this.#load();
    const now = this.#clock.now();
    const result = await runChecks(source, { now });
    await book.update(result as never);
    this.#checkedAt = now;
    return result;
  }

  #given(): OperatorChecks {
    if (!this.#checks) throw new Problem(404, 'This server has no checks.');
    return this.#checks;
  }
}
