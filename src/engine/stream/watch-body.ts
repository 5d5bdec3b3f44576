import { bounded } from '../time/waits.js';
import type { EngineClock } from '../time/clock.js';

export interface BodyOptions {
  clock: EngineClock;
  /** Limit for one pending read of a body, in milliseconds. */
  idleTimeoutMs: number | undefined;
  /** The error for a body that stalls. */
  stalled: () => unknown;
}

/** What the events of a body say. */
export interface BodyWatch {
  /** The error in one of them, as the provider put it. */
  streamError: unknown;
}

/** Longest event that is searched for an error, in characters; a longer one is content. */
const MAX_EVENT = 8192;

/**
 * Passes a successful response on. Server-sent events are searched for an error as they pass, one event at a time; with
 * an idle limit every body is watched for a stall. Nothing is read ahead and nothing is kept; other bodies stay as they
 * are.
 */
export function watchBody(response: Response, watch: BodyWatch, options: BodyOptions): Response {
  const isEvents = response.headers.get('content-type')?.includes('text/event-stream') ?? false;
  if (!response.body || (!isEvents && options.idleTimeoutMs === undefined)) return response;
  // A new stream replaces one that failed.
  if (isEvents) watch.streamError = undefined;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let line = '';
  let failed = false;

  /** Reads the lines that a chunk completes; the end of the body completes the last one. */
  const look = (chunk: Uint8Array | undefined): void => {
    if (!isEvents || watch.streamError !== undefined) return;
    const text = chunk ? decoder.decode(chunk, { stream: true }) : `${decoder.decode()}\n`;
    const lines = (line + text).split('\n');
    line = lines.pop()!.slice(0, MAX_EVENT);
    for (const each of lines) {
      if (each.startsWith('event:')) failed = each.slice(6).trim() === 'error';
      else if (each.startsWith('data:')) watch.streamError ??= errorIn(each.slice(5), failed);
      else if (each.trim() === '') failed = false;
    }
  };

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } =
          options.idleTimeoutMs === undefined
            ? await reader.read()
            : await bounded(() => reader.read(), {
                clock: options.clock,
                limitMs: options.idleTimeoutMs,
                late: options.stalled,
                stop: (reason) => void reader.cancel(reason).catch(() => undefined),
              });
        look(value);
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  );
  const { status, statusText, headers, url, redirected, type } = response;
  return Object.defineProperties(new Response(body, { status, statusText, headers }), {
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
  });
}

/** The error in an event: the data of an `error` event, an `error` object at the top, or a failed end of Cohere. */
function errorIn(data: string, failed: boolean): unknown {
  const text = data.trim();
  // Almost every event ends here, unparsed.
  if (!failed && !/"error"/i.test(text)) return undefined;
  if (text.length > MAX_EVENT) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (failed) return parsed;
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const carries = 'error' in parsed && typeof parsed.error === 'object' && parsed.error !== null;
    if (!carries && 'delta' in parsed) return failedEnd(parsed.delta);
    // Mistral and vLLM mark the whole event instead.
    return carries || ('object' in parsed && parsed.object === 'error') ? parsed : undefined;
  } catch {
    return failed ? text : undefined;
  }
}

/** Cohere has no error event: an answer that failed ends with the reason ERROR, sometimes with a message. */
function failedEnd(delta: unknown): unknown {
  if (typeof delta !== 'object' || delta === null || !('finish_reason' in delta)) return undefined;
  if (delta.finish_reason !== 'ERROR') return undefined;
  return { code: 'internal_error', message: 'error' in delta ? delta.error : undefined };
}
