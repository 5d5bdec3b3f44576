import { tierIndex, tierIndexes, type TierIdentity, type TierRef } from '../../core/config.js';
import { ConfigError, configError, type ConfigIssue } from '../../core/errors.js';
import type { CallOptions } from '../../ports/failover.js';
import { unknownOptions } from '../../core/unknown-options.js';
import { isPolicyKey } from '../../schema/config-schema.js';
import { catchRejection } from '../events/catch-rejection.js';

/** True when a call goes where the chain says. */
export function usesChain({ pinned, first, fallbacks, promptTokens }: CallOptions): boolean {
  return pinned === undefined && first === undefined && fallbacks === undefined && promptTokens === undefined;
}

/** True when a call brings something that may end it from outside. */
export function isLimited({ signal, deadlineMs, firstContentTimeoutMs }: CallOptions): boolean {
  return signal !== undefined || deadlineMs !== undefined || firstContentTimeoutMs !== undefined;
}

const isFunction = (value: unknown) => typeof value === 'function';
const isCount = (value: unknown) => Number.isFinite(value) && (value as number) >= 0;
const isDuration = (value: unknown) => Number.isFinite(value) && (value as number) > 0;
const anything = () => true;

/** Every option a call may bring, whether a value is right, and what would be. */
const optionRules: Readonly<
  Record<keyof CallOptions, readonly [isRight: (value: unknown) => boolean, right?: string]>
> = {
  // Checked where instances and tiers are known.
  instance: [anything],
  pinned: [anything],
  first: [anything],
  session: [(value) => typeof value === 'string', 'a string'],
  group: [(value) => typeof value === 'string' && value !== '', 'a name, a non-empty string'],
  signal: [isSignal, 'an AbortSignal'],
  deadlineMs: [isDuration, 'a finite number of milliseconds above 0'],
  fallbacks: [Array.isArray, 'a list of tiers; [] for none'],
  promptTokens: [isCount, 'a finite number of tokens, 0 or more'],
  stream: [(value) => typeof value === 'boolean', 'true or false'],
  firstContentTimeoutMs: [isDuration, 'a finite number of milliseconds above 0'],
  idleTimeoutMs: [isDuration, 'a finite number of milliseconds above 0'],
  isContent: [isFunction, 'a function'],
  isComplete: [isFunction, 'a function'],
  judge: [isFunction, 'a function such as judges.refusal'],
  usage: [isFunction, 'one of usageOf, or a function (answer) => usage'],
  hasSideEffects: [isFunction, 'a function'],
};

/**
 * Checks the options that are given. @throws {ConfigError} naming every option that is wrong and what would be right
 */
export function checkCallOptions(options: CallOptions): void {
  let issues: ConfigIssue[] | undefined;
  for (const name in options) {
    const value = options[name as keyof CallOptions];
    if (value === undefined) continue;
    if (!Object.hasOwn(optionRules, name)) {
      (issues ??= []).push(unknownOption(name, value));
      continue;
    }
    const rule = optionRules[name as keyof CallOptions];
    if (!rule[0](value)) (issues ??= []).push({ path: name, message: `expected ${rule[1]}` });
  }
  if (options.first !== undefined && options.pinned !== undefined) {
    (issues ??= []).push({ path: 'first', message: 'cannot stand beside pinned, which never leaves its tier' });
  }
  if (!issues) return;
  if (isSignal(options)) issues = [{ path: 'options', message: 'expected an object; a signal goes in as { signal }' }];
  throw new ConfigError(issues);
}

function unknownOption(name: string, value: unknown): ConfigIssue {
  if (!isPolicyKey(name)) return unknownOptions({ [name]: value }, Object.keys(optionRules))[0]!;
  return { path: name, message: `is part of the policy: createFailover({ chain, policy: { ${name} } })` };
}

/** What tiers are named by: their printed ids, and their provider, model and credential. */
export interface TierNames {
  readonly ids: readonly string[];
  readonly identities: readonly TierIdentity[];
}

/** Index of the tier that `ref` names. @throws {ConfigError} where there is none */
export function namedTier({ ids, identities }: TierNames, ref: TierRef, path: string): number {
  const isNamed = typeof ref !== 'object' || ref !== null;
  const index = isNamed ? tierIndex(ids, ref, identities) : -1;
  if (index >= 0) return index;
  throw unknownTier(ids, path);
}

/** Indexes of the tiers that `ref` names: of a pair that several tiers are, all. @throws {ConfigError} there is none */
export function namedTiers({ ids, identities }: TierNames, ref: TierRef, path: string): number[] {
  const indexes = typeof ref === 'object' && ref === null ? [] : tierIndexes(ids, ref, identities);
  if (indexes.length > 0) return indexes;
  throw unknownTier(ids, path);
}

function unknownTier(ids: readonly string[], path: string): ConfigError {
  const known = ids.map((id, at) => `${at} (${id})`).join(', ');
  return configError(path, `no such tier in this chain; known: ${known}`);
}

/** Asks the host whether another attempt is forbidden. */
export function hasSideEffects(options: CallOptions): boolean {
  try {
    const answer = options.hasSideEffects?.();
    // A promise says nothing in time.
    catchRejection(answer);
    return Boolean(answer);
  } catch {
    // Not knowing whether something was done is reason enough not to do it twice.
    return true;
  }
}

/** True for an `AbortSignal`, of whatever realm. */
export function isSignal(value: unknown): boolean {
  if (value instanceof AbortSignal) return true;
  if (typeof value !== 'object' || value === null) return false;
  return ['throwIfAborted', 'addEventListener', 'removeEventListener'].every(
    (name) => typeof (value as Record<string, unknown>)[name] === 'function',
  );
}
