import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findExamples, readPrecedence, renderRules } from '../../scripts/classifier-docs.ts';
import { classifyError } from '../../src/core/classify/classify-error.js';
import { normaliseCode } from '../../src/core/classify/judge/rule-book.js';
import { allRules, precedence } from '../../src/core/classify/judge/all-rules.js';
import { kinds } from '../../src/core/kinds.js';
import { readFixtures } from './fixtures.ts';

const readExamples = (): ReadonlyMap<string, string> => findExamples(readFixtures(), classifyError);
const rules = allRules.flatMap((ofKind) => ofKind.rules);

describe('the table of rules', () => {
  it('has a fixture for every rule that it decides, and for every status', () => {
    const examples = readExamples();
    const ids = rules.map((rule) => rule.id);
    const statuses = allRules.flatMap((ofKind) => ofKind.statuses ?? []).map((status) => `status-${status}`);
    expect([...ids, ...statuses].filter((id) => !examples.has(id))).toEqual([]);
  });

  it('names every rule once', () => {
    const ids = rules.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('holds every kind once', () => {
    expect(allRules.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted());
  });

  it('gives every status and every code to one rule only', () => {
    const statuses = allRules.flatMap((ofKind) => ofKind.statuses ?? []);
    expect(new Set(statuses).size).toBe(statuses.length);
    const codes = rules.flatMap((rule) => rule.codes ?? []).map((code) => code.toLowerCase());
    expect(new Set(codes).size).toBe(codes.length);
    // What differs in more than its punctuation and its last word is another code.
    const clashing = codes.filter((code, index) => codes.some((other, at) => at !== index && isSameCode(code, other)));
    expect(clashing).toEqual(['serviceunavailableexception', 'serviceunavailable']);
  });

  it('says of each kind that has wordings, and of each rule that stands apart, what it outranks', () => {
    const names = [...precedence];
    expect([...readPrecedence().keys()]).toEqual(names);
    expect(new Set(names).size).toBe(names.length);
    const known = [...kinds, ...rules.map((rule) => rule.id)];
    expect(names.filter((name) => !known.includes(name as (typeof kinds)[number]))).toEqual([]);
    const worded = allRules.filter((ofKind) =>
      ofKind.rules.some(({ says, eastern, whole }) => says ?? eastern ?? whole),
    );
    expect(worded.map(({ kind }) => kind).filter((kind) => !names.includes(kind))).toEqual([]);
  });

  it('is the one in docs/classifier.md (npm run docs:classifier renews it)', () => {
    const page = readFileSync(new URL('../../docs/classifier.md', import.meta.url), 'utf8');
    expect(page).toContain(renderRules(allRules, readPrecedence(), readExamples()));
  });
});

function isSameCode(one: string, other: string): boolean {
  return normaliseCode(one) === normaliseCode(other);
}
