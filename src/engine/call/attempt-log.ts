import type { Tier } from '../../core/config.js';
import type { Attempt } from '../../core/errors.js';
import type { TierState } from '../../core/tier/state.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import type { Failure, SdkRetry } from './walk-view.js';

/** What one call leaves behind: its list of attempts, the events it tells, the outcomes it records. */
export class CallReport<T extends Tier> {
  readonly attempts: Attempt[] = [];
  readonly #engine: Engine<T>;
  readonly #instance: Instance;
  readonly #session: string | undefined;
  /** A failure that was told of before the wait for a retry that then was not to be. */
  #noted: Failure | undefined;
  /** Its tier when the present attempt began; absent while that is the one that went the direct way. */
  #before: TierState | undefined;

  constructor(engine: Engine<T>, instance: Instance, session: string | undefined) {
    this.#engine = engine;
    this.#instance = instance;
    this.#session = session;
  }

  /** An attempt begins. */
  begins(index: number): void {
    this.#before = this.#instance.ledger.state.tiers[index];
  }

  /** Puts a failed attempt on the list and tells of it, once. */
  failed(failure: Failure): void {
    if (failure === this.#noted) return;
    this.#noted = failure;
    const { index, verdict, endedAt, startedAt } = failure;
    const durationMs = endedAt - startedAt;
    const { kind, retryAfterMs, status, code } = verdict;
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    this.sdkRetries(index, failure.sdkRetries);
    this.attempts.push({ tier: this.#engine.ids[index]!, index, ok: false, kind, ...wait, durationMs });
    this.#engine.emitter.emit('attempt-failed', {
      ...this.#subject(),
      tier: this.#instance.names[index]!,
      kind,
      rule: verdict.evidence?.rule ?? 'none',
      ...(status === undefined ? {} : { status }),
      ...(code === undefined ? {} : { code }),
      ...wait,
      durationMs,
      at: endedAt,
    });
  }

  /** Puts tries an SDK made behind our back on the list. */
  sdkRetries(index: number, tries: readonly SdkRetry[]): void {
    for (const each of tries) this.attempts.push({ tier: this.#engine.ids[index]!, index, ok: false, ...each });
  }

  answered(index: number, durationMs: number): void {
    this.attempts.push({ tier: this.#engine.ids[index]!, index, ok: true, durationMs });
  }

  retrying(failure: Failure, attempt: number, delayMs: number): void {
    this.#engine.emitter.emit('retry', {
      ...this.#subject(),
      tier: this.#instance.names[failure.index]!,
      kind: failure.verdict.kind,
      attempt,
      delayMs,
      at: this.#engine.clock.now(),
    });
  }

  /** Told once, until a tier has answered again. */
  exhausted(last: Failure | undefined, retryAt: number | null): void {
    if (!this.#instance.markExhausted()) return;
    const { clock, config, emitter } = this.#engine;
    emitter.emit('exhausted', {
      ...this.#subject(),
      ...(last ? { kind: last.verdict.kind } : {}),
      policy: config.policy.onExhausted,
      retryAt,
      at: clock.now(),
      origin: 'local',
    });
  }

  recordFailure({ index, verdict, startedAt }: Failure): void {
    const { kind, scope, retryAfterMs } = verdict;
    const outcome = { tier: index, ok: false as const, kind, scope, startedAt };
    this.#instance.recordAttempt(
      retryAfterMs === undefined ? outcome : { ...outcome, retryAfterMs },
      this.#engine.clock.now(),
      this.#session,
      this.#before,
    );
  }

  /** Records a success where it can change anything. */
  recordSuccess(index: number, startedAt: number): void {
    const { clock } = this.#engine;
    if (index === this.#instance.directIndex && clock.elapsed() < this.#instance.directUntil) return;
    this.#instance.recordAttempt({ tier: index, ok: true, startedAt }, clock.now(), this.#session, this.#before);
  }

  #subject(): { instance: string; session?: string } {
    const { name } = this.#instance;
    return this.#session === undefined ? { instance: name } : { instance: name, session: this.#session };
  }
}
