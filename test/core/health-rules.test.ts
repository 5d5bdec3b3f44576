import { describe, expect, test } from 'vitest';
import { refusedPattern, refusedPhrase } from '../../src/core/health/refusals.js';
import {
  defaultHealthRules,
  FEWEST_CALLS,
  matchesFailure,
  matchesLine,
  MAX_LINE,
  serviceKinds,
  type ParsedHealthRule,
} from '../../src/core/health/rule.js';
import { bucketMs, bucketRange, isTripped, lifetimeMs, windowCount } from '../../src/core/health/windows.js';

const rule: ParsedHealthRule = {
  name: 'r',
  scope: 'provider',
  counts: 'failures',
  kinds: undefined,
  codes: undefined,
  providers: undefined,
  phrases: [],
  patterns: [],
  windows: [],
  series: 's',
};
const failure = { kind: 'overloaded', provider: 'p' };

describe('what a rule counts', () => {
  test.each<[string, Partial<ParsedHealthRule>, object, boolean]>([
    ['anything, where it names nothing', {}, {}, true],
    ['a rule about lines', { counts: 'lines' }, {}, false],
    ['its kind', { kinds: new Set(['overloaded']) }, {}, true],
    ['another kind', { kinds: new Set(['timeout']) }, {}, false],
    ['its code', { codes: new Set(['busy']) }, { code: 'busy' }, true],
    ['another code', { codes: new Set(['busy']) }, { code: 'other' }, false],
    ['no code', { codes: new Set(['busy']) }, {}, false],
    ['its provider', { providers: new Set(['p']) }, {}, true],
    ['another provider', { providers: new Set(['q']) }, {}, false],
    ['all but the provider', { kinds: new Set(['overloaded']), providers: new Set(['q']) }, {}, false],
  ])('of failures: %s', (_name, change, given, counts) => {
    expect(matchesFailure({ ...rule, ...change }, { ...failure, ...given })).toBe(counts);
  });

  test.each<[string, Partial<ParsedHealthRule>, string, boolean]>([
    ['a rule about failures', { counts: 'failures', phrases: ['went wrong'] }, 'It went wrong', false],
    ['its phrase, in any letter case', { phrases: ['other', 'went wrong'] }, 'It WENT wrong', true],
    ['another line', { phrases: ['went wrong'] }, 'It went well', false],
    ['its pattern', { patterns: [/x/, /5\d\d/] }, 'status 503', true],
    ['no pattern of it', { patterns: [/5\d\d/] }, 'status 403', false],
    ['both', { phrases: ['status'], patterns: [/5\d\d/] }, 'Status 503', true],
    ['only the phrase', { phrases: ['status'], patterns: [/5\d\d/] }, 'Status 403', false],
    ['only the pattern', { phrases: ['status'], patterns: [/5\d\d/] }, 'code 503', false],
  ])('of lines: %s', (_name, change, line, counts) => {
    expect(matchesLine({ ...rule, counts: 'lines', ...change }, line, line.toLowerCase())).toBe(counts);
  });

  test('the rules of a monitor that is given none', () => {
    const windows = defaultHealthRules.map(({ name, windows: [window] }) => ({ name, ...window }));
    expect(windows).toEqual([
      { name: 'outage-15s', windowMs: 15_000, ratio: 0.8, minimumCalls: 75 },
      { name: 'outage-90s', windowMs: 90_000, ratio: 0.75, minimumCalls: 30 },
      { name: 'errors-4min', windowMs: 240_000, ratio: 0.3, minimumCalls: 40 },
      { name: 'errors-10min', windowMs: 600_000, ratio: 0.5, minimumCalls: 8 },
      { name: 'errors-30min', windowMs: 1_800_000, ratio: 0.3, minimumCalls: 20 },
      { name: 'dry', windowMs: 3_600_000, ratio: 1, minimumCalls: 5 },
    ]);
    expect(serviceKinds).toEqual(['overloaded', 'server_error', 'timeout', 'network']);
    expect([FEWEST_CALLS, MAX_LINE]).toEqual([5, 1000]);
  });
});

describe('windows', () => {
  test.each([
    [1000, 50],
    [599, 50],
    [1199, 50],
    [1200, 100],
    [12_000, 1000],
    [60_000, 5000],
    [59_999, 2000],
    [600_000, 30_000],
    [3_600_000, 300_000],
    [86_400_000, 3_600_000],
    [30 * 86_400_000, 172_800_000],
  ])('of %d ms are made of buckets of %d ms', (windowMs, width) => expect(bucketMs(windowMs)).toBe(width));

  test('have widths that fit into each other', () => {
    const widths = new Set(Array.from({ length: 5200 }, (_, index) => bucketMs(600 * 1.003 ** index)));
    expect([...widths]).toEqual([
      50, 100, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
      3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000,
    ]);
  });

  test('leave out the bucket that is only partly inside, and what was before a restart', () => {
    expect(bucketRange(60_000, 120_000, 0)).toEqual({ first: 13, last: 24 });
    expect(bucketRange(60_000, 122_499, 0)).toEqual({ first: 13, last: 24 });
    expect(bucketRange(60_000, 120_000, 100_000)).toEqual({ first: 20, last: 24 });
    expect(bucketRange(60_000, 120_000, 99_999)).toEqual({ first: 19, last: 24 });
  });

  test('are kept for the longest of their width, and two buckets', () => {
    const rules = [60_000, 90_000, 600_000].map((windowMs) => ({ ...rule, windows: [{ windowMs }] }));
    expect(lifetimeMs(5000, rules)).toBe(100_000);
    expect(lifetimeMs(30_000, rules)).toBe(660_000);
    expect(lifetimeMs(50, rules)).toBe(100);
  });

  test('a failure that nobody counted as a call was one', () => {
    const window = { windowMs: 60_000, count: 3, ratio: 0.5, minimumCalls: 5 };
    const limits = { count: 3, ratio: 0.5, minimumCalls: 5 };
    expect(windowCount(window, 2, 8)).toEqual({ windowMs: 60_000, count: 2, calls: 8, ratio: 0.25, limits });
    expect(windowCount(window, 2, 1)).toEqual({ windowMs: 60_000, count: 2, calls: 2, ratio: 1, limits });
    expect(windowCount({ windowMs: 1 }, 0, 0)).toEqual({ windowMs: 1, count: 0, calls: 0, ratio: null, limits: {} });
  });

  test.each<[string, object, number, number, boolean]>([
    ['nothing happened', {}, 0, 9, false],
    ['its count', { count: 3 }, 3, 0, true],
    ['one less', { count: 3 }, 2, 0, false],
    ['its share', { ratio: 0.5 }, 2, 4, true],
    ['a smaller share', { ratio: 0.5 }, 2, 5, false],
    ['its share of enough calls', { ratio: 0.5, minimumCalls: 4 }, 2, 4, true],
    ['its share of too few', { ratio: 0.5, minimumCalls: 5 }, 2, 4, false],
    ['its share without its count', { ratio: 0.5, count: 3 }, 2, 4, false],
    ['its count without its share', { ratio: 0.5, count: 2 }, 2, 5, false],
    ['no limit', {}, 1, 1, true],
  ])('trip at %s', (_name, limits, count, calls, trips) => {
    expect(isTripped(windowCount({ windowMs: 1000, ...limits }, count, calls))).toBe(trips);
  });

  test('need as many calls as the caller says, where it says so', () => {
    const found = windowCount({ windowMs: 1000, ratio: 0.5, minimumCalls: 5 }, 2, 4);
    expect([isTripped(found, 4), isTripped(found, 5), isTripped(found)]).toEqual([true, false, false]);
    // Such a share is no number.
    expect(isTripped({ ...found, ratio: null }, 1)).toBe(false);
  });
});

describe('phrases that match too much', () => {
  const bare =
    'is the bare name of a provider or product: it would match any line that mentions it; add what went wrong';
  const names =
    'openai anthropic google gemini claude gpt chatgpt azure bedrock vertex vertexai mistral cohere groq grok xai ' +
    'deepseek ollama llama meta nvidia perplexity together fireworks replicate huggingface openrouter aws amazon ' +
    'moonshot kimi qwen alibaba zhipu minimax cerebras sonnet opus haiku codex copilot deepmind litellm langchain ' +
    'tierfall cloudflare databricks sambanova';

  test.each<[string, string | undefined]>([
    [' ', 'is empty: it would match every line'],
    ['abc', 'has fewer than 4 letters: it would match by chance'],
    ['1a2b3c 503', 'has fewer than 4 letters: it would match by chance'],
    ['1a2b3c4d', undefined],
    ['äöüß', undefined],
    ['VertexAI', bare],
    ['vertex-ai', bare],
    [' Azure / OpenAI ', bare],
    ['(Azure OpenAI)', bare],
    ['Azure OpenAI down', undefined],
    ['my-gateway', bare],
    ['my-gateway fails', undefined],
  ])('%j: %s', (phrase, why) => expect(refusedPhrase(phrase, ['My-Gateway', 'x'])).toBe(why));

  test.each(names.split(' ').filter((name) => name.length > 3))('the bare name %s', (name) => {
    expect(refusedPhrase(name)).toBe(bare);
    expect(refusedPhrase(`${name} ${name.toUpperCase()}`)).toBe(bare);
    expect(refusedPhrase(`${name} fails`)).toBeUndefined();
  });

  test.each(['gpt', 'xai', 'aws'])('the short name %s beside another one', (name) => {
    expect(refusedPhrase(`${name} claude`)).toBe(bare);
  });
});

describe('patterns that match too much, or take too long', () => {
  const repeats = 'repeats a group that holds repetitions or alternatives: it can backtrack';
  const open = 'has too many open repetitions: it can backtrack; write .{0,20} instead of .*';
  const back = 'refers back to a group: it can backtrack';
  const around = 'looks ahead or behind: it can backtrack';

  test.each<[string, string | undefined]>([
    ['', 'matches the empty text: it would match every line'],
    ['x?', 'matches the empty text: it would match every line'],
    ['[', 'is no regular expression'],
    ['x', undefined],
    // A repetition may be tried at each place of a line of a thousand characters: ten million steps are the most.
    ['ax+', undefined],
    ['ax+y+', open],
    ['ax+y{0,9}', undefined],
    ['ax+y{0,10}', open],
    ['ax+y{1,10}', undefined],
    ['ax+y{2,12}', open],
    ['ax+y{10}', undefined],
    ['ax+y{10}z+', open],
    ['ax+y{1,}', open],
    ['ax{1,}', undefined],
    ['ax+y{10,30}', open],
    ['ax+?y+?', open],
    ['a[\\1]b', undefined],
    ['a[(?=]b', undefined],
    ['(\\u{61}b)+c', undefined],
    ['ax*y*', open],
    ['ax+b?c?d?', undefined],
    ['ax+b?c?d?e?', open],
    ['ax+?y??', undefined],
    ['ax{0,99}y{0,99}', undefined],
    ['ax{0,99}y{0,100}', open],
    // What is escaped, or in a class, repeats nothing.
    ['ax+\\+\\*\\?y', undefined],
    ['ax+[+*?(|]y', undefined],
    ['ax+[\\]+]y', undefined],
    ['a\\(x+\\)y', undefined],
    ['a\\p{L}x+', undefined],
    ['a\\u{61}x+', undefined],
    ['(ab)+c', undefined],
    ['(?:ab)+c', undefined],
    ['(?<name>ab)+c', undefined],
    ['(ab)?c', undefined],
    ['(ab+)?c', undefined],
    ['(a|b)?c', undefined],
    ['(ab+)+c', repeats],
    ['(ab?)*c', repeats],
    ['(ab{2})*c', repeats],
    ['(a|b)*c', repeats],
    ['(a|b){2}c', repeats],
    ['(a|b)c+', undefined],
    ['((a|b)c)+d', repeats],
    ['((ab+)c)+d', repeats],
    ['((ab)c)+d', undefined],
    ['(a|b)(cd)+', undefined],
    ['(a)\\1', back],
    ['(?<n>a)\\k<n>', back],
    ['a\\0', undefined],
    ['a(?=b)', around],
    ['a(?!b)', around],
    ['(?<=a)b', around],
    ['(?<!a)b', around],
  ])('%j: %s', (source, why) => {
    expect(refusedPattern(source, source.includes('\\p') || source.includes('\\u') ? 'u' : '')).toBe(why);
  });
});
