import { describe, expect, test } from 'vitest';
import { ConfigError, createFailover } from '../../src/index.js';
import { createHealthMonitor, defaultHealthRules, parseHealthRules } from '../../src/health/index.js';

const windows = [{ windowMs: 60_000, count: 3 }];

function issuesOf(rules: unknown): string[] {
  try {
    parseHealthRules(rules);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).issues.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('rules', () => {
  test('in the short form, the long form, and as JSON text', () => {
    const short = { name: 'five', threshold: 5, windowMs: 300_000, match: { kinds: ['overloaded'] }, scope: 'all' };
    const long = { name: 'both', windows: [...windows, { windowMs: 600_000, ratio: 0.5 }] };
    expect(parseHealthRules(JSON.stringify([short, long]))).toEqual([
      { name: 'five', match: { kinds: ['overloaded'] }, scope: 'all', windows: [{ windowMs: 300_000, count: 5 }] },
      { name: 'both', windows: [windows[0], { windowMs: 600_000, ratio: 0.5, minimumCalls: 5 }] },
    ]);
  });

  test('what was read can be read again', () => {
    const rules = parseHealthRules([{ name: 'l', match: { providers: ['a'], patterns: ['status 5\\d\\d'] }, windows }]);
    expect(parseHealthRules(rules)).toEqual(rules);
    expect(parseHealthRules(defaultHealthRules)).toEqual(defaultHealthRules);
  });

  test.each<[string, unknown, string]>([
    ['no list', {}, 'rules: expected a list of rules'],
    ['text that is no JSON', '[', 'rules: expected a list of rules, or its JSON text'],
    ['no name', [{ windows }], 'rules[0].name: expected a name, a non-empty string'],
    [
      'a name twice',
      [
        { name: 'a', windows },
        { name: 'a', windows },
      ],
      'rules[1].name: is the name of another rule',
    ],
    [
      'no limit',
      [{ name: 'a', windows: [{ windowMs: 60_000 }] }],
      'rules[0].windows[0]: needs a limit: count, ratio, or both',
    ],
    ['no windows', [{ name: 'a', windows: [] }], 'rules[0].windows: names nothing: leave it out, or name windows'],
    [
      'a window in seconds',
      [{ name: 'a', threshold: 5, windowMs: 300 }],
      'rules[0].windowMs: expected milliseconds, 1000 up to 30 days; milliseconds are meant: 300 seconds are 300000',
    ],
    [
      'a negative count',
      [{ name: 'a', windows: [{ windowMs: 60_000, count: -1 }] }],
      'rules[0].windows[0].count: expected a whole number from 1 to 1000000000',
    ],
    [
      'a fraction',
      [{ name: 'a', windows: [{ windowMs: 60_000, count: 1.5 }] }],
      'rules[0].windows[0].count: expected a whole number from 1 to 1000000000',
    ],
    [
      'a huge count',
      [{ name: 'a', windows: [{ windowMs: 60_000, count: 1e12 }] }],
      'rules[0].windows[0].count: expected a whole number from 1 to 1000000000',
    ],
    [
      'a percentage',
      [{ name: 'a', windows: [{ windowMs: 60_000, ratio: 30 }] }],
      'rules[0].windows[0].ratio: expected a share, above 0 up to 1: 30 % is 0.3',
    ],
    ['an unknown kind', [{ name: 'a', match: { kinds: ['slow'] }, windows }], 'rules[0].match.kinds[0]: unknown kind'],
    [
      'an unknown field',
      [{ name: 'a', windows, limit: 5 }],
      'rules[0].limit: unknown key; known: name, match, scope, windows, threshold, windowMs',
    ],
    [
      'failures and lines at once',
      [{ name: 'a', match: { kinds: ['timeout'], phrases: ['went wrong'], providers: ['p'] }, windows }],
      'rules[0].match: a rule is about failures',
    ],
    [
      'a line rule of no provider',
      [{ name: 'a', match: { phrases: ['went wrong'] }, windows }],
      'rules[0].match.providers: a rule about lines names the one provider',
    ],
    [
      'a line rule of an instance',
      [{ name: 'a', scope: 'instance', match: { phrases: ['went wrong'] }, windows }],
      'rules[0].scope: a line does not say whose it is',
    ],
    [
      'a share of lines',
      [{ name: 'a', scope: 'all', match: { phrases: ['went wrong'] }, windows: [{ windowMs: 60_000, ratio: 0.5 }] }],
      'rules[0].windows[0]: lines are no share of calls',
    ],
  ])('with %s are refused', (_, rules, expected) => {
    expect(issuesOf(rules).join('\n')).toContain(expected);
  });

  test('NaN and Infinity are no numbers', () => {
    for (const count of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(issuesOf([{ name: 'a', windows: [{ windowMs: 60_000, count }] }])).toHaveLength(1);
    }
  });

  test('a thousand are the most', () => {
    const rules = Array.from({ length: 1001 }, (_, index) => ({ name: `r${index}`, windows }));
    expect(issuesOf(rules)).toEqual(['rules: expected at most 1000 rules']);
    expect(parseHealthRules(rules.slice(1))).toHaveLength(1000);
  });
});

describe('phrases', () => {
  const refusal = (phrase: string) => issuesOf([{ name: 'a', scope: 'all', match: { phrases: [phrase] }, windows }])[0];

  test.each([
    ['', 'is empty'],
    ['   ', 'is empty'],
    ['529', 'has fewer than 4 letters'],
    ['api', 'has fewer than 4 letters'],
    ['OpenAI', 'is the bare name'],
    ['open-ai', 'is the bare name'],
    ['Claude Opus', 'is the bare name'],
    ['Azure OpenAI', 'is the bare name'],
  ])('%j is refused', (phrase, why) => {
    expect(refusal(phrase)).toContain(`rules[0].match.phrases[0]: ${why}`);
  });

  test.each(['overloaded', 'OpenAI is down', 'connection reset', '服务暂时不可用'])('%j is taken', (phrase) => {
    expect(refusal(phrase)).toBeUndefined();
  });

  test("the chain's own names are refused as well", () => {
    const failover = createFailover({ chain: ['my-gateway/some-model'] });
    const rules = [{ name: 'a', scope: 'all' as const, match: { phrases: ['My-Gateway'] }, windows }];
    expect(() => createHealthMonitor(failover, { rules })).toThrow('is the bare name');
  });
});

describe('patterns', () => {
  const refusal = (pattern: string | RegExp) =>
    issuesOf([{ name: 'a', scope: 'all', match: { patterns: [pattern] }, windows }])[0];

  test.each([
    ['', 'matches the empty text'],
    ['a*', 'matches the empty text'],
    ['(unclosed', 'is no regular expression'],
    ['(a+)+b', 'repeats a group'],
    ['(a|aa)+b', 'repeats a group'],
    ['([a-z]*x)*y', 'repeats a group'],
    ['.*error.*timeout', 'has too many open repetitions'],
    ['x+x+x+y', 'has too many open repetitions'],
    ['(a)\\1', 'refers back'],
    ['error(?=s)', 'looks ahead'],
    ['(?<!no )error', 'looks ahead'],
  ])('%j is refused', (pattern, why) => {
    expect(refusal(pattern)).toContain(`rules[0].match.patterns[0]: ${why}`);
  });

  test.each([
    'status 5\\d\\d',
    'error.{0,20}timeout',
    '/Overloaded/',
    'upstream (?:connect|reset)',
    '(?:ab)+c',
    /5\d\d/g,
  ])('%s is taken', (pattern) => expect(refusal(pattern)).toBeUndefined());

  test('what is taken comes to an end on the worst of lines', () => {
    const [rule] = parseHealthRules([{ name: 'a', scope: 'all', match: { patterns: ['a+.{0,9}b'] }, windows }]);
    const pattern = rule!.match!.patterns![0] as RegExp;
    expect(pattern.test('a'.repeat(10_000))).toBe(false);
  });
});

test('a short form without its threshold is told of its own form', () => {
  expect(() => parseHealthRules([{ name: 'x', treshold: 3, windowMs: 1000 } as never])).toThrow(
    'rules[0].windowMs: belongs to the form { threshold, windowMs }, which has no windows',
  );
});
