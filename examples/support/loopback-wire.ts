import type { Failure } from './loopback-reply.ts';

/** One frame of a streamed answer: a server-sent event, a line of NDJSON, a binary message. */
export type Frame = string | Uint8Array;

/** One provider's wire format: its requests, its answers, whole and in pieces, and its errors. */
export interface Wire {
  /** The operation a request asks for; undefined for any other path. */
  match(path: string, body: Readonly<Record<string, unknown>>): Asked | undefined;
  /** What follows the wire's prefix in the base URL of its SDK. */
  readonly basePath: string;
  /** An HTTP failure in this wire's envelope. */
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
  /** The frames that end the stream. */
  readonly ending: readonly Frame[];
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/** A server-sent event; `event` is its name, in wires that name events. */
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
