import type { AnswerFailure } from '../../core/answers/answer-format.js';
import { failureOfAnswer } from '../../core/answers/formats.js';
import type { Tier } from '../../core/config.js';
import { AttemptTimeoutError, ConfigError, configError, PausedError } from '../../core/errors.js';
import { isoTime } from '../../core/error-text.js';
import { isStream } from '../../core/is-stream.js';
import { isKind } from '../../core/kinds.js';
import { firmRestEnd } from '../../core/tier/rests/rest.js';
import { FOREVER } from '../../core/tier/state.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { DrillOptions, DrillResult } from '../../ports/failover.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import { freshInstance } from './fresh-instance.js';
import { leaveStream } from '../stream/leave-stream.js';
import { openStream } from '../stream/open-stream.js';
import type { StreamHost } from '../stream/relay.js';
import { bounded } from '../time/waits.js';
import { Context } from './call-context.js';
import { isSignal } from './call-options.js';
import type { Call } from './call-state.js';
import { failedAttempt } from './attempt/failed-attempt.js';
import { rejectAnswer } from './verdict/judge.js';

/** How long a tier may take where nobody says it, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Asks every tier once, one after the other, and says which of them answer. Changes no state, event or count. A
 * cooldown keeps it off no tier; a wait that a provider named, a hold or a pause does.
 */
export async function drill<T extends Tier>(
  begun: Engine<T>,
  name: string,
  call: Call<T>,
  given: DrillOptions,
): Promise<DrillResult[]> {
  if (typeof call !== 'function') throw configError('call', 'expected a function (tier, context) => answer');
  const options = checkDrill(given);
  options.signal?.throwIfAborted();
  const { engine, instance } = await freshInstance(begun, name);
  const results: DrillResult[] = [];
  for (const index of engine.config.chain.keys()) {
    const pause = engine.pauseOf(instance);
    if (pause) throw new PausedError({ instance: name, ...pause });
    results.push(notAsked(engine, instance, index) ?? (await ask(engine, index, call, options)));
  }
  return results;
}

/** The report of a tier that nobody may ask now; `undefined`: it may be asked. */
function notAsked<T extends Tier>(engine: Engine<T>, instance: Instance, index: number): DrillResult | undefined {
  const state = instance.stateRecord.state.tiers[index];
  if (!state) return undefined;
  const until = firmRestEnd(state, engine.config.chain[index], instance.rests);
  const now = engine.clock.now();
  if (until <= now) return undefined;
  const { lastFailureKind: kind, retryAfterUntil } = state;
  const isWait = (retryAfterUntil ?? now) > now;
  const why = isWait ? 'its provider asked to be left alone' : 'it is held or paused, or rests for all instances';
  const end = until >= FOREVER ? '' : ` until ${isoTime(until)}`;
  return {
    tier: engine.ids[index]!,
    ok: false,
    ...(isWait && isKind(kind) ? { kind } : {}),
    durationMs: 0,
    message: `not asked: ${why}${end}`,
  };
}

async function ask<T extends Tier>(
  engine: Engine<T>,
  index: number,
  call: Call<T>,
  { signal, timeoutMs = engine.config.policy.attemptTimeoutMs ?? DEFAULT_TIMEOUT_MS }: DrillOptions,
): Promise<DrillResult> {
  const { clock, config } = engine;
  const tier = engine.ids[index]!;
  // Nothing is learnt from it.
  const context = new Context({ config, clock, ids: engine.ids }, index, 1, clock.elapsed());
  try {
    await bounded(async () => look(engine, context, await call(config.chain[index]!, context)), {
      clock,
      signal,
      limitMs: timeoutMs,
      late: () => new AttemptTimeoutError({ tier, afterMs: timeoutMs }),
      stop: (reason) => context.stop(reason),
    });
    return { tier, ok: true, durationMs: context.endTimes().durationMs };
  } catch (error) {
    signal?.throwIfAborted();
    const { verdict, durationMs } = failedAttempt(engine, context, error);
    return { tier, ok: false, kind: verdict.kind, durationMs, message: verdict.message };
  }
}

/** Looks at an answer, at a stream up to its first content. @throws what it failed with */
async function look<T extends Tier>(engine: Engine<T>, context: Context<T>, value: unknown): Promise<void> {
  const tier = engine.ids[context.index]!;
  const reject = (answer: unknown, failure: AnswerFailure) => rejectAnswer(tier, answer, failure, engine);
  if (isStream(value)) return leaveStream(await openStream(value, new Onlooker(engine, context, tier, reject)));
  const failure = typeof value === 'object' && value !== null ? failureOfAnswer(value) : undefined;
  if (failure) throw reject(value, failure);
}

/** A stream of which nothing is recorded. */
class Onlooker<T extends Tier> implements StreamHost {
  readonly options = {};
  readonly judges = false;
  readonly onChunk = undefined;
  readonly clock;
  readonly logger;
  readonly tier: string;
  readonly reject: StreamHost['reject'];
  readonly attempt: Context<T>;

  constructor(engine: Engine<T>, context: Context<T>, tier: string, reject: StreamHost['reject']) {
    this.clock = engine.clock;
    this.logger = engine.logger;
    this.tier = tier;
    this.reject = reject;
    this.attempt = context;
  }

  judge(): undefined {
    return undefined;
  }

  keep(): void {}

  onJudged(): void {}

  onEnd(): void {}

  onError(error: unknown): unknown {
    return error;
  }

  onLeave(): void {}
}

function checkDrill(given: DrillOptions): DrillOptions {
  if (typeof given !== 'object' || given === null) throw configError('options', 'expected { signal?, timeoutMs? }');
  const { signal, timeoutMs } = given;
  const issues = unknownOptions(given, ['signal', 'timeoutMs']);
  if (signal !== undefined && !isSignal(signal)) issues.push({ path: 'signal', message: 'expected an AbortSignal' });
  if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs > 0)) {
    issues.push({ path: 'timeoutMs', message: 'expected a finite number of milliseconds above 0' });
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return given;
}
