import type { Tier } from '../core/config.js';
import type { CallOptions, CallResult } from '../ports/failover.js';
import { failureOf, openWrapped } from './attempt.js';
import { Context } from './context.js';
import type { Engine } from './engine.js';
import type { Instance } from './instance.js';
import { isStream } from './stream.js';
import { Walk, type Call } from './walk.js';

const NO_OPTIONS: CallOptions = {};

/**
 * Runs a call on the chain. Where nothing is wrong and nothing is asked for, it goes straight to its tier; the
 * machinery is put up only when that fails, or when a call brings limits of its own.
 */
export function run<T extends Tier>(
  engine: Engine<T>,
  call: Call<T>,
  options: CallOptions = NO_OPTIONS,
): Promise<CallResult<unknown, T>> {
  try {
    const instance = engine.instance(options.instance ?? 'default');
    const now = engine.clock.now();
    instance.usedAt = now;
    engine.budget.calls++;
    if (now < instance.directUntil && engine.isFresh(instance.ledger, now) && isPlain(engine, options)) {
      return runDirect(engine, instance, call, options, now);
    }
    return new Walk(engine, instance, call, options, now).run();
  } catch (error) {
    return Promise.reject(error);
  }
}

async function runDirect<T extends Tier>(
  engine: Engine<T>,
  instance: Instance<T>,
  call: Call<T>,
  options: CallOptions,
  startedAt: number,
): Promise<CallResult<unknown, T>> {
  const { chain } = engine.config;
  const index = instance.directIndex;
  const tier = chain[index]!;
  const context = new Context(chain, index, 1);
  try {
    const answer = await call(tier, context);
    const streams = options.stream !== false && isStream(answer);
    const value = streams
      ? await openWrapped(new Walk(engine, instance, call, options, startedAt), index, startedAt, context, answer)
      : answer;
    const now = engine.clock.now();
    if (!streams && (now >= instance.directUntil || index !== instance.directIndex)) {
      instance.record({ tier: index, ok: true, startedAt }, now, options.session);
    }
    return {
      value,
      tier,
      index,
      attempts: [{ tier: instance.ids[index]!, index, ok: true, durationMs: now - startedAt }],
    };
  } catch (error) {
    const walk = new Walk(engine, instance, call, options, startedAt);
    return walk.run(failureOf(walk, index, error, startedAt, context));
  }
}

/** True when a call brings nothing that needs a limit, a list or a place of its own. */
function isPlain<T extends Tier>(engine: Engine<T>, options: CallOptions): boolean {
  if (options === NO_OPTIONS) return engine.isUnlimited;
  return (
    engine.isUnlimited &&
    options.signal === undefined &&
    options.pinned === undefined &&
    options.fallbacks === undefined &&
    options.deadlineMs === undefined &&
    options.firstContentTimeoutMs === undefined
  );
}
