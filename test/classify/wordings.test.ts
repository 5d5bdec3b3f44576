import { describe, expect, it } from 'vitest';
import { classifyError } from '../../src/core/classify/classify-error.js';
import { allRules } from '../../src/core/classify/judge/all-rules.js';
import { decided, leftAlone } from './wording-table.ts';

/** `evidence.rule`, which users may compare with: a rule may go or come, but none gets another name. */
// biome-ignore format: a list of words
const ids = [
  'code-auth', 'key', 'sign-in', 'eastern-auth', 'code-permission', 'permission', 'eastern-permission', 'code-quota',
  'quota-none', 'balance', 'billing', 'spend', 'window', 'usage-limit', 'quota-word', 'eastern-quota',
  'code-rate_limit', 'throttle-metric', 'throttle', 'eastern-throttle', 'code-overloaded', 'capacity',
  'eastern-capacity', 'code-server_error-weak', 'code-server_error-generic', 'server', 'eastern-server', 'code-timeout',
  'timeout', 'eastern-timeout', 'code-network-unreachable', 'code-network-cut', 'code-network-weak',
  'network-unreachable', 'network-whole-cut', 'network-cut', 'eastern-network', 'model-gone-whole', 'model-gone',
  'eastern-model', 'context', 'eastern-context', 'code-content_policy', 'policy', 'eastern-policy',
  'code-invalid_request', 'code-invalid_request-generic', 'file-size', 'max-tokens', 'parameter', 'invalid',
  'eastern-invalid', 'aborted', 'own-mistake', 'unreadable-answer',
];

/** The sentences of a row that another rule decides, with that rule. */
function wrong(rule: string, sentence: string, words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const message = sentence.replace('…', word);
    const { evidence } = classifyError({ error: { message } });
    return evidence.rule === rule ? [] : [`${message} (${evidence.rule}: ${evidence.matched ?? '-'})`];
  });
}

it('rules are named as they always were', () => {
  expect(allRules.flatMap(({ rules }) => rules.map(({ id }) => id))).toEqual(ids);
});

describe('a wording is decided by its rule', () => {
  it.each(decided)('%s: %s', (rule, sentence, ...words) => {
    expect(wrong(rule, sentence, words)).toEqual([]);
  });
});

describe('a wording that a rule leaves alone is decided by', () => {
  it.each(leftAlone)('%s: %s', (rule, sentence, ...words) => {
    expect(wrong(rule, sentence, words)).toEqual([]);
  });
});

// biome-ignore format: tables of words
describe('a code that is no word of a sentence is decided by its rule', () => {
  it.each<[string, ...string[]]>([
    [
      'code-invalid_request-generic', 'ConflictException', 'FAILED_PRECONDITION', 'invalid_request_error',
      'not_found_error', 'ResourceError', 'ResourceNotFoundException', 'UNIMPLEMENTED',
    ],
    [
      'code-server_error-generic', 'api_error', 'INTERNAL', 'internal_server_error', 'server_error',
      'ServiceUnavailable', 'UNAVAILABLE',
    ],
  ])('%s', (rule, ...codes) => {
    expect(codes.map((code) => classifyError({ code }).evidence.rule)).toEqual(codes.map(() => rule));
  });
});

describe('words that are too common to beat a status', () => {
  it.each([
    ['server_error', 500, '参数错误'],
    ['rate_limit', 429, '服务异常'],
  ])('%s: %i %s', (kind, status, message) => {
    expect(classifyError({ status, error: { message } }).kind).toBe(kind);
  });
});

// biome-ignore format: lists of names
describe('the name of an error', () => {
  const nameOf = (name: string) => classifyError({ name, message: 'Insufficient credits' }).kind;

  it.each([
    'ReferenceError', 'SyntaxError', 'RangeError', 'AssertionError', 'ConfigError', 'TypeError', 'ZodError',
    '$ZodError', 'ZodValidationError', 'ToolError', 'ToolExecutionError', 'AI_ToolError', 'AI_NoObjectGeneratedError',
    'AI_NoOutputGeneratedError', 'AI_InvalidToolInputError', 'AI_JSONParseError', 'AI_TypeValidationError',
    'OutputParserException', 'OutputParserError', 'LLMParseError', 'LLMOutputParserError', 'JSONDecodeError',
    'JSONValidationError',
  ])('%s is that of a mistake of the caller', (name) => {
    expect(nameOf(name)).toBe('unknown');
  });

  it.each([
    'UpstreamTypeError', 'TypeErrors', 'ToolkitFailure', 'XAI_ToolError', 'AI_ToolErrors', 'MyJSONDecodeError',
    'JSONDecodeErrors',
  ])('%s is none of those', (name) => {
    expect(nameOf(name)).toBe('quota');
  });
});
