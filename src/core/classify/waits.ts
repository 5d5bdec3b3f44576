import { asTime } from './body-wait.js';
import { parseDuration } from './duration.js';
import { readHeaders } from './read-headers.js';
import type { BodyWait, Signal } from './signal.js';
import { toPlain } from './text.js';

/** A wait the provider named, and where. */
export interface Wait {
  /** Milliseconds from now, as said: never capped. */
  ms: number;
  from: 'body' | 'message' | 'reset-header' | 'retry-after' | 'retry-after-ms';
}

/**
 * The wait an error names: `retry-after-ms`, `retry-after`, a field of the body, the message, the reset header of a
 * used-up bucket; the first that is present and valid. Times count against `now`; without it they name no wait.
 */
export function readWait(signal: Signal, now: number | undefined): Wait | undefined {
  const headers = signal.headers.map(readHeaders);
  for (const named of headers) {
    const wait = fromRetryAfter(named, now);
    if (wait !== undefined) return wait;
  }
  const fromBody = signal.bodyWait === undefined ? undefined : bodyMs(signal.bodyWait, now);
  if (fromBody !== undefined) return { ms: fromBody, from: 'body' };
  for (const layer of signal.layers) {
    for (const text of layer.page === undefined ? layer.texts : [layer.page]) {
      const ms = waitInText(text, now);
      if (ms !== undefined) return { ms, from: 'message' };
    }
  }
  for (const named of headers) {
    const ms = fromResetHeaders(named, now);
    if (ms !== undefined) return { ms, from: 'reset-header' };
  }
  return undefined;
}

function fromRetryAfter(headers: ReadonlyMap<string, string>, now: number | undefined): Wait | undefined {
  if (headers.size === 0) return undefined;
  const milliseconds = headers.get('retry-after-ms');
  if (milliseconds !== undefined && isNumeric(milliseconds))
    return { ms: Number(milliseconds), from: 'retry-after-ms' };
  const after = headers.get('retry-after');
  if (after === undefined) return undefined;
  if (isNumeric(after)) return { ms: Number(after) * 1000, from: 'retry-after' };
  const ms = untilTime(asTime(after), now);
  return ms === undefined ? undefined : { ms, from: 'retry-after' };
}

function isNumeric(value: string): boolean {
  return /^\d{1,15}(?:\.\d{1,9})?$/.test(value);
}

function bodyMs(wait: BodyWait, now: number | undefined): number | undefined {
  return wait.isTime ? untilTime(wait.value, now) : wait.value;
}

function untilTime(time: number | undefined, now: number | undefined): number | undefined {
  return time === undefined || now === undefined || time <= now ? undefined : time - now;
}

/** `x-ratelimit-reset-tokens`, `anthropic-ratelimit-tokens-reset`, `ratelimit-reset`, ... beside a `remaining` of 0. */
function fromResetHeaders(headers: ReadonlyMap<string, string>, now: number | undefined): number | undefined {
  let longest: number | undefined;
  for (const [name, value] of headers) {
    if (!name.includes('ratelimit') || !name.includes('remaining') || Number(value) !== 0 || value === '') continue;
    const reset = headers.get(name.replace('remaining', 'reset'));
    const ms = reset === undefined ? undefined : resetMs(reset, now);
    if (ms !== undefined && (longest === undefined || ms > longest)) longest = ms;
  }
  return longest;
}

function resetMs(value: string, now: number | undefined): number | undefined {
  const time = asTime(value);
  if (time !== undefined) return untilTime(time, now);
  return isNumeric(value) ? Number(value) * 1000 : parseDuration(value);
}

/** What a wait is introduced with; the duration follows. */
const leadIn =
  /(?:\b(?:try|retry|retrying|available|request|requests|use it|access|back)(?: (?:again|your request|the request|this request|it))?,? (?:in|after)|\bre(?:set|fresh|new|plenish|fill|cover|generate)(?:s|ed|ing|es)? (?:in|after)|\bwait(?:ing)?(?: for)?|retry[-_ ]?(?:after|delay|in)(?:''|\\?["'])?\s?[:=]?)\s?(?:about |approximately |around |at least |another |~)?(?=\d)/g;
const easternLeadIn = /(\d{1,9}(?:\.\d{1,6})?\s?(?:毫秒|秒钟?|分钟?|小时|天))\s?(?:之?后|以后|内)/;

/** The wait a sentence names: "Please try again in 6m0s", "retry after 20 seconds", "30 秒后重试". */
function waitInText(text: string, now: number | undefined): number | undefined {
  if (!/\d/.test(text)) return undefined;
  const plain = toPlain(text);
  for (const match of plain.matchAll(leadIn)) {
    const ms = parseDuration(plain.slice(match.index + match[0].length, match.index + match[0].length + 80));
    if (ms !== undefined) return ms;
  }
  const eastern = easternLeadIn.exec(plain);
  if (eastern !== null) return parseDuration(eastern[1] as string);
  return untilTime(timeInText(plain), now);
}

const epochMark = /\|(\d{10})(?!\d)/;
const isoTime =
  /(?:again|access|resets?|available|until|refresh\w*|retry)\b[^.\n]{0,24}?(\d{4}-\d\d-\d\d)[t ](?:at )?(\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(z|utc|gmt|[+-]\d\d:?\d\d)/;

/** A time a sentence names beyond doubt: with its date and its zone. */
function timeInText(plain: string): number | undefined {
  const epoch = epochMark.exec(plain);
  if (epoch !== null) return Number(epoch[1]) * 1000;
  const iso = isoTime.exec(plain);
  if (iso !== null) {
    const zone = iso[3] === undefined || /^[zug]/.test(iso[3]) ? 'Z' : iso[3];
    const time = Date.parse(`${iso[1]}T${iso[2]}${zone}`);
    return Number.isNaN(time) ? undefined : time;
  }
  return undefined;
}
