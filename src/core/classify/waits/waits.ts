import type { Kind } from '../../kinds.js';
import { parseDuration } from './duration.js';
import { readHeaders } from '../signal/read-headers.js';
import type { Layer, Signal } from '../signal/signal.js';
import { asNumber, asTime, asWait } from './body-wait.js';
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
 * used-up bucket; the first that is present and valid. Times count against `now`; without it they name no wait.
 */
export function readWait(signal: Signal, kind: Kind, now: number | undefined): Wait | undefined {
  const containers = signal.headers.map(readHeaders);
  return (
    first(
      containers,
      (headers) =>
        named(asNumber(headers.get('retry-after-ms')), 'retry-after-ms') ??
        named(fromHeader(headers.get('retry-after'), now), 'retry-after'),
    ) ??
    named(signal.wait ?? until(signal.time, now), 'body') ??
    named(
      first(signal.layers.flatMap(textsOf), (plain) => inText(plain, now)),
      'message',
    ) ??
    (waitKinds.includes(kind)
      ? named(
          first(containers, (headers) => fromReset(headers, now)),
          'reset-header',
        )
      : undefined)
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

/** Seconds, a duration such as `1m30s`, or a time against `now`. */
function fromHeader(value: string | undefined, now: number | undefined): number | undefined {
  const time = asTime(value);
  return time === undefined ? asWait(value, '') : until(time, now);
}

function textsOf(layer: Layer): readonly string[] {
  return layer.page === undefined ? plainTexts(layer) : [toPlain(layer.page)];
}

function until(time: number | undefined, now: number | undefined): number | undefined {
  return time && now !== undefined && time > now ? time - now : undefined;
}

/** `x-ratelimit-reset-tokens`, `anthropic-ratelimit-tokens-reset`, `ratelimit-reset`, ... beside a `remaining` of 0. */
function fromReset(headers: ReadonlyMap<string, string>, now: number | undefined): number | undefined {
  const found: number[] = [];
  for (const [name, value] of headers) {
    if (!/ratelimit.*remaining/.test(name) || asNumber(value) !== 0) continue;
    const ms = fromHeader(headers.get(name.replace('remaining', 'reset')), now);
    if (ms !== undefined) found.push(ms);
  }
  return found.length ? Math.max(...found) : undefined;
}

/** What a wait is named with: a cheap look that spares most sentences the patterns. */
const hint = /again|back|re[tsfnpc]|wait|until|acce|avail|[后內内]|\|/;
/** What introduces a wait; the duration follows. */
const leadIn =
  /(?:\b(?:(?:re)?try|available|use it|access|back|re(?:set|fresh|new|plenish|fill|cover))(?:s|ed|ing|es)?(?: again| it| \w{3,4} request)?,? (?:in|after)|\bwait(?:ing)?(?: for)?|retry[-_ ]?(?:after|delay|in)[\\"' :=]{0,4})\s?(?:(?:at )?[a-z]{4,13} |~)?(?=\d)/g;
const easternWait = /(\d[\d.]{0,12}\s?[毫秒分小天][秒钟时]?)\s?(?:之?后|以后|内(?=[重再]))/;
/** A time beyond doubt: Claude Code's `limit reached|1767240000`, or a date with its zone. */
const mark =
  /\|(\d{10})(?!\d)|(?:again|access|resets?|until)\b[^.\n]{0,24}?(\d{4}-\d\d-\d\d)[t ](?:at )?(\d\d:\d\d(?::\d\d)?)(?:\.\d{1,6})? ?(?:z|utc|gmt)/;

/** The wait a sentence names: "Please try again in 6m0s", "retry after 20 seconds", "30 秒后重试". */
function inText(plain: string, now: number | undefined): number | undefined {
  if (!/\d/.test(plain) || !hint.test(plain)) return undefined;
  for (const match of plain.matchAll(leadIn)) {
    const ms = parseDuration(plain, match.index + match[0].length);
    if (ms !== undefined) return ms;
  }
  const eastern = easternWait.exec(plain);
  if (eastern) return parseDuration(eastern[1] as string);
  const time = mark.exec(plain);
  return time ? until(asTime(time[1] ?? `${time[2]}T${time[3]}Z`), now) : undefined;
}
