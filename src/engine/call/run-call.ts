import type { Tier } from '../../core/config.js';
import { failureOfAnswer } from '../../core/answers/formats.js';
import { configError } from '../../core/errors.js';
import type { CallOptions, CallResult } from '../../ports/failover.js';
import { acceptValue, beginStream, openAnswer, streams } from './attempt.js';
import { checkCallOptions, isPlain } from './call-options.js';
import { Context } from './call-context.js';
import { DEFAULT_INSTANCE, type Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';
import { isStream } from '../../core/is-stream.js';
import { createCallState, type Call } from './call-state.js';
import { failedAttempt } from './failed-attempt.js';
import { walk } from './walk.js';

const NO_OPTIONS: CallOptions = {};

/**
 * Runs a call on the chain. Where nothing is wrong and nothing is asked for, it goes straight to its tier; the
 * machinery is put up only when that fails, or when a call brings limits of its own.
 */
export function run<T extends Tier>(
  engine: Engine<T>,
  call: Call<T>,
  options?: CallOptions,
): Promise<CallResult<unknown, T>> {
  const { defaultInstance } = engine;
  // The commonest call is let through here, all others are looked at where it costs them alone.
  if (!defaultInstance || options !== undefined || typeof call !== 'function') return prepare(engine, call, options);
  const now = engine.clock.elapsed();
  if (now >= defaultInstance.directUntil || !engine.isUnlimited) return prepare(engine, call, options);
  defaultInstance.used = true;
  engine.budget.calls++;
  return runDirect(engine, defaultInstance, call, NO_OPTIONS, now);
}

/** Checks what a call brings and sends it on its way. */
function prepare<T extends Tier>(
  engine: Engine<T>,
  call: Call<T>,
  options: CallOptions = NO_OPTIONS,
): Promise<CallResult<unknown, T>> {
  try {
    if (typeof options !== 'object' || options === null) throw configError('options', 'expected an object, or nothing');
    if (typeof call !== 'function') throw configError('call', expectedCall(call));
    checkCallOptions(options);
    const instance = engine.instance(options.instance === undefined ? DEFAULT_INSTANCE : options.instance);
    instance.used = true;
    engine.budget.calls++;
    const now = engine.clock.elapsed();
    if (now >= instance.directUntil) instance.refreshDirectPath();
    if (now < instance.directUntil && engine.isUnlimited && isPlain(options)) {
      return runDirect(engine, instance, call, options, now);
    }
    return walk(createCallState(engine, instance, call, options, engine.clock.now()));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * The way of a call with nothing to handle. Chained by hand and with as little in the two callbacks as can be: an async
 * function would cost a tenth more, and two readings of the clock are most of what is left.
 */
function runDirect<T extends Tier>(
  engine: Engine<T>,
  instance: Instance,
  call: Call<T>,
  options: CallOptions,
  startedAt: number,
): Promise<CallResult<unknown, T>> {
  const context = new Context(engine, instance.directIndex, 1, startedAt);
  const accept = (value: unknown): CallResult<unknown, T> | Promise<CallResult<unknown, T>> => {
    const { index } = context;
    const now = engine.clock.elapsed();
    const changes = index !== instance.directIndex || now >= instance.directUntil;
    if (changes || context.wasUsed || (typeof value === 'object' && needsALook(value))) {
      return finishDirect(engine, instance, call, options, context, value);
    }
    const durationMs = Math.round(now - context.startedAt);
    const attempts = [{ tier: engine.ids[index]!, index, ok: true, durationMs }];
    return { value, tier: engine.config.chain[index]!, index, attempts };
  };
  const fail = (error: unknown) => failDirect(engine, instance, call, options, context, error);
  try {
    const answer = ordinary(call(engine.config.chain[context.index]!, context));
    // Not the promise's own `then`, which may throw or return anything.
    return Promise.prototype.then.call(answer, accept, fail) as Promise<CallResult<unknown, T>>;
  } catch (error) {
    return fail(error);
  }
}

/** True for a stream, and for an answer that reports a failure. */
function needsALook(value: object | null): boolean {
  return value !== null && (isStream(value) || failureOfAnswer(value) !== undefined);
}

/** An SDK's own kind of promise is first made an ordinary one. */
function ordinary(answer: unknown): Promise<unknown> {
  return answer instanceof Promise && answer.constructor === Promise ? answer : Promise.resolve(answer);
}

/** The end of a direct call whose success may change something, that gave a stream, or that used its context. */
function finishDirect<T extends Tier>(
  engine: Engine<T>,
  instance: Instance,
  call: Call<T>,
  options: CallOptions,
  context: Context<T>,
  value: unknown,
): CallResult<unknown, T> | Promise<CallResult<unknown, T>> {
  const startedAt = startOf(engine, context);
  const state = createCallState(engine, instance, call, options, startedAt);
  const fail = (error: unknown) => walk(state, failedAttempt(engine, context, startedAt, error));
  try {
    if (!streams(state, value)) return acceptValue(state, context, startedAt, value);
    const opened = openAnswer(state, context, startedAt, value);
    return opened.then((stream) => beginStream(state, context, startedAt, stream), fail);
  } catch (error) {
    return fail(error);
  }
}

function failDirect<T extends Tier>(
  engine: Engine<T>,
  instance: Instance,
  call: Call<T>,
  options: CallOptions,
  context: Context<T>,
  error: unknown,
): Promise<CallResult<unknown, T>> {
  const startedAt = startOf(engine, context);
  const state = createCallState(engine, instance, call, options, startedAt);
  return walk(state, failedAttempt(engine, context, startedAt, error));
}

/** When a direct call began, epoch milliseconds. */
function startOf<T extends Tier>({ clock }: Engine<T>, context: Context<T>): number {
  return clock.now() - Math.round(clock.elapsed() - context.startedAt);
}

function expectedCall(given: unknown): string {
  const isBegun = typeof given === 'object' && given !== null && 'then' in given;
  const instead = isBegun
    ? 'not a promise: the failover makes the call, once for each tier it asks'
    : 'e.g. ({ model }) => client.create({ model })';
  return `expected a function (tier, context) => answer, ${instead}`;
}
