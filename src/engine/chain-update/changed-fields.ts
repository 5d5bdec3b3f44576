import { canonicalJson } from './canonical-json.js';

type Fields = Readonly<Record<string, unknown>>;

/** The names of the fields that differ between two policies as they were written, in alphabetical order. */
export function changedFields(before: Fields, after: Fields): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => canonicalJson(before[name]) !== canonicalJson(after[name])).toSorted();
}
