import { readHeaders } from '../signal/read-headers.js';
import { asNumber, asTime } from '../signal/wait-value.js';
import { fromHeader, policiesIn } from './reset-headers.js';

/** What rate-limit headers say of one limit: what is left of how much, and when it is whole again, in milliseconds. */
interface Bucket {
  readonly remaining: number | undefined;
  readonly limit: number | undefined;
  readonly resetMs: number | undefined;
}

/** Who leaves a limit alone that resets sooner than this is back before it matters. */
const SHORTEST_RESET_MS = 1000;
/** No limit takes longer than this to reset: a header that says so is wrong. */
const LONGEST_RESET_MS = 24 * 3_600_000;

/**
 * How long a limit that an answer's headers name as nearly used up takes to reset, in milliseconds, the longest of
 * several; 0: the headers name limits, and none of them is. `undefined`: they name none, or say nothing that makes
 * sense.
 *
 * @param share a limit of which no more than this share is left is nearly used up
 */
export function nearlyUsedUpMs(
  container: object & { get?: (name: string) => unknown },
  share: number,
  now: number,
): number | undefined {
  const headers = readHeaders(container);
  const at = asTime(headers.get('date')) ?? now;
  const buckets = [...namedBuckets(headers, at), ...policies(headers)];
  let longest: number | undefined;
  for (const { remaining, limit, resetMs } of buckets) {
    if (remaining === undefined || limit === undefined || limit <= 0) continue;
    const isLow = remaining <= limit * share;
    if (isLow && (resetMs === undefined || resetMs > LONGEST_RESET_MS)) continue;
    longest = Math.max(longest ?? 0, isLow && resetMs! >= SHORTEST_RESET_MS ? resetMs! : 0);
  }
  return longest;
}

/** `x-ratelimit-remaining-tokens` beside `-limit-` and `-reset-`, `anthropic-ratelimit-tokens-remaining`, and so on. */
function namedBuckets(headers: ReadonlyMap<string, string>, now: number): Bucket[] {
  const names = [...headers.keys()].filter((name) => /ratelimit.*remaining/.test(name));
  return names.map((name) => {
    const header = (word: string) => headers.get(name.replace('remaining', word));
    return {
      remaining: leadingNumber(header('remaining')),
      limit: leadingNumber(header('limit')),
      resetMs: fromHeader(header('reset'), now),
    };
  });
}

/** `RateLimit: "default";r=3;t=30` beside `RateLimit-Policy: "default";q=100;w=60` of the IETF's draft. */
function policies(headers: ReadonlyMap<string, string>): Bucket[] {
  const quotas = new Map(policiesIn(headers, 'ratelimit-policy').map((each) => [nameOf(each), parameter(each, 'q')]));
  return policiesIn(headers, 'ratelimit').map((each) => {
    const seconds = parameter(each, 't');
    return {
      remaining: parameter(each, 'r'),
      limit: quotas.get(nameOf(each)),
      resetMs: seconds === undefined ? undefined : seconds * 1000,
    };
  });
}

function nameOf(policy: string): string {
  return policy.split(';', 1)[0]!.trim();
}

function parameter(policy: string, name: 'q' | 'r' | 't'): number | undefined {
  return asNumber(new RegExp(String.raw`;\s*${name}=(\d{1,15})(?![\d.])`).exec(policy)?.[1]);
}

/** `100`, also where a window follows, as in `100, 100;w=60`. */
function leadingNumber(value: string | undefined): number | undefined {
  return asNumber(/^(\d[\d.]{0,24})(?:[,;\s]|$)/.exec(value ?? '')?.[1]);
}
