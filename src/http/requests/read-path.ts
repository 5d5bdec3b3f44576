import { Problem } from '../answers/problem.js';

/** Longest name of an instance that a path may hold, in characters. */
const LONGEST_NAME = 20_000;

/** A part of a path, decoded once. */
export function decodePart(part: string): string {
  let name: string;
  try {
    name = decodeURIComponent(part);
  } catch {
    throw new Problem(400, 'The path holds a % that begins no character.');
  }
  if (name.length > LONGEST_NAME) throw new Problem(414, `A name is at most ${LONGEST_NAME} characters.`);
  return name;
}

/** The query as an object; a parameter that is given twice is refused. */
export function readQuery(url: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [key, value] of url.searchParams) {
    if (Object.hasOwn(query, key)) throw new Problem(400, `The parameter ${key.slice(0, 60)} is given twice.`);
    Object.defineProperty(query, key, { value, enumerable: true });
  }
  return query;
}
