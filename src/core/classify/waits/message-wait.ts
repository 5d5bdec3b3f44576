import { anyOf, inTurn } from '../../patterns.js';
import { parseDuration } from '../signal/duration.js';
import { asTime } from '../signal/wait-value.js';
import { until } from './reset-headers.js';

/** What a wait is named with: a cheap look that spares most sentences the patterns. */
const hint = /again|back|try|use it|re[sfnpc]|wait|until|acce|avail|[后内]|\|/;

/** What a client says of its own plans: "Retrying in 5 seconds… (attempt 4/10)". No provider asked for that. */
const ownPlan = inTurn(
  [
    /\b(?:retrying|reconnecting|waiting|sleeping|(?:will|to|next|auto\w*)[ -]retry)\b/,
    /[^.\n;)]{0,40}(?:\.\d[^.\n;)]{0,20})?/,
  ],
  'g',
);

/** What introduces a wait; the duration follows. */
const leadIn = anyOf(
  [
    inTurn([
      /\b(?:(?:re)?try|available|use it|access|back|re(?:set|fresh|new|plenish|fill|cover))(?:s|ed|ing|es)?/,
      /(?: again| it| \w{3,4} request)?,? (?:in|after)/,
    ]),
    /\bwait(?: for)?/,
    /retry[-_ ]?(?:after|delay|in)[\\"' :=]{0,4}/,
  ],
  'g',
  '',
  String.raw`\s?(?:(?:at )?[a-z]{4,13} |~)?(?=\d)`,
);

const easternWait = /(\d[\d.]{0,12}\s?[毫秒分小天][秒钟时]?)\s?(?:之?后|以后|内(?=[重再]))/;

/** A time beyond doubt: Claude Code's `limit reached|1767240000`, or a date with its zone. */
const mark = anyOf([
  /\|(\d{10})(?!\d)/,
  inTurn([
    /(?:again|access|resets?|until)\b[^.\n]{0,24}?(\d{4}-\d\d-\d\d)[t ](?:at )?/,
    /(\d\d:\d\d(?::\d\d)?)(?:\.\d{1,6})? ?(?:z|utc|gmt)/,
  ]),
]);

/** The wait a sentence names: "Please try again in 6m0s", "retry after 20 seconds", "30 秒后重试". */
export function waitInText(text: string, now: number | undefined): number | undefined {
  if (!/\d/.test(text) || !hint.test(text)) return undefined;
  const plain = text.replace(ownPlan, ' ');
  for (const match of plain.matchAll(leadIn)) {
    const ms = parseDuration(plain, match.index + match[0].length);
    if (ms !== undefined) return ms;
  }
  const eastern = easternWait.exec(plain);
  if (eastern) return parseDuration(eastern[1] as string);
  const time = mark.exec(plain);
  return time ? until(asTime(time[1] ?? `${time[2]}T${time[3]}Z`), now) : undefined;
}
