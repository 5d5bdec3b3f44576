import type { Tier } from '../../core/config.js';
import { configError } from '../../core/errors.js';
import type { CallOptions, CallResult } from '../../ports/failover.js';
import { DEFAULT_INSTANCE, type Engine } from '../engine.js';
import { isOpenNow, type DirectPath } from '../instance/direct-path.js';
import type { Instance } from '../instance/instance.js';
import { attemptError, openAnswer, streams } from './attempt/attempt.js';
import { Context } from './call-context.js';
import { checkCallOptions, isLimited, usesChain } from './call-options.js';
import { createCallState, type Call } from './call-state.js';
import { beginStream, endWithAnswer } from './attempt/end-attempt.js';
import { makeCall } from './attempt/make-call.js';
import { LimitedCall } from './limited-call.js';
import { needsALook, ordinary, whenSettled } from './ordinary-answer.js';
import { bounded } from '../time/waits.js';
import { walk } from './walk.js';

const NO_OPTIONS: CallOptions = {};

/**
 * Runs a call on the chain. Where nothing is wrong and nothing is asked for, it goes straight to its tier. Everything
 * else is set up only when that fails, or when a call brings limits of its own.
 */
export function run<T extends Tier>(
  engine: Engine<T>,
  call: Call<T>,
  options?: CallOptions,
): Promise<CallResult<unknown, T>> {
  const instance = engine.defaultInstance;
  // The most common call is let through here; all others are checked where only they pay for it.
  if (!instance || options !== undefined || typeof call !== 'function' || !engine.isUnlimited) {
    return prepare(engine, call, options);
  }
  const { clock } = engine;
  const now = clock.elapsed();
  const path = instance.direct;
  if (!isOpenNow(path, now, clock)) return prepare(engine, call, options);
  engine.retryAllowance.calls++;
  engine.usageBudget?.missing.called(now);
  return runDirect(engine, instance, path, call, NO_OPTIONS, now);
}

/** Checks what a call brings and starts it. */
function prepare<T extends Tier>(
  engine: Engine<T>,
  call: Call<T>,
  options: CallOptions = NO_OPTIONS,
  begunAt?: number,
): Promise<CallResult<unknown, T>> {
  try {
    if (typeof options !== 'object' || options === null) throw configError('options', 'expected an object, or nothing');
    if (typeof call !== 'function') throw configError('call', expectedCall(call));
    checkCallOptions(options);
    engine.lineage.control.serve();
    if (engine.isPast) return prepare(engine.latest, call, options, begunAt);
    const name = options.instance === undefined ? DEFAULT_INSTANCE : options.instance;
    const instance = engine.instance(name);
    // The tiers it names may be those of a chain that is in the store.
    if (!usesChain(options) && engine.lineage.control.isUnread) return afterReading(engine, instance, call, options);
    instance.uses++;
    engine.preparedCalls++;
    engine.retryAllowance.calls++;
    const now = begunAt ?? engine.clock.elapsed();
    if (options.group !== undefined) instance.group = options.group;
    if (options.usage === undefined) engine.usageBudget?.missing.called(now);
    const isMetered = options.usage !== undefined && engine.usageBudget !== undefined;
    const isSticky = options.session !== undefined && engine.sessions !== undefined;
    const isPlain = usesChain(options) && !isMetered && !isSticky;
    const path = isPlain ? directPathOf(engine, instance, options, now) : undefined;
    if (!path) return walk(createCallState(engine, instance, call, options, now));
    if (engine.isUnlimited && !isLimited(options)) return runDirect(engine, instance, path, call, options, now);
    return new LimitedCall(engine, instance, path, call, options, now).run();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Looks first which chain is in the store: once, and no longer than a call may wait for that. */
async function afterReading<T extends Tier>(
  engine: Engine<T>,
  instance: Instance,
  call: Call<T>,
  options: CallOptions,
): Promise<CallResult<unknown, T>> {
  const { clock, config } = engine;
  const { signal, deadlineMs = config.policy.deadlineMs } = options;
  const begunAt = clock.elapsed();
  const limitMs = deadlineMs === undefined ? undefined : Math.ceil(deadlineMs / 2);
  await bounded(() => engine.refresh(instance), { clock, signal, limitMs }).catch(() => signal?.throwIfAborted());
  engine.lineage.control.isUnread = false;
  return prepare(engine.latest, call, options, begunAt);
}

/** The direct path that a call of this instance may use now, if there is one. */
function directPathOf<T extends Tier>(
  { clock, commonVersion }: Engine<T>,
  instance: Instance,
  { session = instance.name }: CallOptions,
  now: number,
): DirectPath | undefined {
  if (instance.commonVersion === commonVersion) {
    if (isOpenNow(instance.direct, now, clock)) return instance.direct;
    const key = instance.pool?.pick(session);
    if (key && isOpenNow(key, now, clock)) return key;
    const { overflow, slowStart } = instance;
    if (overflow && isOpenNow(overflow, now, clock)) return slowStart?.isFull(now) ? overflow : undefined;
  }
  instance.followShared();
  instance.refreshDirectPath();
  instance.checkAvailability();
  const path = instance.pool ? instance.pool.pick(session) : instance.direct;
  return path && isOpenNow(path, now, clock) ? path : undefined;
}

/**
 * The way of a call with nothing to handle. Chained by hand and with as little in the two callbacks as possible: an
 * async function would cost a tenth more, and two readings of the clock are most of what is left.
 */
function runDirect<T extends Tier>(
  engine: Engine<T>,
  instance: Instance,
  path: DirectPath,
  call: Call<T>,
  options: CallOptions,
  startedAt: number,
): Promise<CallResult<unknown, T>> {
  const context = new Context(engine, path.index, 1, startedAt, options.idleTimeoutMs);
  instance.calls++;
  const accept = (value: unknown): CallResult<unknown, T> | Promise<CallResult<unknown, T>> => {
    instance.calls--;
    const { index } = context;
    const now = engine.clock.elapsed();
    const changes = now >= path.until || (path !== instance.direct && !instance.isSettled(index));
    if (changes || context.wasUsed || options.judge || (typeof value === 'object' && needsALook(value))) {
      return finishDirect(engine, instance, call, options, context, value);
    }
    const durationMs = Math.round(now - context.startedAt);
    const { tier, id, answerTimes } = engine.entries[index]!;
    answerTimes.add(durationMs);
    return { value, tier, index, attempts: [{ tier: id, index, ok: true, durationMs }] };
  };
  const fail = (error: unknown) => {
    instance.calls--;
    return failDirect(engine, instance, call, options, context, error);
  };
  try {
    const answer = ordinary(makeCall(engine, call, context));
    // The commonest kind of promise is chained without a detour.
    return answer.then === Promise.prototype.then ? answer.then(accept, fail) : whenSettled(answer, accept, fail);
  } catch (error) {
    return fail(error);
  }
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
  const state = createCallState(engine, instance, call, options, context.startedAt);
  const fail = (error: unknown) => walk(state, attemptError(state, context, error, undefined));
  try {
    if (!streams(state, value)) return endWithAnswer(state, context, value);
    const opening = openAnswer(state, context, value).then((stream) => beginStream(state, context, stream), fail);
    // It is under way until then, or it would miss what changes meanwhile.
    instance.calls++;
    return opening.finally(() => instance.calls--);
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
  const state = createCallState(engine, instance, call, options, context.startedAt);
  return walk(state, attemptError(state, context, error, undefined));
}

function expectedCall(given: unknown): string {
  const isBegun = typeof given === 'object' && given !== null && 'then' in given;
  const instead = isBegun
    ? 'not a promise: the failover makes the call, once for each tier it asks'
    : 'e.g. ({ model }) => client.create({ model })';
  return `expected a function (tier, context) => answer, ${instead}`;
}
