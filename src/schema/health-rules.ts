import * as z from 'zod/mini';
import { ConfigError, configError, type ConfigIssue } from '../core/errors.js';
import {
  FEWEST_CALLS,
  type HealthMatch,
  type HealthRule,
  type HealthWindow,
  type ParsedHealthRule,
  serviceKinds,
  type ShortHealthRule,
} from '../core/health/rule.js';
import { refusedPattern, refusedPhrase } from '../core/health/refusals.js';
import { kinds } from '../core/kinds.js';
import { isObject } from './is-object.js';
import { toConfigIssues } from './issues.js';

/** So many rules are counted and judged within milliseconds; nobody reads more. */
const MAX_RULES = 1000;
const SHORTEST_WINDOW_MS = 1000;
const LONGEST_WINDOW_MS = 30 * 24 * 3_600_000;
const MAX_COUNT = 1_000_000_000;
const MAX_TEXT = 200;

const wholeNumber = z
  .number('expected a whole number, 1 or more')
  .check(
    z.refine(
      (value) => Number.isInteger(value) && value >= 1 && value <= MAX_COUNT,
      `expected a whole number from 1 to ${MAX_COUNT}`,
    ),
  );

const windowMs = z.number('expected a number of milliseconds').check(
  z.refine((value) => Number.isFinite(value) && value >= SHORTEST_WINDOW_MS && value <= LONGEST_WINDOW_MS, {
    error: (issue) => `expected milliseconds, ${SHORTEST_WINDOW_MS} up to 30 days${likelySeconds(issue.input)}`,
  }),
);

const share = z
  .number('expected a number above 0 up to 1')
  .check(z.refine((value) => value > 0 && value <= 1, 'expected a share, above 0 up to 1: 30 % is 0.3'));

const text = (what: string) =>
  z.string(`expected ${what}`).check(
    z.refine((value) => value.trim() !== '', `expected ${what}`),
    z.refine((value) => value.length <= MAX_TEXT, `expected at most ${MAX_TEXT} characters`),
  );

const list = <T extends z.core.$ZodType>(entry: T, what: string) =>
  z
    .array(entry, `expected a list of ${what}`)
    .check(z.refine((value) => value.length > 0, `names nothing: leave it out, or name ${what}`));

const match = z.strictObject(
  {
    kinds: z.optional(list(z.enum(kinds, `unknown kind; known: ${kinds.join(', ')}`), 'kinds')),
    codes: z.optional(list(text("a provider's code"), 'codes')),
    providers: z.optional(list(text('a provider'), 'providers')),
    phrases: z.optional(list(z.string('expected a text'), 'phrases')),
    patterns: z.optional(
      list(z.union([z.string(), z.instanceof(RegExp)], 'expected a regular expression, or its text'), 'patterns'),
    ),
  },
  'expected { kinds?, codes?, providers?, phrases?, patterns? }',
);

const common = {
  name: text('a name, a non-empty string'),
  match: z.optional(match),
  scope: z.optional(z.enum(['provider', 'all', 'instance'], "expected 'provider', 'all' or 'instance'")),
};

const longRule = z.strictObject(
  {
    ...common,
    windows: list(
      z.strictObject(
        { windowMs, count: z.optional(wholeNumber), ratio: z.optional(share), minimumCalls: z.optional(wholeNumber) },
        'expected a window { windowMs, count?, ratio?, minimumCalls? }',
      ),
      'windows',
    ),
  },
  'expected a rule { name, windows, … } or { name, threshold, windowMs, … }',
);
const shortRule = z.strictObject({ ...common, threshold: wholeNumber, windowMs });

const known: Readonly<Record<string, readonly string[]>> = {
  'rules[]': [...Object.keys(longRule.shape), 'threshold', 'windowMs'],
  'rules[].match': Object.keys(match.shape),
  'rules[].windows[]': ['windowMs', 'count', 'ratio', 'minimumCalls'],
};

/**
 * Reads rules from code, from JSON, or from its text. The short form `{ name, threshold, windowMs, match, scope }`
 * becomes a rule with one window; patterns given as text become regular expressions that ignore letter case.
 *
 * @param names what the chain calls its providers and models: no phrase may be such a bare name
 * @throws {ConfigError} naming every field that is wrong, and why a phrase or pattern is refused
 */
export function parseHealthRules(input: unknown, names: readonly string[] = []): HealthRule[] {
  const rules = typeof input === 'string' ? readJson(input) : input;
  if (!Array.isArray(rules)) throw configError('rules', 'expected a list of rules');
  if (rules.length > MAX_RULES) throw configError('rules', `expected at most ${MAX_RULES} rules`);
  const issues: ConfigIssue[] = [];
  const parsed = rules.map((rule: unknown, index) => parseRule(rule, `rules[${index}]`, issues));
  const seen = new Set<string>();
  parsed.forEach((rule, index) => {
    if (rule && seen.has(rule.name))
      issues.push({ path: `rules[${index}].name`, message: 'is the name of another rule' });
    if (rule) seen.add(rule.name);
    if (rule) checkMeaning(rule, `rules[${index}]`, names, issues);
  });
  if (issues.length > 0) throw new ConfigError(issues);
  return parsed.flatMap((rule) => rule ?? []);
}

function readJson(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw configError('rules', 'expected a list of rules, or its JSON text');
  }
}

function parseRule(rule: unknown, path: string, issues: ConfigIssue[]): HealthRule | undefined {
  const isShort = isObject(rule) && rule['windows'] === undefined && 'threshold' in rule;
  const result = (isShort ? shortRule : longRule).safeParse(rule);
  if (!result.success) {
    issues.push(
      ...toConfigIssues(result.error.issues, '', known, 'rules[]').map(({ path: inner, message }) => ({
        path: inner === '' ? path : `${path}.${inner}`,
        message,
      })),
    );
    return undefined;
  }
  const { name, match: matched, scope } = result.data;
  const windows: readonly HealthWindow[] =
    'windows' in result.data
      ? result.data.windows
      : [{ windowMs: (result.data as ShortHealthRule).windowMs, count: (result.data as ShortHealthRule).threshold }];
  return {
    name,
    ...(matched === undefined ? {} : { match: withPatterns(matched, path, issues) }),
    ...(scope === undefined ? {} : { scope }),
    windows: windows.map((window) => withDefaults(window)),
  };
}

function withDefaults({ windowMs: length, count, ratio, minimumCalls }: HealthWindow): HealthWindow {
  const least = minimumCalls ?? (ratio === undefined ? undefined : FEWEST_CALLS);
  return {
    windowMs: length,
    ...(count === undefined ? {} : { count }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(least === undefined ? {} : { minimumCalls: least }),
  };
}

/** Patterns as regular expressions without a state of their own. */
function withPatterns(matched: HealthMatch, path: string, issues: ConfigIssue[]): HealthMatch {
  if (!matched.patterns) return matched;
  const patterns = matched.patterns.flatMap((pattern, index) => {
    const written = typeof pattern === 'string' ? /^\/(.*)\/([a-z]*)$/su.exec(pattern) : null;
    const source = typeof pattern === 'string' ? (written?.[1] ?? pattern) : pattern.source;
    const given = typeof pattern === 'string' ? (written?.[2] ?? 'i') : pattern.flags;
    // With these a pattern remembers where it matched last.
    const flags = given.replaceAll(/[gy]/gu, '');
    const refusal = source.length > MAX_TEXT ? `is longer than ${MAX_TEXT} characters` : refusedPattern(source, flags);
    if (refusal === undefined) return [new RegExp(source, flags)];
    issues.push({ path: `${path}.match.patterns[${index}]`, message: refusal });
    return [];
  });
  return { ...matched, patterns };
}

/** What is wrong with a rule whose fields are all right by themselves. */
function checkMeaning(rule: HealthRule, path: string, names: readonly string[], issues: ConfigIssue[]): void {
  const complain = (where: string, message: string) => issues.push({ path: `${path}.${where}`, message });
  const { phrases, patterns, kinds: matchedKinds, codes, providers } = rule.match ?? {};
  const isAboutLines = phrases !== undefined || patterns !== undefined;
  phrases?.forEach((phrase, index) => {
    const refusal = phrase.length > MAX_TEXT ? `is longer than ${MAX_TEXT} characters` : refusedPhrase(phrase, names);
    if (refusal !== undefined) complain(`match.phrases[${index}]`, refusal);
  });
  if (isAboutLines && (matchedKinds || codes)) {
    complain('match', 'a rule is about failures (kinds, codes) or about lines (phrases, patterns), not about both');
  }
  if (isAboutLines && rule.scope === 'instance')
    complain('scope', 'a line does not say whose it is: use provider or all');
  if (isAboutLines && (rule.scope ?? 'provider') === 'provider' && providers?.length !== 1) {
    complain('match.providers', "a rule about lines names the one provider it pauses, or has scope 'all'");
  }
  rule.windows.forEach(({ count, ratio, minimumCalls }, index) => {
    if (count === undefined && ratio === undefined)
      complain(`windows[${index}]`, 'needs a limit: count, ratio, or both');
    if (isAboutLines && (ratio !== undefined || minimumCalls !== undefined)) {
      complain(`windows[${index}]`, 'lines are no share of calls: give a count');
    }
  });
}

/** A rule as the monitor uses it. */
export function compileHealthRule(rule: HealthRule): ParsedHealthRule {
  const { name, match: matched = {}, scope = 'provider', windows } = rule;
  const { codes, providers, phrases, patterns } = matched;
  const isAboutLines = phrases !== undefined || patterns !== undefined;
  const counted = matched.kinds ?? (codes || isAboutLines ? undefined : serviceKinds);
  const setOf = (values: readonly string[] | undefined) => values && new Set<string>(values);
  const what = [counted, codes, providers, phrases, patterns?.map(String)].map(
    (part) => part?.map(String).toSorted() ?? null,
  );
  return {
    name,
    scope,
    counts: isAboutLines ? 'lines' : 'failures',
    kinds: setOf(counted),
    codes: setOf(codes),
    providers: setOf(providers),
    phrases: (phrases ?? []).map((phrase) => phrase.toLowerCase()),
    patterns: (patterns ?? []) as readonly RegExp[],
    windows,
    series: `m${hash(JSON.stringify(what))}`,
  };
}

/** A short name of a text (FNV-1a), to tell some rules apart: not a secret, and not cryptographic. */
export function hash(value: string): string {
  let result = 0x811c9dc5;
  for (let at = 0; at < value.length; at++) result = Math.imul(result ^ value.charCodeAt(at), 0x01000193);
  return (result >>> 0).toString(36);
}

function likelySeconds(value: unknown): string {
  const isLikely = typeof value === 'number' && value > 0 && value < SHORTEST_WINDOW_MS;
  return isLikely ? `; milliseconds are meant: ${value} seconds are ${value * 1000}` : '';
}
