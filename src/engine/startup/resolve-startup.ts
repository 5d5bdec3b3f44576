import { printedIds, type Tier } from '../../core/config.js';
import type { StartupTierInput, StartupTierOf } from '../../core/config-input.js';
import {
  ChainExhaustedError,
  ConfigError,
  configError,
  PinnedTierError,
  type Attempt,
  type NotAsked,
} from '../../core/errors.js';
import { kinds, type Kind } from '../../core/kinds.js';
import { unknownOptions } from '../../core/unknown-options.js';
import { fillStartupChain } from '../../schema/parse-startup.js';
import { bounded } from '../time/waits.js';
import { isSignal } from '../call/call-options.js';
import { judge, type Classify } from '../call/verdict/judge.js';
import { guardClock, type ClockInput } from '../time/clock.js';

/** Kinds that another provider's login can do better at. A rate limit is not among them: it would only spread. */
const defaultFallbackOn: readonly Kind[] = ['auth', 'permission', 'quota', 'model_unavailable'];

/** What `resolveStartup` takes. */
export interface StartupOptions<C extends readonly StartupTierInput[], R> {
  /** Best first. A tier without a model inherits the first one's; a string is `provider/model` or a provider. */
  readonly chain: C;
  /** Acquires credentials or a client for a tier, or rejects. */
  readonly resolve: (
    tier: StartupTierOf<C[number]>,
    context: { readonly index: number; readonly signal: AbortSignal },
  ) => R | PromiseLike<R>;
  /** True: the first tier or nothing; its error is rethrown verbatim. */
  readonly pinned?: boolean | undefined;
  /** Kinds that walk on. `rate_limit` in it is an error. Default: auth, permission, quota, model_unavailable. */
  readonly fallbackOn?: readonly Kind[] | undefined;
  /** The caller's own: its abort stops at once, and its reason is rethrown. */
  readonly signal?: AbortSignal | undefined;
  /** Judges errors in the place of `classifyError`. */
  readonly classify?: Classify | undefined;
  /** Time, for tests and simulations. Default: the real one. */
  readonly clock?: ClockInput | undefined;
}

const optionNames: Record<keyof StartupOptions<readonly StartupTierInput[], unknown>, true> = {
  chain: true,
  resolve: true,
  pinned: true,
  fallbackOn: true,
  signal: true,
  classify: true,
  clock: true,
};

/** What a startup found. */
export interface StartupResult<T extends Tier, R> {
  /** What `resolve` gave. */
  runtime: R;
  /** The tier that resolved. */
  tier: T;
  /** Its place in the chain that was given. */
  index: number;
  /**
   * The tiers behind it, models filled in and duplicates left out: the rest of the chain for the runtime. None if
   * pinned.
   */
  remaining: T[];
  /** What was tried, the tier that resolved last: for `createFailover({ startup })`. */
  attempts: Attempt[];
}

/**
 * Walks a chain once, at start, for a tier whose credentials can be had.
 *
 * @throws the error of `resolve`, verbatim: at once for a pinned tier, for a rate limit and for every kind that does
 *   not walk on; the last one when all fail
 * @throws {ConfigError} the chain or an option is wrong
 */
export async function resolveStartup<const C extends readonly StartupTierInput[], R>(
  options: StartupOptions<C, R>,
): Promise<StartupResult<StartupTierOf<C[number]>, R>> {
  checkStartupOptions(options);
  return walkStartup(options, new Map());
}

/**
 * Walks a chain as `resolveStartup` does, without the tiers in `rests` (by place among those of `startupTiers`): a
 * store says that they may not be asked now.
 *
 * @throws {PinnedTierError} the pinned tier is one of them
 * @throws {ChainExhaustedError} all tiers are
 */
export async function walkStartup<const C extends readonly StartupTierInput[], R>(
  options: StartupOptions<C, R>,
  rests: ReadonlyMap<number, NotAsked>,
): Promise<StartupResult<StartupTierOf<C[number]>, R>> {
  type T = StartupTierOf<C[number]>;
  const { resolve, pinned = false, fallbackOn = defaultFallbackOn, signal, classify } = options;
  const clock = guardClock(options.clock);
  const entries = fillStartupChain(options.chain) as { tier: T; index: number }[];
  const ids = printedIds(entries.map(({ tier }) => tier));
  const open = [...entries.keys()].filter((at) => !rests.has(at));
  const kept = pinned ? rests.get(0) : undefined;
  if (kept) throw pinnedError(kept);
  if (open.length === 0) throw exhaustedError([...rests.values()]);
  const attempts: Attempt[] = [];

  for (const at of pinned ? [0] : open) {
    const { tier, index } = entries[at]!;
    const id = ids[at]!;
    const startedAt = clock.elapsed();
    const durationMs = () => Math.round(clock.elapsed() - startedAt);
    const controller = new AbortController();
    try {
      const runtime = await bounded(() => resolve(tier, { index, signal: controller.signal }), {
        clock,
        signal,
        stop: (reason) => controller.abort(reason),
      });
      attempts.push({ tier: id, index, ok: true, durationMs: durationMs() });
      const remaining = pinned ? [] : entries.slice(at + 1).map((entry) => entry.tier);
      return { runtime, tier, index, remaining, attempts };
    } catch (error) {
      const { kind, retryAfterMs } = judge(error, clock.now(), classify);
      const last = pinned || signal?.aborted || at === open.at(-1);
      if (last || kind === 'rate_limit' || !fallbackOn.includes(kind)) throw error;
      const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
      attempts.push({ tier: id, index, ok: false, kind, ...wait, durationMs: durationMs() });
    }
  }
  throw configError('chain', 'must name at least one tier');
}

function pinnedError({ tier, reason, until }: NotAsked): PinnedTierError {
  const why = reason === 'held' || reason === 'paused' ? 'is held or paused by an operator' : 'asked to be left alone';
  const when = until === null ? '' : ` until ${new Date(until).toISOString()}`;
  return new PinnedTierError({ tier, retryAt: until, reason: `${why}${when}` });
}

function exhaustedError(rests: readonly NotAsked[]): ChainExhaustedError {
  const soonest = Math.min(...rests.map(({ until }) => until ?? Number.POSITIVE_INFINITY));
  return new ChainExhaustedError({
    attempts: [],
    retryAt: Number.isFinite(soonest) ? soonest : null,
    notAsked: rests,
  });
}

/** The tiers that a startup walks, each with its model. @throws {ConfigError} naming every field that is wrong */
export function startupTiers(chain: readonly StartupTierInput[]): Tier[] {
  return fillStartupChain(chain).map(({ tier }) => tier);
}

/** @throws {ConfigError} naming every option that is wrong or unknown */
export function checkStartupOptions(
  options: Omit<StartupOptions<readonly StartupTierInput[], unknown>, 'resolve'> & { resolve: unknown },
): void {
  if (typeof options !== 'object' || options === null) throw configError('options', 'expected { chain, resolve }');
  // One configuration may serve the start and the failover; nothing in its policy is about a start.
  const { policy: _policy, ...own } = options as typeof options & { policy?: unknown };
  const unknown = unknownOptions(own, Object.keys(optionNames));
  if (unknown.length > 0) throw new ConfigError(unknown);
  if (typeof options.resolve !== 'function')
    throw configError('resolve', 'expected a function (tier, { index, signal })');
  const { pinned, signal, classify, fallbackOn } = options;
  if (pinned !== undefined && typeof pinned !== 'boolean')
    throw configError('pinned', 'expected true: the first tier only');
  if (signal !== undefined && !isSignal(signal)) throw configError('signal', 'expected an AbortSignal');
  if (classify !== undefined && typeof classify !== 'function') {
    throw configError('classify', 'expected a function like classifyError');
  }
  if (fallbackOn === undefined) return;
  if (!Array.isArray(fallbackOn)) throw configError('fallbackOn', 'expected a list of kinds');
  fallbackOn.forEach((kind, index) => {
    const path = `fallbackOn[${index}]`;
    if (!kinds.includes(kind)) throw configError(path, `unknown kind; known: ${kinds.join(', ')}`);
    if (kind === 'rate_limit')
      throw configError(path, 'a rate limit never walks on: it would spread to the next provider');
  });
}
