import type { WireName } from '../../examples/support/loopback-provider.ts';

/** What every SDK is asked: one short chat, with its own retries off. */
export interface Ask {
  /** Base URL as that SDK takes it. */
  readonly url: string;
  readonly model: string;
  /** The SDK's own timeout, where it has one. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** What the SDK shall send its requests with, where it takes a `fetch`. */
  readonly fetch?: typeof fetch;
  /** Leaves the SDK's retries as they are when nobody sets them. */
  readonly ownRetries?: true;
}

/** One way of using one SDK. The tests know no more of an SDK than this. */
export interface SdkDriver {
  readonly wire: WireName;
  /** One answer. Resolves with its text, or with the JSON of what came instead of a text. */
  call?(ask: Ask): Promise<string>;
  /**
   * One streamed answer, piece by piece. Returns the end mark the SDK shows (a finish reason, `done`, an end event):
   * undefined says that the stream is over and nothing ever said that it was complete.
   */
  stream?(ask: Ask): AsyncGenerator<string, string | undefined>;
}

export const PROMPT = 'Say hello.';

/** Twelve days: only a case with a timeout of its own ever sees one. Some SDKs add a second, so it is no longest timer. */
export const PATIENCE_MS = 2 ** 30;

/** An option that is left out where its value is undefined. */
export function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [key in Name]?: NonNullable<Value> } {
  const option: { [key in Name]?: NonNullable<Value> } = {};
  if (value !== undefined && value !== null) option[name] = value;
  return option;
}

/** `{ maxRetries: 0 }`, as most of them call it, unless the SDK's own retries are asked for. */
export function noRetries(ask: Ask): { maxRetries?: 0 } {
  return ask.ownRetries === true ? {} : { maxRetries: 0 };
}
