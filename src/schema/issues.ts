import type { ConfigIssue } from '../core/errors.js';
import { closestName, didYouMean } from '../core/unknown-options.js';
import { knownKeys } from './config-schema.js';

interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[] | undefined;
}

/** A schema's complaints as ours: a path a reader can find, one issue per unknown key. */
export function toConfigIssues(
  issues: readonly SchemaIssue[],
  root = 'config',
  /** Keys each strict object knows, by path; indices are left out: `windows[]`. */
  known: Readonly<Record<string, readonly string[]>> = knownKeys,
  /** What the paths of `known` begin with. */
  base = '',
): ConfigIssue[] {
  return issues.flatMap((issue) => {
    const path = formatPath(issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ path: path || root, message: issue.message }];
    const place = [base, path.replaceAll(/\[\d+\]/gu, '[]')].filter((part) => part !== '').join('.');
    const keys = known[place];
    return (issue.keys ?? []).map((key) => ({
      path: path ? `${path}.${key.slice(0, 60)}` : key.slice(0, 60),
      message: unknown(key, keys),
    }));
  });
}

function unknown(key: string, known: readonly string[] | undefined): string {
  if (!known) return 'unknown key';
  if (known.length === 0) return 'unknown key; none is expected here';
  // Ladders and health rules have two forms: what is known here belongs to the other one.
  if (known.includes(key)) {
    return known.includes('windows')
      ? 'belongs to the form { threshold, windowMs }, which has no windows'
      : 'stands beside initialMs, factor or maxMs; give one ladder for all kinds, or one per kind';
  }
  return unknownKey(key, known);
}

/** What is said of a key that nobody knows: those that are known, and the one that was probably meant. */
export function unknownKey(key: string, known: readonly string[]): string {
  return `unknown key; known: ${known.join(', ')}${didYouMean(closestName(key, known))}`;
}

/** `['chain', 1, 'model']` as `chain[1].model`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text ? `${text}.${String(part)}` : String(part);
  }, '');
}
