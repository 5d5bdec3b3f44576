import type { Kind } from '../../kinds.js';
import { readHeaders } from '../signal/read-headers.js';
import type { Layer, Signal } from '../signal/signal.js';
import { asNumber, asTime } from '../signal/wait-value.js';
import { waitInText } from './message-wait.js';
import { fromHeader, fromReset, until } from './reset-headers.js';
import { plainTexts, toPlain } from '../signal/text.js';

/** A wait the provider named, and where. */
export interface Wait {
  /** Milliseconds from now, as said: never capped. */
  ms: number;
  from: 'body' | 'message' | 'reset-header' | 'retry-after' | 'retry-after-ms';
}

/** Kinds a used-up bucket can explain; on others its reset header is no answer. */
const waitKinds: readonly Kind[] = ['rate_limit', 'quota', 'overloaded'];

/**
 * The wait an error names: `retry-after-ms`, `retry-after`, a field of the body, the message, the reset header of a
 * used-up bucket; the first that is present and valid. Times count against the `Date` of their response, without one
 * against `now`; without either they name no wait.
 */
export function readWait(signal: Signal, kind: Kind, now: number | undefined): Wait | undefined {
  const responses = signal.headers.map((container) => {
    const headers = readHeaders(container);
    return { headers, now: asTime(headers.get('date')) ?? now };
  });
  // A body belongs to the response whose headers stand beside it.
  const present = responses.find((response) => response.now !== now)?.now ?? now;
  return (
    first(
      responses,
      (response) =>
        named(asNumber(response.headers.get('retry-after-ms')), 'retry-after-ms') ??
        named(fromHeader(response.headers.get('retry-after'), response.now), 'retry-after'),
    ) ??
    named(signal.wait ?? until(signal.time, present), 'body') ??
    named(
      first(signal.layers.flatMap(textsOf), (plain) => waitInText(plain, present)),
      'message',
    ) ??
    named(
      waitKinds.includes(kind) ? first(responses, (response) => fromReset(response.headers, response.now)) : undefined,
      'reset-header',
    )
  );
}

function named(ms: number | undefined, from: Wait['from']): Wait | undefined {
  return ms === undefined ? undefined : { ms, from };
}

function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textsOf(layer: Layer): readonly string[] {
  return layer.page === undefined ? plainTexts(layer) : [toPlain(layer.page)];
}
