import { context as contexts, metrics, trace, type MeterProvider, type TracerProvider } from '@opentelemetry/api';
import type { Tier } from '../core/config.js';
import { ConfigError, configError } from '../core/errors.js';
import { MONITOR_ACCESS } from '../core/monitor-access-key.js';
import { OPERATOR_ACCESS } from '../core/operator-access-key.js';
import { isStream } from '../core/is-stream.js';
import { unknownOptions } from '../core/unknown-options.js';
import type { CallContext, CallOptions, CallResult, Failover, InstanceFailover } from '../ports/failover.js';
import { createActive } from './active-operation.js';
import { createInstruments } from './instruments.js';
import { observeEvents, type Places } from './observe-events.js';
import { Operation, type Telemetry } from './operation.js';
import { watchStream } from './watch-stream.js';

/** What `instrumentFailover` takes. */
export interface InstrumentOptions {
  /** Default: the global one. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Default: the global one, which must have been set before the call. */
  readonly meterProvider?: MeterProvider | undefined;
  /**
   * Attributes that have as many values as there are instances or sessions. `instance` is added to spans and metrics,
   * `session` (as `gen_ai.conversation.id`) to spans only. Default: none.
   */
  readonly attributes?: readonly ('instance' | 'session')[] | undefined;
  /** `gen_ai.operation.name` of the calls. Default `'chat'`; another is `'embeddings'`. */
  readonly operationName?: string | undefined;
  /** Measures durations, in milliseconds. Default `performance`. */
  readonly clock?: { now(): number } | undefined;
}

/** A failover whose calls are traced and counted. */
export interface InstrumentedFailover<T extends Tier = Tier> extends Failover<T> {
  /** Stops the instrumentation; calls still work. `close` does this as well. */
  dispose(): void;
}

type Call<T extends Tier> = (tier: T, context: CallContext<T>) => unknown;
type AnyRun<T extends Tier> = (call: Call<T>, options?: CallOptions) => Promise<CallResult<unknown, T>>;

const SCOPE = 'tierfall';

/** Reads the global at each reading, so that fake timers move it. */
const monotonicClock = { now: () => globalThis.performance.now() };

const optionNames: Readonly<Record<keyof InstrumentOptions, true>> = {
  tracerProvider: true,
  meterProvider: true,
  attributes: true,
  operationName: true,
  clock: true,
};

/**
 * Instruments a failover for OpenTelemetry. Use the returned failover in place of the given one, e.g. in
 * `resolveWithFallback` or `failoverModel`: each call gets a span, each attempt a child span, and metrics are recorded.
 * They contain no prompt, key or message text. Call it after your OpenTelemetry SDK has started.
 *
 * @throws {ConfigError} an argument is wrong, or an option is unknown
 */
export function instrumentFailover<T extends Tier>(
  failover: Failover<T>,
  options: InstrumentOptions = {},
): InstrumentedFailover<T> {
  check(failover, options);
  const { attributes = [], operationName = 'chat', clock = monotonicClock } = options;
  const meter = (options.meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE);
  const telemetry: Telemetry = {
    tracer: (options.tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE),
    instruments: createInstruments(meter),
    now: () => clock.now(),
    operationName,
    withInstance: attributes.includes('instance'),
    withSession: attributes.includes('session'),
    active: createActive(),
  };
  const { places, stop } = observeEvents(failover, telemetry, meter);
  let disposed = false;

  const plain: AnyRun<T> = (call, callOptions) => failover.run(call, callOptions);
  const observed = observeRun(plain, telemetry, places);
  const run: AnyRun<T> = (call, callOptions) =>
    disposed || typeof call !== 'function' ? plain(call, callOptions) : observed(call, callOptions ?? {});
  const dispose = () => {
    disposed = true;
    stop();
  };

  const instrumented: InstrumentedFailover<T> = {
    get chain() {
      return failover.chain;
    },
    run,
    for: (instance) => bind(failover.for(instance), run),
    select: (instance) => failover.select(instance),
    record: (instance, report) => failover.record(instance, report),
    on: (event, listener) => failover.on(event, listener),
    drill: (call, limits) => failover.drill(call, limits),
    ready: (instance, limits) => failover.ready(instance, limits),
    state: (instance) => failover.state(instance),
    history: (target, page) => failover.history(target, page),
    stats: () => failover.stats(),
    instances: () => failover.instances(),
    pause: (target, request) => failover.pause(target, request),
    resume: (target, request) => failover.resume(target, request),
    reset: (instance, request) => failover.reset(instance, request),
    hold: (instance, tier, request) => failover.hold(instance, tier, request),
    recordExternalTrigger: (instance, kind, details) => failover.recordExternalTrigger(instance, kind, details),
    recordUsage: (instance, usage, details) => failover.recordUsage(instance, usage, details),
    budget: (instance) => failover.budget(instance),
    forget: (instance) => failover.forget(instance),
    update: (config, request) => failover.update(config, request),
    async close() {
      try {
        await failover.close();
      } finally {
        dispose();
      }
    },
    dispose,
  };
  // So that an observed failover can be watched, shown and operated like the one behind it.
  for (const key of [OPERATOR_ACCESS, MONITOR_ACCESS]) Reflect.set(instrumented, key, Reflect.get(failover, key));
  return instrumented;
}

function observeRun<T extends Tier>(
  run: AnyRun<T>,
  telemetry: Telemetry,
  places: Places,
): (call: Call<T>, options: CallOptions) => Promise<CallResult<unknown, T>> {
  return (call, options) => {
    const { instance = 'default', session, signal } = options;
    const operation = new Operation(telemetry, { instance, session, signal });

    const attempted: Call<T> = async (tier, context) => {
      const attempt = operation.begin(tier, context.index, context.attempt);
      const value = await contexts.with(attempt.context, () => call(tier, context));
      if (options.stream !== false && isStream(value)) attempt.streams();
      return value;
    };

    return operation.within(async () => {
      try {
        const result = await run(attempted, options);
        if (options.pinned === undefined && options.fallbacks === undefined) places.answered(instance, result.index);
        const { value } = result;
        if (options.stream === false || !isStream(value)) {
          operation.end('ok');
          return result;
        }
        operation.content();
        return { ...result, value: watchStream(value, operation) };
      } catch (error) {
        operation.fail(error);
        throw error;
      }
    });
  };
}

/** The same methods, but for `run`: that is observed. */
function bind<T extends Tier>(inner: InstanceFailover<T>, run: AnyRun<T>): InstanceFailover<T> {
  const { instance } = inner;
  const bound: AnyRun<T> = (call, options) => run(call, { ...options, instance });
  return { ...inner, run: bound };
}

const aliases = { tracer: 'tracerProvider', meter: 'meterProvider', operation: 'operationName' };

function check(failover: unknown, options: InstrumentOptions): void {
  if (typeof options !== 'object' || options === null) throw configError('options', 'expected an object');
  const issues = unknownOptions(options, Object.keys(optionNames), aliases);
  if (!has(failover, 'run') || !has(failover, 'on')) {
    issues.push({ path: 'failover', message: 'expected what createFailover returned' });
  }
  const { tracerProvider, meterProvider, attributes = [], operationName = 'chat', clock } = options;
  if (tracerProvider !== undefined && !has(tracerProvider, 'getTracer')) {
    issues.push({ path: 'tracerProvider', message: 'expected a TracerProvider' });
  }
  if (meterProvider !== undefined && !has(meterProvider, 'getMeter')) {
    issues.push({ path: 'meterProvider', message: 'expected a MeterProvider' });
  }
  if (!Array.isArray(attributes) || !attributes.every((name) => name === 'instance' || name === 'session')) {
    issues.push({ path: 'attributes', message: "expected a list of 'instance' and 'session'" });
  }
  if (typeof operationName !== 'string' || operationName === '') {
    issues.push({ path: 'operationName', message: 'expected a non-empty string' });
  }
  if (clock !== undefined && !has(clock, 'now')) {
    issues.push({ path: 'clock', message: 'expected an object with now()' });
  }
  if (issues.length > 0) throw new ConfigError(issues);
}

function has(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
}
