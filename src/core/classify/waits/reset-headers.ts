import { asNumber, asTime, asWait } from '../signal/wait-value.js';

type Headers = ReadonlyMap<string, string>;

/** Milliseconds of a header: seconds, a duration such as `1m30s`, or a time against `now`. */
export function fromHeader(value: string | undefined, now: number | undefined): number | undefined {
  const time = asTime(value);
  return time === undefined ? asWait(value, '') : until(time, now);
}

/** Milliseconds from `now` to `time`; `undefined` for a time that has passed, and where one of the two is not known. */
export function until(time = -Infinity, now = Infinity): number | undefined {
  return time > now ? time - now : undefined;
}

/** The policies that a header of the IETF's draft lists. */
export function policiesIn(headers: Headers, name: 'ratelimit' | 'ratelimit-policy'): string[] {
  return headers.get(name)?.split(',') ?? [];
}

/** The longest wait for a bucket that is used up. */
export function fromReset(headers: Headers, now: number | undefined): number | undefined {
  const waits = [...usedUpBuckets(headers, now), ...rejectedWindows(headers, now), ...usedUpPolicies(headers)];
  return waits.length ? Math.max(...waits) : undefined;
}

/** `x-ratelimit-reset-tokens`, `anthropic-ratelimit-tokens-reset`, `ratelimit-reset`, ... beside a `remaining` of 0. */
function usedUpBuckets(headers: Headers, now: number | undefined): number[] {
  return [...headers].flatMap(([name, value]) => {
    if (!/ratelimit.*remaining/.test(name) || asNumber(value) !== 0) return [];
    return fromHeader(headers.get(name.replace('remaining', 'reset')), now) ?? [];
  });
}

/**
 * `anthropic-ratelimit-unified-5h-reset` beside `anthropic-ratelimit-unified-5h-status: rejected`; where no window is
 * named, the reset of them all. That of the overage, which is paid for, is no end of a window.
 */
function rejectedWindows(headers: Headers, now: number | undefined): number[] {
  const resetsOf = (names: readonly string[]) =>
    names.flatMap((name) => fromHeader(headers.get(`anthropic-ratelimit-unified-${name}reset`), now) ?? []);
  const names = [...headers].flatMap(([name, value]) => {
    const window = /^anthropic-ratelimit-unified-(?!overage)(.*)status$/.exec(name);
    return window && value === 'rejected' ? [window[1] as string] : [];
  });
  const windows = names.filter(Boolean);
  const hasStatus = [...headers.keys()].some((name) => /unified.*status/.test(name));
  if (hasStatus) return resetsOf(windows.length ? windows : names);
  // Nothing says which window rejected the request: the reset of them all, else that of the shorter one.
  return resetsOf(['', '5h-', '7d-']).slice(0, 1);
}

/** `RateLimit: "default";r=0;t=30` of the IETF's draft: for each policy what remains, and the seconds to its reset. */
function usedUpPolicies(headers: Headers): number[] {
  return policiesIn(headers, 'ratelimit').flatMap((policy) => {
    const seconds = /;\s*r=0\b/.test(policy) && /;\s*t=(\d{1,9})/.exec(policy)?.[1];
    return seconds ? Number(seconds) * 1000 : [];
  });
}
