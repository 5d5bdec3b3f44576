import { MAX_ITEMS, MAX_JSON } from '../limits.js';
import { isObject, readProperty } from '../read-property.js';

/** Whether a text is a stream of server-sent events, as a body that was read to its end. */
export function isEventStream(text: string): boolean {
  return /^\s{0,4}(?:event|data|id|retry): ?/.test(text) && text.includes('data:');
}

/** The events of a stream that tell of a failure: the last ones. What was streamed before is the model's, not read. */
export function readEventStream(text: string, parse: (text: string) => unknown): unknown[] {
  const lines = text.slice(-MAX_JSON).split('\n');
  const events = lines.filter((line) => line.startsWith('data:')).slice(-MAX_ITEMS * 2);
  return events
    .map((line) => parse(line.slice(5).trim()))
    .filter((event) => isObject(event) && isFailure(event))
    .slice(-MAX_ITEMS);
}

function isFailure(event: object): boolean {
  const type = readProperty(event, 'type');
  return (
    readProperty(event, 'error') !== undefined ||
    (typeof type === 'string' && /error|fail|incomplete/.test(type)) ||
    Array.isArray(readProperty(event, 'choices'))
  );
}
