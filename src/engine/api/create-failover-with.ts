import type { Tier } from '../../core/config.js';
import type { ConfigInput, TierOf } from '../../core/config-input.js';
import { ConfigError, type Attempt, type ConfigIssue } from '../../core/errors.js';
import { unknownOptions } from '../../core/unknown-options.js';
import type { Random } from '../../ports/clock.js';
import type { Failover } from '../../ports/failover.js';
import type { Logger } from '../../ports/logger.js';
import type { Notifier } from '../../ports/notifier.js';
import type { StateStore } from '../../ports/state-store.js';
import { isPolicyKey } from '../../schema/config-schema.js';
import { parseConfig, type ParsedConfig } from '../../schema/parse-config.js';
import { FailoverEmitter } from '../events/emitter.js';
import { Engine } from '../engine.js';
import { FailoverHandle } from './failover-handle.js';
import type { Price } from '../budget/pricing.js';
import type { Classify } from '../call/verdict/judge.js';
import { guardLogger, logEvents } from '../events/log-events.js';
import { connectNotifiers } from '../events/connect-notifiers.js';
import { warnOfConfig } from '../events/process-warning.js';
import { guardClock, guardRandom, type ClockInput } from '../time/clock.js';

/** What `createFailover` takes beside the configuration. */
export interface FailoverOptions {
  /** Where states and ledgers are kept. Default: in memory, gone with the process. */
  readonly store?: StateStore | undefined;
  /** `'rests'`: what one instance learns about a key or model spares all others the same failed call. */
  readonly share?: 'rests' | undefined;
  /** Time and timers, for tests and simulations. Default: the real ones. */
  readonly clock?: ClockInput | undefined;
  /** Chance, for jitter: a number from 0 up to 1. Default `Math.random`. */
  readonly random?: Random | undefined;
  /** Receive the events of this process; see `tierfall/notifiers`. */
  readonly notifiers?: readonly Notifier[] | undefined;
  /** Judges errors in the place of `classifyError`. What it throws or gets wrong falls back to that. */
  readonly classify?: Classify | undefined;
  /**
   * Turns usage into US dollars, for a budget that counts them; `undefined` where nobody knows. Asked only where the
   * provider has not reported a cost.
   */
  readonly price?: Price | undefined;
  /** What `resolveStartup` tried: continued here and put into the ledger. */
  readonly startup?: readonly Attempt[] | undefined;
  /** Gets one line for each event, and warnings about the configuration. Without it the process gets those warnings. */
  readonly logger?: Logger | undefined;
  /** How old what was read from a store without a live watch may be, in milliseconds, 0 or more. Default 2,000. */
  readonly stalenessMs?: number | undefined;
  /** How long a call waits for the store at most, in milliseconds, 0 or more. Default 200. */
  readonly loadTimeoutMs?: number | undefined;
  /** How long a request to the store may take, in milliseconds, 0 or more. Default 5,000. */
  readonly storeTimeoutMs?: number | undefined;
}

const optionNames: Record<keyof FailoverOptions, true> = {
  store: true,
  share: true,
  clock: true,
  random: true,
  notifiers: true,
  classify: true,
  price: true,
  startup: true,
  logger: true,
  stalenessMs: true,
  loadTimeoutMs: true,
  storeTimeoutMs: true,
};

/**
 * Makes the failover of one chain; `makeStore` gives the store of one that was handed none.
 *
 * @param codeChain the chain of the code, where a startup has left a part of it
 */
export function createFailoverWith<I extends ConfigInput>(
  makeStore: (now: () => number) => StateStore,
  options: I & FailoverOptions,
  codeChain?: readonly Tier[],
): Failover<TierOf<I>> {
  const { engine, warnings } = createEngine(makeStore, options, codeChain);
  const { emitter, clock, logger } = engine;
  for (const warning of warnings) warnOfConfig(logger, warning);
  logEvents(emitter, logger);
  const disconnect = connectNotifiers(emitter, clock, options.notifiers ?? []);
  return new FailoverHandle(engine, disconnect) as unknown as Failover<TierOf<I>>;
}

/** Makes the engine of a failover, without anybody that listens to it. */
export function createEngine(
  makeStore: (now: () => number) => StateStore,
  options: ConfigInput & FailoverOptions,
  codeChain?: readonly Tier[],
): { engine: Engine; warnings: readonly string[] } {
  const { config, warnings } = readOptions(options);
  const { store, classify, startup = [] } = options;
  const logger = guardLogger(options.logger);
  const clock = guardClock(options.clock);
  const engine = new Engine({
    config,
    written: { chain: codeChain ?? config.chain, policy: { ...options.policy } },
    store: store ? () => store : () => makeStore(() => clock.now()),
    privateStore: store === undefined,
    share: options.share === 'rests',
    clock,
    random: guardRandom(options.random),
    emitter: new FailoverEmitter(logger),
    classify,
    price: options.price,
    logger,
    startup,
    stalenessMs: options.stalenessMs ?? 2000,
    loadTimeoutMs: options.loadTimeoutMs ?? 200,
    storeTimeoutMs: options.storeTimeoutMs ?? 5000,
  });
  return { engine, warnings };
}

/** Checks all that a failover is made with. @throws {ConfigError} naming every field that is wrong */
export function readOptions(options: ConfigInput & FailoverOptions): ParsedConfig {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return parseConfig(options);
  const input = Object.fromEntries(Object.entries(options).filter(([key]) => !Object.hasOwn(optionNames, key)));
  const wrong = optionIssues(options, input);
  try {
    const parsed = parseConfig(input as ConfigInput);
    if (wrong.length === 0) return parsed;
  } catch (error) {
    // The error names everything that is wrong.
    if (error instanceof ConfigError) {
      wrong.unshift(...error.issues.filter(({ path }) => !wrong.some((issue) => issue.path === path)));
    } else throw error;
  }
  throw new ConfigError(wrong);
}

function optionIssues(options: FailoverOptions, config: Record<string, unknown>): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const complain = (path: string, message: string) => issues.push({ path, message });
  const missing = (value: object, ...methods: string[]) =>
    methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== 'function');
  // A function may have methods too: `Date` is a clock.
  const isThing = (value: unknown): value is object =>
    (typeof value === 'object' && value !== null) || typeof value === 'function';
  const has = (value: unknown, ...methods: string[]) => isThing(value) && missing(value, ...methods).length === 0;

  // In the legacy form of one provider and model any other field is the tier's own.
  if (config['chain'] !== undefined || !('provider' in config || 'model' in config)) {
    for (const key of Object.keys(config)) {
      if (key === 'chain' || key === 'policy') continue;
      if (isPolicyKey(key)) complain(key, `is part of the policy: { chain, policy: { ${key} } }`);
      else
        issues.push(
          ...unknownOptions({ [key]: config[key] ?? null }, ['chain', 'policy', ...Object.keys(optionNames)]),
        );
    }
  }
  if (options.store !== undefined && !has(options.store, 'load', 'commit', 'history')) {
    const lacks = isThing(options.store)
      ? `; this has no ${missing(options.store, 'load', 'commit', 'history').join(', ')}`
      : '';
    complain('store', `expected a store, e.g. createMemoryStore() or one of tierfall/stores/*${lacks}`);
  }
  if (options.share !== undefined && options.share !== 'rests') complain('share', "expected 'rests'");
  if (options.clock !== undefined && !has(options.clock, 'now')) complain('clock', 'expected an object with now()');
  if (options.random !== undefined && typeof options.random !== 'function') complain('random', 'expected a function');
  if (options.classify !== undefined && typeof options.classify !== 'function') {
    complain('classify', 'expected a function like classifyError');
  }
  if (options.price !== undefined && typeof options.price !== 'function') {
    complain('price', 'expected a function (usage, tier) => dollars');
  }
  if (options.logger !== undefined && !has(options.logger, 'debug', 'info', 'warn', 'error')) {
    complain('logger', 'expected an object with debug, info, warn and error');
  }
  const isAttempt = (attempt: unknown) => has(attempt) && 'tier' in (attempt as object) && 'ok' in (attempt as object);
  if (options.startup !== undefined && !(Array.isArray(options.startup) && options.startup.every(isAttempt))) {
    complain('startup', 'expected the `attempts` that resolveStartup returned');
  }
  const { notifiers = [] } = options;
  if (!Array.isArray(notifiers)) complain('notifiers', 'expected a list of notifiers');
  else {
    notifiers.forEach((notifier, index) => {
      if (!has(notifier, 'attach'))
        complain(`notifiers[${index}]`, 'expected a notifier, e.g. createConsoleNotifier()');
    });
  }
  for (const name of ['stalenessMs', 'loadTimeoutMs', 'storeTimeoutMs'] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      complain(name, 'expected a finite number of milliseconds, 0 or more');
    }
  }
  return issues;
}
