import type { Failure } from './loopback-reply.ts';

/** One frame of a streamed answer: a server-sent event, a line of NDJSON, a binary message. */
export type Frame = string | Uint8Array;

/** How one provider speaks: what it is asked and how it says yes, piece by piece, and no. */
export interface Wire {
  /** The operation a request asks for; nothing when this path is not one of them. */
  match(path: string, body: Readonly<Record<string, unknown>>): Asked | undefined;
  /** What goes after the wire's prefix in the base URL its own SDK takes. */
  readonly basePath: string;
  /** How this wire says an HTTP failure. */
  failure(failure: Failure): { headers: Record<string, string>; body: unknown };
}

export interface Asked {
  readonly model: string;
  readonly streaming: boolean;
  readonly format: Format;
}

/** The shape of the answers of one operation. */
export interface Format {
  /** The whole answer as one JSON value. */
  whole(model: string, text: string): unknown;
  readonly contentType: string;
  /** The streamed answer, frame by frame. */
  stream(model: string, pieces: readonly string[]): StreamScript;
  /** An error inside a stream that began with status 200. */
  streamFailure(failure: Failure): readonly Frame[];
  /** A frame whose JSON stops in the middle. */
  brokenFrame(): Frame;
}

export interface StreamScript {
  readonly opening: readonly Frame[];
  readonly content: readonly Frame[];
  /** Everything that says "this was all of it". */
  readonly ending: readonly Frame[];
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/** A server-sent event; `event` names it where the wire names its events. */
export function sse(data: unknown, event?: string): string {
  const line = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${line}\n\n`;
}

/** The headers a failure has in every wire. */
export function waitHeaders(failure: Failure): Record<string, string> {
  return failure.retryAfterSeconds === undefined ? {} : { 'retry-after': String(failure.retryAfterSeconds) };
}

/** The closest entry: the status itself, or the one for its hundred (400, 500). */
export function byStatus<T>(table: Readonly<Record<number, T>>, status: number): T {
  const entry = table[status] ?? table[status >= 500 ? 500 : 400];
  if (entry === undefined)
    throw new Error(`a wire's failure table needs entries for 400 and 500 (asked for ${status})`);
  return entry;
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
