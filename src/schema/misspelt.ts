/** Words that are near one of ours, and that a host may well mean. */
const ordinary: ReadonlySet<string> = new Set(['mode', 'modes', 'models', 'modal', 'providers']);

/** The one of `known` that `name` looks like a misspelling of; `undefined`: it does not. */
export function misspelt(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name) || name.length > 30 || ordinary.has(name)) return undefined;
  const lower = name.toLowerCase();
  return known.find((word) => {
    const wanted = word.toLowerCase();
    const most = wanted.length < 8 ? 1 : 2;
    return Math.abs(lower.length - wanted.length) <= most && distance(lower, wanted) <= most;
  });
}

/** Letters to add, leave out, change or swap with a neighbour on the way from one word to the other. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, before[j - 2]! + 1);
      }
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
