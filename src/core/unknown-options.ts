import type { ConfigIssue } from './errors.js';

/** Longest option name that an error repeats. */
const NAME_LIMIT = 60;

/**
 * One issue for each option that is not in `known`, with the closest known name where there is one. `aliases` maps
 * names that people try to the right one. An option whose value is undefined counts as left out.
 */
export function unknownOptions(
  options: object,
  known: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): ConfigIssue[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || known.includes(name)) return [];
    const hint = didYouMean(Object.hasOwn(aliases, name) ? aliases[name] : closestName(name, known));
    return [{ path: name.slice(0, NAME_LIMIT), message: `unknown option; known: ${known.join(', ')}${hint}` }];
  });
}

/** What an error adds where a name is near a known one. */
export function didYouMean(close: string | undefined): string {
  return close === undefined ? '' : `; did you mean ${close}?`;
}

/** What SDKs and other packages call what has another name here. */
const namesElsewhere: ReadonlyMap<string, readonly string[]> = new Map([
  ['abortsignal', ['signal']],
  ['budget', ['tokenBudget']],
  ['maxretries', ['retry']],
  ['models', ['chain']],
  ['providers', ['chain']],
  ['timeout', ['attemptTimeoutMs', 'deadlineMs']],
]);

/**
 * The known name that `name` probably stands for: the same word with another unit or letter case, what others call it,
 * or a misspelling.
 */
export function closestName(name: string, known: readonly string[]): string | undefined {
  const word = plainWord(name.slice(0, NAME_LIMIT));
  const same = known.find((candidate) => plainWord(candidate) === word);
  if (same !== undefined) return same;
  const ours = namesElsewhere.get(word)?.find((candidate) => known.includes(candidate));
  if (ours !== undefined) return ours;
  const scored = known.map((candidate) => ({ candidate, edits: editDistance(word, plainWord(candidate)) }));
  const [best] = scored.toSorted((one, other) => one.edits - other.edits);
  // Two edits in a short word make another word.
  return best !== undefined && best.edits <= Math.min(2, Math.floor(word.length / 4)) ? best.candidate : undefined;
}

/** `throttle_seconds` and `throttleMs` are the same word in two units. */
function plainWord(name: string): string {
  const letters = name.replace(/(?:Ms|_ms|Millis|Milliseconds|Seconds|_seconds|Sec|Secs)$/, '');
  return letters.replaceAll(/[^\p{L}\d]/gu, '').toLowerCase();
}

/** Characters to insert, delete, replace or swap with a neighbour to turn one word into the other. */
export function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const replaced = last[column - 1]! + (isSame ? 0 : 1);
      const swapped = isSwapped ? beforeLast[column - 2]! + 1 : Infinity;
      current.push(Math.min(last[column]! + 1, current[column - 1]! + 1, replaced, swapped));
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length]!;
}
