import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderRules } from '../../scripts/classifier-docs.ts';
import { classifyError } from '../../src/core/classify/classify-error.js';
import { normaliseCode } from '../../src/core/classify/judge/judge.js';
import { codeRules } from '../../src/core/classify/rules/code-rules.js';
import { statusRules } from '../../src/core/classify/rules/status-rules.js';
import { textRules } from '../../src/core/classify/rules/text-rules.js';
import { readCorpus, readOwnFixtures, rebuild } from './fixtures.ts';

const decided = new Set(
  [...readCorpus(), ...readOwnFixtures()].map((fixture) => classifyError(rebuild(fixture)).evidence.rule),
);

describe('the table of rules', () => {
  it.each([...codeRules, ...textRules].map((rule) => rule.id))('%s has a fixture it decides', (id) => {
    expect(decided).toContain(id);
  });

  it.each(Object.entries(statusRules))('has a fixture for each status that is %s', (_kind, statuses) => {
    expect(statuses.split(' ').filter((status) => !decided.has(`status-${status}`))).toEqual([]);
  });

  it('names every rule once', () => {
    const ids = [...codeRules, ...textRules].map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lists every code once, in the form codes are compared in', () => {
    const codes = codeRules.flatMap((rule) => rule.words.split(' '));
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => normaliseCode(code) !== code && !/exception$|^minimax:/.test(code))).toEqual([]);
  });

  it('is the one in docs/classifier.md (npm run docs:classifier renews it)', () => {
    const page = readFileSync(new URL('../../docs/classifier.md', import.meta.url), 'utf8');
    expect(page).toContain(renderRules({ codeRules, textRules, statusRules }));
  });
});
