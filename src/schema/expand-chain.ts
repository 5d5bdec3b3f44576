import type { ConfigIssue } from '../core/errors.js';
import { unknownOptions } from '../core/unknown-options.js';
import { isObject } from './is-object.js';

/** A chain in which each pool of keys is one tier a key. */
export interface ExpandedChain {
  /** What was given, where that is no list. */
  chain: unknown;
  /** What is wrong with the lists of keys. */
  issues: ConfigIssue[];
  /** For each tier the place of its entry in the list that was given. */
  sources: number[];
  /** The path in what was given for one in the expanded chain. */
  pathOf: (path: string) => string;
}

/** @param expandEntry what becomes of an entry that is a string */
export function expandChain(given: unknown, expandEntry: (entry: string) => unknown): ExpandedChain {
  const issues: ConfigIssue[] = [];
  if (!Array.isArray(given)) return { chain: given, issues, sources: [], pathOf: (path) => path };
  const chain: unknown[] = [];
  const places: { source: number; key: string | undefined }[] = [];
  given.forEach((entry: unknown, source) => {
    const { credentials, ...rest } = isObject(entry) ? entry : {};
    if (credentials === undefined) {
      chain.push(typeof entry === 'string' ? expandEntry(entry) : isObject(entry) ? rest : entry);
      places.push({ source, key: undefined });
      return;
    }
    const path = `chain[${source}]`;
    issues.push(...misplaced(rest, credentials, path));
    const keys: unknown[] = Array.isArray(credentials) ? credentials : [];
    // The other fields of a pool without keys are checked all the same.
    if (keys.length === 0) chain.push({ ...rest, credential: placeholder(0) });
    if (keys.length === 0) places.push({ source, key: undefined });
    keys.forEach((key, at) => {
      const keyPath = `${path}.credentials[${at}]`;
      chain.push({ ...rest, ...readKey(key, keyPath, at, issues) });
      places.push({ source, key: keyPath });
    });
  });
  const pathOf = (path: string) => {
    const [whole = '', index, rest = ''] = /^chain\[(\d+)\](.*)$/su.exec(path) ?? [];
    const place = whole === '' ? undefined : places[Number(index)];
    if (!place) return path;
    if (place.key !== undefined && rest === '.credential') return place.key;
    if (place.key !== undefined && (rest === '' || rest === '.fingerprint')) return `${place.key}${rest}`;
    return `chain[${place.source}]${rest}`;
  };
  return { chain, issues, sources: places.map(({ source }) => source), pathOf };
}

/** A pool's other fields that say what `credentials` says. */
function misplaced(rest: Record<string, unknown>, credentials: unknown, path: string): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const example = "e.g. ['team', { name: 'personal', fingerprint }]";
  if (!Array.isArray(credentials)) {
    issues.push({ path: `${path}.credentials`, message: `expected a list of the names of keys, ${example}` });
  } else if (credentials.length === 0) {
    issues.push({ path: `${path}.credentials`, message: `must name at least one key, ${example}` });
  }
  if (rest['credential'] !== undefined) {
    issues.push({ path: `${path}.credential`, message: 'stands beside credentials; give one of the two' });
  }
  if (rest['fingerprint'] !== undefined) {
    const message = 'stands beside credentials; give it with its key: credentials: [{ name, fingerprint }]';
    issues.push({ path: `${path}.fingerprint`, message });
  }
  return issues;
}

/** The fields of the tier that one key makes. What it is to be is checked with the tier. */
function readKey(given: unknown, path: string, at: number, issues: ConfigIssue[]): Record<string, unknown> {
  if (typeof given === 'string') return { credential: given };
  if (!isObject(given)) {
    issues.push({ path, message: 'expected the name of a key, or { name, fingerprint }' });
    return { credential: placeholder(at) };
  }
  for (const { path: name, message } of unknownOptions(given, ['name', 'fingerprint'])) {
    issues.push({ path: `${path}.${name}`, message });
  }
  const { name, fingerprint } = given;
  if (typeof name !== 'string') {
    issues.push({ path: `${path}.name`, message: 'expected the name of a key, a non-empty string' });
    return { credential: placeholder(at) };
  }
  return { credential: name, ...(fingerprint === undefined ? {} : { fingerprint }) };
}

/** Stands for a key that is an issue already: it is like no other one. */
function placeholder(at: number): string {
  return `key ${at}`;
}

/** Each issue at the path that the host wrote, once. */
export function atGivenPaths(issues: readonly ConfigIssue[], pathOf: (path: string) => string): ConfigIssue[] {
  const found = new Map<string, ConfigIssue>();
  for (const issue of issues) {
    const path = pathOf(issue.path);
    found.set(`${path}\n${issue.message}`, { ...issue, path });
  }
  return [...found.values()];
}
