import * as fc from '../support/fast-check.js';
import { describe, expect, test } from 'vitest';
import {
  compareRows,
  inOrder,
  parseInPieces,
  parseRows,
  ROW_SEPARATOR,
  rowText,
  type ActivityRow,
} from '../../src/core/activity/activity-row.js';
import type { ActivityRecord } from '../../src/core/activity/activity-task.js';
import { fingerprint, hash53 } from '../../src/core/activity/fingerprint.js';
import { parseTask } from '../../src/core/activity/parse-task.js';
import { ConfigError } from '../../src/core/errors.js';

const task = { instance: 'bot', task: 'read mail', outcome: 'accepted', at: 1000 };

function read(change: object = {}): ActivityRecord {
  return parseTask({ ...task, ...change }, 'task', 5000, () => 'own');
}

function issuesOf(given: unknown): string[] {
  try {
    parseTask(given, 'tasks[3]', 0, () => 'own');
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).issues.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('a task as it is kept', () => {
  test('has every field, null where nothing was given', () => {
    expect(read()).toEqual({
      id: expect.stringMatching(/^~\w{22}$/),
      instance: 'bot',
      task: 'read mail',
      outcome: 'accepted',
      at: 1000,
      domain: null,
      reason: null,
      quality: null,
      resultHash: null,
      tier: null,
      inputTokens: null,
      outputTokens: null,
      costUsd: null,
      durationMs: null,
    });
    const whole = {
      id: 'mine',
      domain: 'billing',
      reason: 'wrong sum',
      quality: 0.5,
      resultHash: 'abc',
      tier: 'p/a',
      inputTokens: 10,
      outputTokens: 20,
      costUsd: 0.25,
      durationMs: 1500,
    };
    expect(read(whole)).toEqual({ ...task, ...whole, id: '=mine', resultHash: fingerprint('abc') });
  });

  test('null counts as not given', () => {
    const nothing = {
      id: null,
      domain: null,
      reason: null,
      quality: null,
      resultHash: null,
      tier: null,
      costUsd: null,
    };
    expect(read({ ...nothing, inputTokens: null, outputTokens: null, durationMs: null })).toEqual(read());
    expect(read({ at: null })).toMatchObject({ at: 5000, id: '+own' });
  });

  test.each<[string, unknown, string[]]>([
    ['nothing', null, ['tasks[3]: must be a task, e.g. { instance, task, outcome }']],
    ['a text', 'x', ['tasks[3]: must be a task, e.g. { instance, task, outcome }']],
    ['a list', [], ['tasks[3]: must be a task, e.g. { instance, task, outcome }']],
    [
      'nothing in it',
      {},
      [
        'tasks[3].instance: must be a text that is not empty',
        'tasks[3].task: must be a text that is not empty',
        'tasks[3].outcome: must be one of accepted, rejected, failed',
      ],
    ],
    [
      'blanks',
      { ...task, instance: ' ', task: '\n' },
      ['tasks[3].instance: must be a text that is not empty', 'tasks[3].task: must be a text that is not empty'],
    ],
    ['a long instance', { ...task, instance: 'i'.repeat(501) }, ['tasks[3].instance: has more than 500 characters']],
    ['a dot', { ...task, instance: '.' }, ['tasks[3].instance: may not be . or ..']],
    ['two dots', { ...task, instance: '..' }, ['tasks[3].instance: may not be . or ..']],
    ['another outcome', { ...task, outcome: 'done' }, ['tasks[3].outcome: must be one of accepted, rejected, failed']],
    [
      'a misspelt field',
      { ...task, cost: 1 },
      [
        'tasks[3].cost: unknown; known: id, instance, task, domain, outcome, reason, quality, resultHash, tier, ' +
          'inputTokens, outputTokens, costUsd, durationMs, at',
      ],
    ],
    ...['id', 'domain', 'reason', 'resultHash', 'tier'].map((name): [string, unknown, string[]] => [
      `${name} that is no text`,
      { ...task, [name]: 1 },
      [`tasks[3].${name}: must be a text`],
    ]),
    ...['quality', 'inputTokens', 'outputTokens', 'costUsd', 'durationMs', 'at'].map(
      (name): [string, unknown, string[]] => [
        `${name} that is no number`,
        { ...task, [name]: '1' },
        [`tasks[3].${name}: must be a number`],
      ],
    ),
  ])('%s is refused by name', (_name, given, issues) => expect(issuesOf(given)).toEqual(issues));

  test('names of 500 characters, dots in them and long tasks are taken', () => {
    expect(issuesOf({ ...task, instance: 'i'.repeat(500), task: '.' })).toEqual([]);
    expect(issuesOf({ ...task, instance: '...', task: 't'.repeat(501) })).toEqual([]);
  });

  test.each<[string, number | null, number[]]>([
    ['quality', 1, [-0.01, 1.01, Number.NaN]],
    ['quality', 0, []],
    ['inputTokens', 0, [-1, Number.POSITIVE_INFINITY, 2 ** 53]],
    ['outputTokens', Number.MAX_SAFE_INTEGER, [-1, 2 ** 53]],
    ['costUsd', 0, [-0.01, 2 ** 53]],
    ['durationMs', 0, [-1, 2 ** 53]],
  ])('%s may be %d; what makes no sense counts as not given', (name, right, wrong) => {
    expect(read({ [name]: right })).toHaveProperty(name, right);
    for (const value of wrong) expect(read({ [name]: value })).toHaveProperty(name, null);
  });

  test('a time is whole, and one that cannot be printed is that of the recording', () => {
    expect(read({ at: 1000.4 }).at).toBe(1000);
    expect(read({ at: -8_640_000_000_000_000 }).at).toBe(-8_640_000_000_000_000);
    expect(read({ at: 8_640_000_000_000_000 }).at).toBe(8_640_000_000_000_000);
    expect(read({ at: 8_640_000_000_000_001 })).toMatchObject({ at: 5000, id: '+own' });
    expect(read({ at: -8_640_000_000_000_001 })).toMatchObject({ at: 5000, id: '+own' });
  });

  test('its id is the own one, that of the host, or made of what tells it apart', () => {
    expect(read({ id: 'x'.repeat(64) }).id).toBe(`=${'x'.repeat(64)}`);
    expect(read({ id: 'x'.repeat(65) }).id).toBe(`=${fingerprint('x'.repeat(65))}`);
    expect(read({ id: '' }).id).toBe(read().id);
    expect(read({ id: '\ud800' }).id).toBe('=\ufffd');
    expect(read({ quality: 1, tier: 'p/a', domain: 'd' }).id).toBe(read().id);
    const others = [{ task: 'x' }, { at: 1001 }, { outcome: 'failed' }, { reason: 'r' }, { resultHash: 'h' }];
    expect(new Set([{}, ...others].map((change) => read(change).id)).size).toBe(6);
    expect(read({ resultHash: '' }).resultHash).toBeNull();
  });

  test('texts are one line without secrets; what is cut or redacted is told apart by a digest', () => {
    expect(read({ task: ' read\n\u2028\t the  mail ' }).task).toBe('read the mail');
    expect(read({ task: '\u0000' }).task).toBe('-');
    expect(read({ reason: ' \n' }).reason).toBeNull();
    expect(read({ reason: 'half \ud800' }).reason).toBe('half \ufffd');
    expect(read({ instance: 'half \ud800' }).instance).toBe('half \ufffd');
    for (const [name, longest] of [
      ['task', 200],
      ['domain', 100],
      ['reason', 300],
      ['tier', 200],
    ] as const) {
      expect(read({ [name]: 'x'.repeat(longest) })).toHaveProperty(name, 'x'.repeat(longest));
      const cut = read({ [name]: 'x'.repeat(longest + 1) })[name]!;
      expect(cut).toMatch(/^x+… #\w{8}$/);
      expect(cut).toHaveLength(longest);
      expect(read({ [name]: 'x'.repeat(longest + 2) })[name]).not.toBe(cut);
    }
    expect(read({ reason: 'key: sk-abcdefghijklmnop1234' }).reason).toMatch(/^key: \[redacted\]… #\w{8}$/);
    expect(read({ reason: '😀'.repeat(200) }).reason!.isWellFormed()).toBe(true);
  });

  test('of a long text the beginning and the length are read', () => {
    const long = 'x'.repeat(4000);
    expect(read({ resultHash: long }).resultHash).toBe(fingerprint(long));
    expect(read({ resultHash: `${long}y` }).resultHash).toBe(fingerprint(`${long}4001`));
    expect(read({ reason: `${long}y` }).reason).toBe(read({ reason: `${long}z` }).reason);
    expect(read({ reason: `${long}yy` }).reason).not.toBe(read({ reason: `${long}z` }).reason);
    expect(read({ reason: `a${' '.repeat(4000)}b` }).reason).toMatch(/^a 4002… #\w{8}$|^a… #\w{8}$/);
  });
});

describe('fingerprints', () => {
  test('are those of cyrb53, so that stores of other versions agree', () => {
    expect(hash53('')).toBe(3_338_908_027_751_811);
    expect(hash53('a')).toBe(7_929_297_801_672_961);
    expect(hash53('revenge')).toBe(4_051_478_007_546_757);
    expect(hash53('revenue')).toBe(8_309_097_637_345_594);
    expect(hash53('revenue', 1)).toBe(8_697_026_808_958_300);
  });

  test('have 22 characters, and differ where texts do', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(fingerprint(one)).toMatch(/^[\da-z]{22}$/);
        expect(fingerprint(one) === fingerprint(other)).toBe(one === other);
      }),
    );
    expect(fingerprint('a').slice(0, 11)).not.toBe(fingerprint('a').slice(11));
  });
});

describe('rows', () => {
  const row = (id: string, at: number): ActivityRow => [id, at, 0, 'task'];

  test('a record is a list without the instance and without what is missing at its end', () => {
    expect(rowText(read({ id: 'a' }))).toBe('["=a",1000,0,"read mail"]');
    expect(rowText(read({ id: 'a', outcome: 'failed', tier: 'p/a' }))).toBe(
      '["=a",1000,2,"read mail",null,null,null,"p/a"]',
    );
    const whole = { domain: 'd', reason: 'r', quality: 1, costUsd: 2, durationMs: 3, inputTokens: 4, outputTokens: 5 };
    expect(JSON.parse(rowText(read({ ...whole, id: 'a', outcome: 'rejected' })))).toEqual([
      '=a',
      1000,
      1,
      'read mail',
      'd',
      'r',
      null,
      null,
      1,
      2,
      3,
      4,
      5,
    ]);
  });

  test('are read in order of time, equal times by id, and what is no row is left out', () => {
    const rows = [row('b', 2), row('a', 2), row('c', 1), row('a', 3)];
    const texts = rows.map((each) => JSON.stringify(each)).join(ROW_SEPARATOR);
    expect(parseRows(texts)).toEqual([row('c', 1), row('a', 2), row('b', 2), row('a', 3)]);
    expect(parseRows('{"a":1},null,[1,2,3,"x"],["a","1",0,"x"],["a",1,0,null],["a",1,0,"x"]')).toEqual([
      ['a', 1, 0, 'x'],
    ]);
    expect(parseRows('')).toEqual([]);
    expect(() => parseRows('[')).toThrow(SyntaxError);
    expect([compareRows(row('a', 1), row('a', 1)), compareRows(row('b', 1), row('a', 1))]).toEqual([0, 1]);
  });

  test('those that are in order already are given back as they are', () => {
    const rows = Object.freeze([row('a', 1), row('a', 1), row('b', 1), row('a', 2)]) as ActivityRow[];
    expect(inOrder(rows)).toBe(rows);
    expect(inOrder([])).toEqual([]);
    expect(inOrder([row('b', 1), row('a', 1)])).toEqual([row('a', 1), row('b', 1)]);
  });

  test('a million are read piece by piece, each once, and nothing is one piece of nothing', () => {
    expect([...parseInPieces('')]).toEqual([[]]);
    const rows = Array.from({ length: 600 }, (_, index) => row(`id-${String(index).padStart(4, '0')}`, index));
    const pieces = [...parseInPieces(rows.map((each) => JSON.stringify(each)).join(ROW_SEPARATOR))];
    expect(pieces.flat()).toEqual(rows);
    expect(pieces.map((piece) => piece.length)).toEqual([466, 134]);
    // A piece ends at the first separator behind 12,000 characters, also where the text ends there.
    const long = JSON.stringify(['a', 1, 0, 'x'.repeat(11_988)]);
    expect(long).toHaveLength(12_000);
    expect(
      [...parseInPieces(`${long}${ROW_SEPARATOR}${JSON.stringify(row('b', 2))}`)].map((piece) => piece.length),
    ).toEqual([1, 1]);
    expect([...parseInPieces(long)].map((piece) => piece.length)).toEqual([1]);
  });
});
