import { configError } from '../core/errors.js';
import { aBoolean, checkOptions, durationMs, type OptionRule } from './check-options.js';
import type { MakeError } from './provider-errors.js';

/** What happens to a call that reaches the scripted tier. */
export type ScriptedOutcome =
  | { does: 'answers'; value: unknown }
  | { does: 'fails'; makeError: MakeError }
  | { does: 'hangs' }
  | { does: 'streams'; chunks: readonly unknown[]; end: StreamEnd; readable: boolean; everyMs: number };

/** How a scripted stream continues after its chunks. */
export type StreamEnd = { does: 'ends' } | { does: 'fails'; makeError: MakeError } | { does: 'stalls' };

/** One line of a script: an outcome, how often, and how long it takes. */
export interface ScriptLine {
  /** What happens to such a call. */
  readonly outcome: ScriptedOutcome;
  /** Number of calls it applies to. */
  readonly count: number;
  /** Time from the call to its outcome, in milliseconds, 0 or more. */
  readonly latencyMs: number;
  /** The same for `count` calls. */
  times(count: number): ScriptLine;
  /** The same, `latencyMs` after the call. Needs the provider to have a clock. */
  after(latencyMs: number): ScriptLine;
}

/** Answers every further call; `.times(n)`: the next n. */
export function answers(value: unknown = 'ok'): ScriptLine {
  return line({ does: 'answers', value });
}

/** `fails(2).with(rateLimit({ retryAfterMs: 30_000 }))`: the next two calls; `fails()`: every further one. */
export function fails(count = Number.POSITIVE_INFINITY): { with(error: MakeError | Error): ScriptLine } {
  return {
    with: (error) =>
      line({ does: 'fails', makeError: typeof error === 'function' ? called(error) : () => error }, count),
  };
}

/** Never answers; rejects with the signal's reason when the call is aborted. */
export function hangs(): ScriptLine {
  return line({ does: 'hangs' });
}

/** How a scripted stream runs. */
export interface StreamScript {
  /** After the chunks: the end, an error, or nothing at all. Default `'ends'`. */
  end?: 'ends' | 'stalls' | MakeError;
  /** A `ReadableStream` instead of an async iterable. Default false. */
  readable?: boolean;
  /** Time between chunks, in milliseconds. Default 0. Needs the provider to have a clock. */
  everyMs?: number;
}

const streamRules: Readonly<Record<keyof StreamScript, OptionRule>> = {
  end: [
    (end) => typeof end === 'function' || end === 'ends' || end === 'stalls',
    "'ends', 'stalls' or what makes an error, e.g. serverError()",
  ],
  readable: aBoolean,
  everyMs: durationMs,
};

/** Answers with a stream of these chunks. @throws {ConfigError} an argument is wrong */
export function streams(chunks: readonly unknown[], options: StreamScript = {}): ScriptLine {
  checkOptions(options, streamRules);
  const { end = 'ends', readable = false, everyMs = 0 } = options;
  if (!Array.isArray(chunks)) throw configError('chunks', "expected a list, e.g. ['a', 'b']");
  const last: StreamEnd = typeof end === 'function' ? { does: 'fails', makeError: called(end) } : { does: end };
  return line({ does: 'streams', chunks, end: last, readable, everyMs });
}

function line(outcome: ScriptedOutcome, count = Number.POSITIVE_INFINITY, latencyMs = 0): ScriptLine {
  if (!(count === Number.POSITIVE_INFINITY || (Number.isInteger(count) && count >= 1))) {
    throw configError('count', 'expected a whole number, 1 or more');
  }
  checkOptions({ latencyMs }, { latencyMs: durationMs });
  return {
    outcome,
    count,
    latencyMs,
    times: (times) => line(outcome, times, latencyMs),
    after: (delayMs) => line(outcome, count, delayMs),
  };
}

/** `rateLimit` instead of `rateLimit()` would throw a function, which no failover can classify. */
function called(makeError: MakeError): MakeError {
  return () => {
    const error = makeError();
    if (typeof error === 'function')
      throw configError('error', 'expected what makes an error, e.g. serverError(): call it');
    return error;
  };
}
