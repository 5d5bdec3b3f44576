import { tierId, type Tier } from '../core/config.js';
import { ConfigError, configError } from '../core/errors.js';
import type { Clock } from '../ports/clock.js';
import { aClock, checkOptions } from './check-options.js';
import type { CallContext } from '../ports/failover.js';
import { sleep } from '../engine/time/waits.js';
import { openScripted, untilAborted } from './scripted-stream.js';
import type { ScriptedOutcome, ScriptLine } from './script.js';

/** One call that reached a scripted tier. */
export interface ScriptedCall {
  /** `provider/model`, or `provider/model@credential` where that key has a script of its own. */
  tier: string;
  index: number;
  /** Number of the attempt at this tier within its logical call, from 1. */
  attempt: number;
  /** When it arrived, epoch milliseconds of the provider's clock; 0 without one. */
  at: number;
  /** What the script did with it. */
  does: ScriptedOutcome['does'];
}

/** Providers that follow a script. `V` is what they answer, as `createScriptedProvider<V>` was told. */
export interface ScriptedProvider<V = unknown> {
  /** Pass this to `resolveWithFallback`, or to your own code in the place of the call that asks a provider. */
  readonly call: (tier: Tier, context: Pick<CallContext, 'index' | 'attempt' | 'signal'>) => Promise<V>;
  /** Every call so far, oldest first. */
  readonly calls: readonly ScriptedCall[];
  /** Calls that reached one tier, named `provider/model` (all of its keys) or `provider/model@credential`. */
  callsTo(tier: string): number;
}

/**
 * Plays every provider of a chain from a script: for each tier, named `provider/model`, lines in order. Keys of one
 * model share its script, unless one is named `provider/model@credential`.
 *
 * ```ts
 * const provider = createScriptedProvider({
 *   'openai/gpt': [fails(2).with(rateLimit({ retryAfterMs: 30_000 })), answers('back')],
 *   'anthropic/claude': answers('from the second tier'),
 * });
 * await resolveWithFallback(failover, provider.call);
 * ```
 *
 * `createScriptedProvider<string>(…)` says what the answers are, where your own code has a type for them. A call to a
 * tier without a script, or after its last line, rejects with an error that says so.
 *
 * @param options.clock needed by lines that take time: `.after(ms)`, `everyMs`
 * @throws {ConfigError} `scripts` holds anything but lines, or an option is unknown or wrong
 */
export function createScriptedProvider<V = unknown>(
  scripts: Readonly<Record<string, ScriptLine | readonly ScriptLine[]>>,
  options: { clock?: Clock } = {},
): ScriptedProvider<V> {
  if (typeof scripts !== 'object' || scripts === null) {
    throw new ConfigError([
      { path: 'scripts', message: "expected lines by tier, e.g. { 'openai/gpt': answers('hello') }" },
    ]);
  }
  checkOptions(options, { clock: aClock });
  const { clock } = options;
  const queues = new Map(Object.entries(scripts).map(([tier, lines]) => [tier, createQueue(tier, [lines].flat())]));
  const calls: ScriptedCall[] = [];
  /** `provider/model` of each call. */
  const pairs: string[] = [];
  async function play(tier: Tier, context: Parameters<ScriptedProvider['call']>[1]): Promise<unknown> {
    const pair = tierId(tier);
    const keyed = `${pair}@${tier.credential}`;
    const id = tier.credential !== undefined && queues.has(keyed) ? keyed : pair;
    const queue = queues.get(id);
    if (!queue) {
      const named = queues.size === 0 ? '' : `; there is one for ${[...queues.keys()].join(', ')}`;
      throw configError(`scripts['${id}']`, `this tier was called and has no script${named}`);
    }
    const { outcome, latencyMs } = queue.next();
    const at = clock?.now() ?? 0;
    pairs.push(pair);
    calls.push({ tier: id, index: context.index, attempt: context.attempt, at, does: outcome.does });
    if (latencyMs > 0) await sleep(needed(clock, id), latencyMs, context.signal);
    if (outcome.does === 'fails') throw outcome.makeError();
    if (outcome.does === 'hangs') return untilAborted(context.signal);
    if (outcome.does === 'answers') return outcome.value;
    return openScripted(outcome, context.signal, (ms) => sleep(needed(clock, id), ms, context.signal));
  }
  return {
    calls,
    callsTo: (tier) => calls.filter((call, at) => call.tier === tier || pairs[at] === tier).length,
    // A script holds any values: its author says of which type they are.
    call: play as ScriptedProvider<V>['call'],
  };
}

function createQueue(tier: string, lines: readonly ScriptLine[]): { next(): ScriptLine } {
  if (!lines.every((line) => typeof line?.outcome?.does === 'string')) {
    const message = "expected lines such as answers('hello'), fails(2).with(overloaded()) or hangs()";
    throw configError(`scripts['${tier}']`, message);
  }
  let at = 0;
  let used = 0;
  let total = 0;
  return {
    next() {
      for (; lines[at] !== undefined; at++, used = 0) {
        const line = lines[at]!;
        if (used >= line.count) continue;
        used++;
        total++;
        return line;
      }
      throw new ConfigError([
        {
          path: `scripts['${tier}']`,
          message: `the script ended after ${total} calls; end it with answers() or fails()`,
        },
      ]);
    },
  };
}

function needed(clock: Clock | undefined, tier: string): Clock {
  if (clock) return clock;
  throw new ConfigError([
    { path: 'clock', message: `the script of ${tier} takes time: hand in a clock, e.g. createManualClock()` },
  ]);
}
