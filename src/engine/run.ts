import type { Tier } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import type { CallOptions, CallResult } from '../ports/failover.js';
import { failureOf, openWrapped } from './attempt.js';
import { Context } from './context.js';
import type { Engine } from './engine.js';
import type { Instance } from './instance.js';
import { isStream } from './stream.js';
import { Walk } from './walk.js';
import type { Call } from './walk-view.js';

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
    if (typeof call !== 'function') throw notAFunction();
    if (now < instance.directUntil && engine.isUnlimited && (options === NO_OPTIONS || isPlain(options))) {
      return runDirect(engine, instance, call, options, now);
    }
    return new Walk(engine, instance, call, options, now).run();
  } catch (error) {
    return Promise.reject(error);
  }
}

async function runDirect<T extends Tier>(
  engine: Engine<T>,
  instance: Instance,
  call: Call<T>,
  options: CallOptions,
  startedAt: number,
): Promise<CallResult<unknown, T>> {
  const index = instance.directIndex;
  const context = new Context(engine.config.chain, index, 1);
  const tier = engine.config.chain[index]!;
  try {
    const value = await call(tier, context);
    if (isStream(value) && options.stream !== false) {
      const walk = new Walk(engine, instance, call, options, startedAt);
      const opened = await openWrapped(walk, index, startedAt, context, value);
      return resultOf(opened, tier, index, engine.ids[index]!, engine.clock.now() - startedAt);
    }
    const now = engine.clock.now();
    if (now >= instance.directUntil || index !== instance.directIndex) {
      instance.record({ tier: index, ok: true, startedAt }, now, options.session);
    }
    return resultOf(value, tier, index, engine.ids[index]!, now - startedAt);
  } catch (error) {
    const walk = new Walk(engine, instance, call, options, startedAt);
    return walk.run(failureOf(walk, index, error, startedAt, context));
  }
}

function resultOf<T extends Tier>(
  value: unknown,
  tier: T,
  index: number,
  id: string,
  durationMs: number,
): CallResult<unknown, T> {
  return { value, tier, index, attempts: [{ tier: id, index, ok: true, durationMs }] };
}

/** True when a call brings nothing that needs a limit, a list or a place of its own. */
function isPlain(options: CallOptions): boolean {
  return (
    options.signal === undefined &&
    options.pinned === undefined &&
    options.fallbacks === undefined &&
    options.deadlineMs === undefined &&
    options.firstContentTimeoutMs === undefined
  );
}

function notAFunction(): ConfigError {
  return new ConfigError([{ path: 'call', message: 'expected a function (tier, context) => answer' }]);
}
