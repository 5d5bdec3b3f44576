import { externalCooldown, defaultTriggers, dispositions } from '../core/disposition.js';
import { ConfigError, type ConfigIssue } from '../core/errors.js';
import { kinds, TOKEN_BUDGET, isKind } from '../core/kinds.js';
import {
  type Cooldown,
  type FailoverConfig,
  type Policy,
  type RetryPolicy,
  type Threshold,
  type Trigger,
} from '../core/config.js';
import type { ConfigInput, TierOf } from '../core/config-input.js';
import { duplicates, misspeltFields, withHint } from './chain-issues.js';
import { atGivenPaths, expandChain } from './expand-chain.js';
import { configSchema, isPolicyKey, triggerNames, type Ladder, type PolicyInput } from './config-schema.js';
import { isObject } from './is-object.js';
import { toConfigIssues, unknownKey } from './issues.js';
import { lonelyOrders, poolIssues, withFingerprints } from './pools.js';

/** Windows as they are said in seconds, from a minute to thirty days. As milliseconds nobody means them. */
const secondsOfWindows: ReadonlySet<number> = new Set([60, 300, 600, 900, 1800, 3600, 86_400, 604_800, 2_592_000]);

const ladderKeys = ['initialMs', 'factor', 'maxMs'];

/** What `parseConfig` makes of its input. */
export interface ParsedConfig<I = ConfigInput> {
  /** Every default filled in; what the state machine takes. */
  config: FailoverConfig<TierOf<I>>;
  /** Things that were changed or ignored, one sentence each. */
  warnings: string[];
}

/**
 * Reads a chain and its policy, from code or from JSON. Strings `provider/model` are split at the first slash; a
 * legacy `{ provider, model }` becomes a chain of one; what the policy leaves out gets its default.
 *
 * @throws {ConfigError} naming every field that is wrong and what would be right
 */
export function parseConfig<const I>(input: I): ParsedConfig<I> {
  if (!isObject(input)) {
    throw new ConfigError([{ path: 'config', message: 'expected an object { chain: [...] }' }]);
  }
  const { chain, policy, unknown } = normalise(input);
  const { chain: expanded, issues: keyIssues, pathOf } = expandChain(chain, expandTier);
  const cooldown = isObject(policy) ? policy['cooldown'] : undefined;
  const oneLadder = isObject(cooldown) && ladderKeys.some((key) => Object.hasOwn(cooldown, key));
  const parsed = configSchema(oneLadder).safeParse(
    policy === undefined ? { chain: expanded } : { chain: expanded, policy },
  );
  const twice = Array.isArray(expanded) ? duplicates(expanded, pathOf) : [];
  if (!parsed.success) {
    const wrong = atGivenPaths(toConfigIssues(parsed.error.issues), pathOf).map((issue) => withHint(issue, chain));
    throw new ConfigError([...keyIssues, ...wrong, ...atGivenPaths(twice, pathOf), ...unknown]);
  }
  const ofChain = atGivenPaths([...twice, ...poolIssues(parsed.data.chain, pathOf)], pathOf);
  const issues = [...keyIssues, ...ofChain, ...contradictions(parsed.data.policy ?? {}), ...unknown];
  if (issues.length > 0) throw new ConfigError(issues);
  const warnings = [
    ...misspeltFields(parsed.data.chain, pathOf),
    ...lonelyOrders(parsed.data.chain, pathOf),
    ...likelySeconds(parsed.data.policy ?? {}),
  ];
  const single = parsed.data.chain.length === 1;
  const config: FailoverConfig = {
    chain: withFingerprints(parsed.data.chain),
    policy: fill(parsed.data.policy ?? {}, single, warnings),
  };
  return { config: config as FailoverConfig<TierOf<I>>, warnings };
}

function normalise(input: Record<string, unknown>): { chain: unknown; policy: unknown; unknown: ConfigIssue[] } {
  const { chain, policy, ...rest } = input;
  if (chain === undefined && (Object.hasOwn(rest, 'provider') || Object.hasOwn(rest, 'model'))) {
    return { chain: [rest], policy, unknown: [] };
  }
  const unknown = Object.keys(rest).map((key) => ({
    path: key.slice(0, 60),
    message: isPolicyKey(key)
      ? `is part of the policy: { chain, policy: { ${key} } }`
      : unknownKey(key, ['chain', 'policy']),
  }));
  return { chain, policy, unknown };
}

/** `provider/model` at the first slash, so that a model may hold slashes of its own. */
function expandTier(entry: string): unknown {
  const slash = entry.indexOf('/');
  return slash < 0
    ? { provider: entry, model: '' }
    : { provider: entry.slice(0, slash), model: entry.slice(slash + 1) };
}

/** Limits that are whole numbers of seconds somebody might mean, and hardly milliseconds. */
function likelySeconds(policy: PolicyInput): string[] {
  const { attemptTimeoutMs, deadlineMs, cooldown, threshold, stickySessions } = policy;
  const maxMs = isObject(cooldown) && typeof cooldown['maxMs'] === 'number' ? cooldown['maxMs'] : undefined;
  const limits = {
    attemptTimeoutMs,
    deadlineMs,
    'cooldown.maxMs': maxMs,
    'threshold.windowMs': threshold?.windowMs,
    'stickySessions.idleMs': stickySessions?.idleMs,
  };
  return Object.entries(limits).flatMap(([name, value]) =>
    value !== undefined && Number.isInteger(value) && value >= 10 && value <= 120
      ? [`policy.${name}: ${value} is ${value} milliseconds; ${value} seconds are ${value * 1000}`]
      : [],
  );
}

function contradictions(policy: PolicyInput): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const check = (ladder: Ladder | undefined, path: string) => {
    if (ladder?.initialMs !== undefined && ladder.maxMs !== undefined && ladder.maxMs < ladder.initialMs) {
      issues.push({ path: `${path}.maxMs`, message: `must be at least initialMs (${ladder.initialMs})` });
    }
  };
  const { cooldown, retry, attemptTimeoutMs, deadlineMs, tokenBudget } = policy;
  if (attemptTimeoutMs !== undefined && deadlineMs !== undefined && attemptTimeoutMs > deadlineMs) {
    const path = 'policy.attemptTimeoutMs';
    issues.push({ path, message: `must be at most deadlineMs (${deadlineMs}), which ends the whole call` });
  }
  if (tokenBudget && secondsOfWindows.has(tokenBudget.windowMs)) {
    const { windowMs } = tokenBudget;
    const message = `milliseconds are meant: a window of ${windowMs} seconds is ${windowMs * 1000}`;
    issues.push({ path: 'policy.tokenBudget.windowMs', message });
  }
  if (cooldown) {
    check(cooldown, 'policy.cooldown');
    for (const name of [...triggerNames, 'default']) {
      check((cooldown as Record<string, Ladder | undefined>)[name], `policy.cooldown.${name}`);
    }
  }
  if (
    retry?.initialDelayMs !== undefined &&
    retry.maxDelayMs !== undefined &&
    retry.maxDelayMs < retry.initialDelayMs
  ) {
    issues.push({
      path: 'policy.retry.maxDelayMs',
      message: `must be at least initialDelayMs (${retry.initialDelayMs})`,
    });
  }
  return issues;
}

function fill(policy: PolicyInput, single: boolean, warnings: string[]): Policy {
  const { maxRetryAfterMs, attemptTimeoutMs, deadlineMs, tokenBudget, threshold, headroom, stickySessions } = policy;
  return {
    triggers: triggersOf(policy, single, warnings),
    reroute: [...new Set(policy.reroute ?? [])],
    cooldown: laddersOf(policy.cooldown),
    onExhausted: policy.onExhausted ?? 'wrap',
    recovery: policy.recovery ?? 'probe',
    retry: retryOf(policy.retry),
    retryBudget: { ratio: policy.retryBudget?.ratio ?? 0.2, perSecond: policy.retryBudget?.perSecond ?? 1 },
    ...(threshold === undefined ? {} : { threshold: thresholdOf(threshold) }),
    ...(headroom === undefined ? {} : { headroom }),
    ...(stickySessions === undefined
      ? {}
      : { stickySessions: { idleMs: stickySessions.idleMs, maxSessions: stickySessions.maxSessions ?? 10_000 } }),
    ...(maxRetryAfterMs === undefined ? {} : { maxRetryAfterMs }),
    ...(attemptTimeoutMs === undefined ? {} : { attemptTimeoutMs }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(tokenBudget === undefined ? {} : { tokenBudget }),
  };
}

/** A token budget that is set steps down by default; with one tier there is nowhere to step to. */
function triggersOf(policy: PolicyInput, single: boolean, warnings: string[]): Trigger[] {
  const given = policy.triggers ?? (policy.tokenBudget ? [...defaultTriggers, TOKEN_BUDGET] : defaultTriggers);
  const triggers = [...new Set(given)];
  if (!single && policy.tokenBudget && !triggers.includes(TOKEN_BUDGET)) {
    warnings.push("policy.tokenBudget: steps nobody down, since policy.triggers leaves out 'token_budget'");
  }
  if (!single || !triggers.includes(TOKEN_BUDGET)) return triggers;
  warnings.push(
    "policy.triggers: token_budget dropped, a chain of one has no tier to step down to; onExceeded: 'pause' limits it",
  );
  return triggers.filter((trigger) => trigger !== TOKEN_BUDGET);
}

/** Shared by every failover that sets none: a frozen object that all of them read. */
const defaultLadders = Object.freeze(laddersFrom(undefined));

function laddersOf(given: PolicyInput['cooldown']): Policy['cooldown'] {
  return given === undefined ? defaultLadders : laddersFrom(given);
}

function laddersFrom(given: PolicyInput['cooldown']): Policy['cooldown'] {
  const one = given && ladderKeys.some((key) => Object.hasOwn(given, key)) ? (given as Ladder) : undefined;
  const perKind = (given ?? {}) as Record<string, Ladder | undefined>;
  return Object.fromEntries(
    [...triggerNames, 'default' as const].map((name) => [
      name,
      mergeLadder(isKind(name) ? dispositions[name].cooldown : externalCooldown, one ?? perKind[name] ?? {}),
    ]),
  ) as Policy['cooldown'];
}

/** What is given stands; the other end of the ladder gives way to it. */
function mergeLadder(base: Cooldown, given: Ladder): Cooldown {
  const initialMs = given.initialMs ?? Math.min(base.initialMs, given.maxMs ?? base.initialMs);
  return {
    initialMs,
    factor: given.factor ?? base.factor,
    maxMs: given.maxMs ?? Math.max(base.maxMs, initialMs),
  };
}

function thresholdOf({ failures, windowMs, kinds: given }: NonNullable<PolicyInput['threshold']>): Threshold {
  return { failures, windowMs, kinds: given ? [...new Set(given)] : retryableKinds };
}

/** What can get better within seconds: one such failure says little about the next call. */
const retryableKinds = kinds.filter((kind) => dispositions[kind].retryable);

function retryOf(given: PolicyInput['retry']): RetryPolicy {
  const initialDelayMs = given?.initialDelayMs ?? Math.min(500, given?.maxDelayMs ?? 500);
  const { jitter } = given ?? {};
  return {
    // The chain is the retry: another tier answers sooner than a sick one gets well.
    maxAttempts: given?.maxAttempts ?? 1,
    initialDelayMs,
    maxDelayMs: given?.maxDelayMs ?? Math.max(8000, initialDelayMs),
    backoffFactor: given?.backoffFactor ?? 2,
    jitter: typeof jitter === 'number' ? jitter : jitter === false ? 0 : 0.5,
    kinds: given?.kinds ? [...new Set(given.kinds)] : retryableKinds,
  };
}
