import type { AnswerVerdict, JudgeFacts } from './core/answers/judges.js';
import type { Tier } from './core/config.js';
import { printedIds } from './core/config.js';
import { ConfigError, configError, type Attempt } from './core/errors.js';
import { unknownOptions } from './core/unknown-options.js';
import type { CallOptions, Failover } from './ports/failover.js';

/*
 * What the bridges to frameworks have in common: which part of a failover they use, what their options are, and how one
 * call of the framework becomes the options of one call of the failover.
 */

/** The part of a `Failover` the models need. */
export type FailoverRuntime<T extends Tier> = Pick<Failover<T>, 'chain' | 'run' | 'recordUsage'>;

/** What one call of a framework says of itself; it outranks what the options of the model say. */
export type CallSettings = Pick<
  CallOptions,
  'instance' | 'session' | 'group' | 'pinned' | 'first' | 'promptTokens' | 'deadlineMs'
>;

/** What holds for every call through a bridge. `Call` is what the framework calls it with. */
export interface BridgeOptions<Call, Judged>
  extends Pick<
    CallOptions,
    | 'instance'
    | 'session'
    | 'group'
    | 'pinned'
    | 'first'
    | 'deadlineMs'
    | 'fallbacks'
    | 'firstContentTimeoutMs'
    | 'idleTimeoutMs'
  > {
  /** What one call says of itself, e.g. which conversation it belongs to. Called once for each. */
  perCall?: ((call: Call) => CallSettings | undefined) | undefined;
  /** Counts the tokens of each answer against `policy.tokenBudget`. Default false: the host does. */
  recordUsage?: boolean | undefined;
  /**
   * Says that an answer is a failure, and of which kind, e.g. `judges.refusal` of `tierfall`; see `CallOptions`.
   * Default: only what plainly failed is a failure.
   */
  judge?: ((answer: Judged, facts: JudgeFacts) => AnswerVerdict | false | null | undefined) | undefined;
}

const known = [
  'instance',
  'session',
  'group',
  'pinned',
  'first',
  'deadlineMs',
  'fallbacks',
  'firstContentTimeoutMs',
  'idleTimeoutMs',
  'perCall',
  'recordUsage',
  'judge',
];

/** Checks what a model was made with. @throws {ConfigError} naming the argument that is wrong */
export function checkModel<T extends Tier>(failover: FailoverRuntime<T>, modelFor: unknown, name = 'modelFor'): void {
  if (typeof failover?.run !== 'function' || !Array.isArray(failover.chain)) {
    throw configError('failover', 'expected what createFailover returned');
  }
  if (typeof modelFor !== 'function') throw configError(name, 'expected a function (tier) => model');
}

/** Checks the options of a bridge. @throws {ConfigError} naming those that are wrong */
export function checkOptions(options: object, more: readonly string[] = []): void {
  const issues = unknownOptions(options, [...known, ...more]);
  for (const name of ['perCall', 'judge'] as const) {
    const given = (options as Record<string, unknown>)[name];
    if (given !== undefined && typeof given !== 'function') issues.push({ path: name, message: 'expected a function' });
  }
  if (issues.length > 0) throw new ConfigError(issues);
}

/** The options of one call of the failover. What the call says outranks the options, and a pin where calls begin. */
export function optionsOfCall<Call>(
  options: Omit<BridgeOptions<Call, never>, 'judge'>,
  call: Call,
  signal: AbortSignal | undefined,
): CallOptions {
  const own: CallSettings & { then?: unknown } = options.perCall?.(call) ?? {};
  if (typeof own.then === 'function') {
    // Nobody waits for it, and it may reject.
    Promise.resolve(own).catch(() => undefined);
    throw configError('perCall', 'returned a promise; it must answer at once');
  }
  const isOwn = own.pinned !== undefined || own.first !== undefined;
  const pinned = isOwn ? own.pinned : options.pinned;
  return {
    instance: options.instance,
    session: options.session,
    group: options.group,
    deadlineMs: options.deadlineMs,
    fallbacks: options.fallbacks,
    // The names are checked where the call is made.
    ...withoutUndefined(own),
    pinned,
    first: isOwn ? own.first : pinned === undefined ? options.first : undefined,
    signal,
  };
}

/** The limits for streams among the options. */
export function streamLimits(
  options: Pick<CallOptions, 'firstContentTimeoutMs' | 'idleTimeoutMs'>,
): Pick<CallOptions, 'firstContentTimeoutMs' | 'idleTimeoutMs'> {
  const { firstContentTimeoutMs, idleTimeoutMs } = options;
  return { firstContentTimeoutMs, idleTimeoutMs };
}

/** Who answered. */
export interface AnsweredBy {
  /** The tier's printed id, `provider/model`. */
  tier: string;
  /** Its place in the chain, from 0. */
  index: number;
  /** How many attempts it took. */
  attempts: number;
}

/** Who answered, for what an answer says of itself. */
export function answeredBy(result: { index: number; attempts: readonly Attempt[] }): AnsweredBy {
  const { index, attempts } = result;
  // As the chain of the call printed it: an update may have come meanwhile.
  const tier = attempts.findLast((attempt) => attempt.index === index)?.tier ?? '';
  return { tier, index, attempts: attempts.length };
}

/** The name of a chain. */
export function chainName(chain: readonly Tier[]): string {
  return printedIds(chain).join(' > ');
}

function withoutUndefined<V extends object>(value: V): V {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as V;
}
