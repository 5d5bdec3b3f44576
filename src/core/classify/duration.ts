const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** One number with its unit, as providers write them: `6m`, `0s`, `338ms`, `34.07s`, `2 days`, `5 分钟`. */
const part =
  '(\\d{1,12}(?:\\.\\d{1,12})?)\\s{0,3}(milliseconds?|millis|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|hr|h|days?|d|weeks?|w|毫秒|秒钟?|分钟?|小时|天|日|周)(?![a-z])';
const first = new RegExp(`^${part}`, 'i');
const further = new RegExp(`^(?:,?\\s{0,3}(?:and\\s)?)${part}`, 'i');
/** Seconds run together with the next unit: `6m0s`, `1h2m3s`. */
const packed =
  /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9}(?:\.\d{1,12})?)s)?(?:(\d{1,12}(?:\.\d{1,12})?)ms)?(?![\w.])/i;
/** A .NET time span, `[d.]hh:mm:ss`. */
const timeSpan = /^(?:(\d{1,9})\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?!\d)/;

/** Milliseconds of the duration `text` begins with; `undefined` where it begins with none. Not capped. */
export function parseDuration(text: string): number | undefined {
  const spans = timeSpan.exec(text);
  if (spans !== null) {
    return (
      toNumber(spans[1]) * 86_400_000 +
      toNumber(spans[2]) * 3_600_000 +
      toNumber(spans[3]) * 60_000 +
      toNumber(spans[4]) * 1000
    );
  }
  const run = packed.exec(text);
  if (run !== null && run[0] !== '') {
    return (
      toNumber(run[1]) * 86_400_000 +
      toNumber(run[2]) * 3_600_000 +
      toNumber(run[3]) * 60_000 +
      toNumber(run[4]) * 1000 +
      toNumber(run[5]) +
      rest(text.slice(run[0].length))
    );
  }
  const match = first.exec(text);
  if (match === null) return undefined;
  return partMs(match) + rest(text.slice(match[0].length));
}

function rest(text: string): number {
  let total = 0;
  let left = text;
  for (let count = 0; count < 5; count++) {
    const match = further.exec(left);
    if (match === null) break;
    total += partMs(match);
    left = left.slice(match[0].length);
  }
  return total;
}

function partMs(match: RegExpExecArray): number {
  return Number(match[1]) * (unitMs[unitOf((match[2] as string).toLowerCase())] as number);
}

function unitOf(word: string): string {
  if (word.startsWith('ms') || word.startsWith('mil') || word === '毫秒') return 'ms';
  if (word.startsWith('秒')) return 's';
  if (word.startsWith('分')) return 'm';
  if (word === '小时') return 'h';
  if (word === '天' || word === '日') return 'd';
  if (word === '周') return 'w';
  return word[0] as string;
}

function toNumber(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits);
}
