import { editDistance } from '../core/unknown-options.js';

/** Words that are near one of ours, and that a host may well mean. */
const ordinary: ReadonlySet<string> = new Set(['mode', 'modes', 'models', 'modal', 'providers']);

/** The one of `known` that `name` looks like a misspelling of; `undefined`: it does not. */
export function misspelt(name: string, known: readonly string[]): string | undefined {
  if (known.includes(name) || name.length > 30 || ordinary.has(name)) return undefined;
  const lower = name.toLowerCase();
  let meant: string | undefined;
  let fewest = 3;
  for (const word of known) {
    const wanted = word.toLowerCase();
    const most = wanted.length < 8 ? 1 : 2;
    if (Math.abs(lower.length - wanted.length) > most) continue;
    const edits = editDistance(lower, wanted);
    if (edits > most || edits >= fewest) continue;
    meant = word;
    fewest = edits;
  }
  return meant;
}
