import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createRuleBook } from '../../src/core/classify/judge/rule-book.js';
import { judgeSignal } from '../../src/core/classify/judge/judge.js';
import { allRules, precedence } from '../../src/core/classify/judge/all-rules.js';
import type { KindRules, Says } from '../../src/core/classify/rules/rule.js';
import { readSignal } from '../../src/core/classify/signal/read-signal.js';
import { type Fixture, readFixtures, rebuild } from './fixtures.ts';

/** "Adding a rule" of docs/classifier.md, walked as it is written there. */
const page = readFileSync(new URL('../../docs/classifier.md', import.meta.url), 'utf8');
const recipe = page.slice(page.indexOf('## Adding a rule'), page.indexOf('## The rules'));
const fixture = (JSON.parse(blockOf('json')) as [Fixture])[0];
const [, file, id] = /In `([\w-]+)\.ts` the rule `([\w-]+)`/.exec(recipe) ?? [];

function blockOf(language: string): string {
  return new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(recipe)?.[1] ?? '';
}

/** The line of the recipe as data: an object of TypeScript with nothing in it but lists of strings. */
function lineOf(source: string): Says {
  return JSON.parse(
    source
      .trim()
      .replace(/,$/, '')
      .replaceAll("'", '"')
      .replaceAll(/(\w+):/g, '"$1":'),
  ) as Says;
}

function withLine(says: Says): KindRules[] {
  return allRules.map((ofKind) =>
    ofKind.kind === file
      ? {
          ...ofKind,
          rules: ofKind.rules.map((rule) => (rule.id === id ? { ...rule, says: [...(rule.says ?? []), says] } : rule)),
        }
      : ofKind,
  );
}

it('the error of the recipe is misjudged in the way it says', () => {
  const { kind, rule, on, matched } = judgeSignal(readSignal(rebuild(fixture)));
  expect(recipe).toContain(
    `${fixture.id}: ${fixture.expect.kind} expected, ${kind} found by ${rule} (${on}: ${matched})`,
  );
});

it('the line of the recipe mends it, and changes no other verdict', () => {
  const book = createRuleBook(withLine(lineOf(blockOf('js'))), precedence);
  expect(judgeSignal(readSignal(rebuild(fixture)), book)).toMatchObject({ kind: fixture.expect.kind, rule: id });
  const signals = readFixtures().map((known) => readSignal(rebuild(known)));
  expect(signals.map((signal) => judgeSignal(signal, book))).toEqual(signals.map((signal) => judgeSignal(signal)));
});

it.each([
  ['rate limit', ['Rate limits', 'rate_limit_error', 'RateLimited'], 'rate of the limit'],
  ['org', ['org', 'orgs'], 'organization'],
  ['load$', ['load'], 'loading'],
])('the phrase %s is read as the recipe says', (phrase, finds, notThis) => {
  expect(recipe).toContain(`'${phrase}'`);
  const kinds: KindRules[] = [{ kind: 'quota', rules: [{ id: 'only', says: [{ any: [phrase] }] }] }];
  const book = createRuleBook(kinds, ['quota']);
  const isFound = (text: string) => book.findWording(text.toLowerCase()) ?? book.findCode(text);
  expect(finds.filter((text) => !isFound(text))).toEqual([]);
  expect(isFound(notThis)).toBeUndefined();
});
