import type { Kind } from '../kinds.js';
import { asNumber, asTime, asWait } from './body-wait.js';
import { parseDuration } from './duration.js';
import { readHeaders } from './read-headers.js';
import type { Signal } from './signal.js';
import { plainTexts, toPlain } from './text.js';

/** A wait the provider named, and where. */
export interface Wait {
  /** Milliseconds from now, as said: never capped. */
  ms: number;
  from: 'body' | 'message' | 'reset-header' | 'retry-after' | 'retry-after-ms';
}

/** Kinds a used-up bucket can explain; on others its reset header is no answer. */
const waitKinds: ReadonlySet<Kind> = new Set<Kind>(['rate_limit', 'quota', 'overloaded']);

/**
 * The wait an error names: `retry-after-ms`, `retry-after`, a field of the body, the message, the reset header of a
 * used-up bucket; the first that is present and valid. Times count against `now`; without it they name no wait.
 */
export function readWait(signal: Signal, kind: Kind, now: number | undefined): Wait | undefined {
  let ms: number | undefined;
  const containers = signal.headers.map(readHeaders);
  for (const headers of containers) {
    ms = asNumber(headers.get('retry-after-ms'));
    if (ms !== undefined) return { ms, from: 'retry-after-ms' };
    const after = headers.get('retry-after');
    ms = asWait(asNumber(after), '') ?? until(asTime(after), now);
    if (ms !== undefined) return { ms, from: 'retry-after' };
  }
  const { bodyWait } = signal;
  if (bodyWait !== undefined) {
    ms = bodyWait.isTime ? until(bodyWait.value, now) : bodyWait.value;
    if (ms !== undefined) return { ms, from: 'body' };
  }
  for (const layer of signal.layers) {
    for (const plain of layer.page === undefined ? plainTexts(layer) : [toPlain(layer.page)]) {
      ms = inText(plain, now);
      if (ms !== undefined) return { ms, from: 'message' };
    }
  }
  if (!waitKinds.has(kind)) return undefined;
  for (const headers of containers) {
    ms = fromReset(headers, now);
    if (ms !== undefined) return { ms, from: 'reset-header' };
  }
  return undefined;
}

function until(time: number | undefined, now: number | undefined): number | undefined {
  return time !== undefined && now !== undefined && time > now ? time - now : undefined;
}

/** `x-ratelimit-reset-tokens`, `anthropic-ratelimit-tokens-reset`, `ratelimit-reset`, ... beside a `remaining` of 0. */
function fromReset(headers: ReadonlyMap<string, string>, now: number | undefined): number | undefined {
  let longest: number | undefined;
  for (const [name, value] of headers) {
    if (!/ratelimit.*remaining/.test(name) || asNumber(value) !== 0) continue;
    const reset = headers.get(name.replace('remaining', 'reset'));
    if (reset === undefined) continue;
    const time = asTime(reset);
    const ms = time === undefined ? asWait(reset, '') : until(time, now);
    if (ms !== undefined && ms > (longest ?? -1)) longest = ms;
  }
  return longest;
}

const hint = /again|back|re[tsfnpc]|wait|until|acce|avail|[后內内]|\|/;
/** What introduces a wait; the duration follows. */
const leadIn =
  /(?:\b(?:try|retry|retrying|available|use it|access|back)(?: (?:again|your request|the request|this request|it))?,? (?:in|after)|\bre(?:set|fresh|new|plenish|fill|cover)(?:s|ed|ing|es)? (?:in|after)|\bwait(?:ing)?(?: for)?|retry[-_ ]?(?:after|delay|in)(?:\\?["'])?\s?[:=]?)\s?(?:about |approximately |around |at least |another |~)?(?=\d)/g;
const easternWait = /(\d[\d.]{0,12}\s?[毫秒分小天][秒钟时]?)\s?(?:之?后|以后|内(?=[重再]))/;
/** A time beyond doubt: Claude Code's `limit reached|1767240000`, or a date with its zone. */
const mark =
  /\|(\d{10})(?!\d)|(?:again|access|resets?|until)\b[^.\n]{0,24}?(\d{4}-\d\d-\d\d)[t ](?:at )?(\d\d:\d\d(?::\d\d)?)(?:\.\d{1,6})? ?(?:z|utc|gmt)/;

/** The wait a sentence names: "Please try again in 6m0s", "retry after 20 seconds", "30 秒后重试". */
function inText(plain: string, now: number | undefined): number | undefined {
  // Most sentences with a number in them name no wait: a cheap look spares them the patterns.
  if (!/\d/.test(plain) || !hint.test(plain)) return undefined;
  for (const match of plain.matchAll(leadIn)) {
    const ms = parseDuration(plain, match.index + match[0].length);
    if (ms !== undefined) return ms;
  }
  const eastern = easternWait.exec(plain);
  if (eastern !== null) return parseDuration(eastern[1] as string);
  const time = mark.exec(plain);
  return time === null ? undefined : until(asTime(time[1] ?? `${time[2]}T${time[3]}Z`), now);
}
