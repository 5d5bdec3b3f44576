import type { FaultRun } from './faults.js';

/** The result of one simulated run. Times are milliseconds. */
export interface SimulationResult {
  /** Name of the fault. */
  fault: string;
  /** Logical calls. */
  calls: number;
  /** Logical calls that ended in an error. */
  failedCalls: number;
  /** Share of logical calls that got an answer, 0 to 1. */
  successRate: number;
  /** Attempts per logical call, 1 at best. */
  attemptsPerCall: number;
  /** Attempts that a worker made during a wait which the provider had named to that worker. */
  violatedWaits: number;
  /** Attempts during a wait which the provider had named to any worker: 0 for a fleet that shares rests. */
  violatedByAnyone: number;
  /** Attempts at the first tier that failed. */
  failedAttempts: number;
  /** Answers of the first tier to calls that arrived during the fault. */
  primaryAnswers: number;
  /** The most answers that the first tier could have given during the fault. */
  answerable: number;
  /** Share of the calls that the first tier answered while it was healthy, over the whole run, 0 to 1. */
  goodTimeUsed: number;
  /** From the start of the fault until the last worker left the first tier; `null`: one never did. */
  stepDownMs: number | null;
  /** From the end of the fault to a worker's next answer from the first tier, mean; `null`: one never returned. */
  backMs: number | null;
  /** Mean duration of the logical calls. */
  latencyMs: number;
  /** Mean duration of the logical calls that arrived during the fault; 0 where none did. */
  faultLatencyMs: number;
  /** Attempts at each tier, best first. */
  load: number[];
}

interface WorkerFacts {
  waitUntil: number;
  leftAt: number | null;
  backAt: number | null;
}

/** Counts what happens while a simulation runs. Times are milliseconds since it began. */
export class Measure {
  readonly #run: FaultRun;
  readonly #workers: WorkerFacts[];
  readonly #load: number[];
  #calls = 0;
  #failedCalls = 0;
  #violatedWaits = 0;
  #violatedByAnyone = 0;
  #anyWaitUntil = 0;
  #failedAttempts = 0;
  #primaryAnswers = 0;
  #goodCalls = 0;
  #goodAnswers = 0;
  #latencyMs = 0;
  #faultCalls = 0;
  #faultLatencyMs = 0;

  constructor(run: FaultRun, workers: number, tiers: number) {
    this.#run = run;
    this.#workers = Array.from({ length: workers }, () => ({ waitUntil: 0, leftAt: null, backAt: null }));
    this.#load = Array.from({ length: tiers }, () => 0);
  }

  attempt(worker: number, tier: number, atMs: number): void {
    this.#load[tier]! += 1;
    if (tier !== 0) return;
    if (atMs < this.#workers[worker]!.waitUntil) this.#violatedWaits++;
    if (atMs < this.#anyWaitUntil) this.#violatedByAnyone++;
  }

  /** An attempt at the first tier failed; the provider asked for `waitMs`. */
  failed(worker: number, atMs: number, waitMs: number): void {
    this.#failedAttempts++;
    const facts = this.#workers[worker]!;
    facts.waitUntil = Math.max(facts.waitUntil, atMs + waitMs);
    this.#anyWaitUntil = Math.max(this.#anyWaitUntil, atMs + waitMs);
  }

  left(worker: number, atMs: number): void {
    if (atMs >= this.#run.startMs) this.#workers[worker]!.leftAt ??= atMs;
  }

  /** A logical call that arrived at `cameMs` was answered by `tier`, or (`null`) ended in an error. */
  ended(worker: number, cameMs: number, atMs: number, tier: number | null): void {
    const { startMs, endMs } = this.#run;
    this.#calls++;
    this.#latencyMs += atMs - cameMs;
    if (tier === null) this.#failedCalls++;
    const isDuring = cameMs >= startMs && cameMs < endMs;
    if (isDuring) {
      this.#faultCalls++;
      this.#faultLatencyMs += atMs - cameMs;
    }
    if (isDuring && tier === 0) this.#primaryAnswers++;
    if (!isDuring || this.#run.isGood(cameMs)) {
      this.#goodCalls++;
      if (tier === 0) this.#goodAnswers++;
    }
    if (tier === 0 && cameMs >= endMs) this.#workers[worker]!.backAt ??= atMs;
  }

  result(fault: string, callsPerSecond: number): SimulationResult {
    const attempts = this.#load.reduce((sum, count) => sum + count, 0);
    const { startMs, endMs } = this.#run;
    return {
      fault,
      calls: this.#calls,
      failedCalls: this.#failedCalls,
      successRate: share(this.#calls - this.#failedCalls, this.#calls),
      attemptsPerCall: share(attempts, this.#calls),
      violatedWaits: this.#violatedWaits,
      violatedByAnyone: this.#violatedByAnyone,
      failedAttempts: this.#failedAttempts,
      primaryAnswers: this.#primaryAnswers,
      answerable: Math.round(this.#run.answerable(callsPerSecond)),
      goodTimeUsed: share(this.#goodAnswers, this.#goodCalls),
      stepDownMs: latest(
        this.#workers.map((worker) => worker.leftAt),
        startMs,
      ),
      backMs: mean(
        this.#workers.map((worker) => worker.backAt),
        endMs,
      ),
      latencyMs: share(this.#latencyMs, this.#calls),
      faultLatencyMs: this.#faultCalls === 0 ? 0 : this.#faultLatencyMs / this.#faultCalls,
      load: this.#load,
    };
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

function latest(times: readonly (number | null)[], from: number): number | null {
  const known = times.filter((time) => time !== null);
  return known.length < times.length ? null : Math.max(...known) - from;
}

function mean(times: readonly (number | null)[], from: number): number | null {
  const known = times.filter((time) => time !== null);
  return known.length < times.length ? null : known.reduce((sum, time) => sum + time - from, 0) / times.length;
}
