import { describe, expect, it } from 'vitest';
import { classifyError } from '../../src/core/classify/classify-error.js';
import { redact } from '../../src/core/redact.js';
import { coreOf, keyShapes } from './key-shapes.ts';

const secrets: [shape: string, text: string, secret: string][] = [
  ['an OpenAI key', 'Incorrect API key provided: sk-proj-Ab12Cd34Ef56Gh78.', 'Ab12Cd34Ef56Gh78'],
  ['an Anthropic key', 'x-api-key sk-ant-api03-Zz9Yy8Xx7Ww6Vv5 was rejected', 'Zz9Yy8Xx7Ww6Vv5'],
  ['a Google key', 'key AIzaSyA1234567890abcdefghijklmnopqrstu', 'SyA1234567890'],
  ['a Groq key', '(gsk_1234567890abcdefABCDEF)', '1234567890abcdef'],
  ['an xAI key', 'xai-AbCdEf123456', 'AbCdEf123456'],
  ['a Hugging Face token', 'hf_AbCdEfGhIjKlMnOpQrStUv', 'AbCdEfGhIjKl'],
  ['a GitHub token', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a', '16C7e42F'],
  ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE', 'IOSFODNN7'],
  ['an AWS secret', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'K7MDENG'],
  ['a JWT', 'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP', 'eyJzdWIi'],
  ['a bearer token', 'Authorization: Bearer abc.DEF-123', 'abc.DEF-123'],
  ['a basic credential', 'authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
  [
    'a Telegram token',
    'https://api.telegram.org/bot123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc/send',
    'AAEhBOweik6ad9r',
  ],
  ['a Slack token', 'xoxb-1234-abcdEFGH', '1234-abcdEFGH'],
  ['a Slack webhook', 'https://hooks.slack.com/services/T000/B000/XXXX', 'T000/B000'],
  ['URL credentials', 'https://user:pa@ss@host.test/v1', 'pa@ss'],
  ['a key parameter', 'https://host.test/v1?key=abc123&alt=sse', 'abc123'],
  ['a JSON field', '{"apiKey":"hunter2secret"}', 'hunter2secret'],
  ['a header', 'x-api-key: abcdefghijklmnopqrs', 'abcdefghijklmnopqrs'],
  ['a bare hex key', 'resource key 0123456789abcdef0123456789abcdef', '0123456789abcdef'],
  ['a Zhipu key', '0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp', 'AbCdEfGhIjKlMnOp'],
  ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----', 'MIIEvQ'],
];

describe('redact', () => {
  it.each(secrets)('removes %s', (_shape, text, secret) => {
    expect(text).toContain(secret);
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[redacted]');
  });

  it.each([
    'The model `meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8` does not exist',
    'Rate limit reached for gpt-4o in organization org-test on tokens per min (TPM): Limit 30000',
    'API key: required',
    'claude-sonnet-4-20250514 is overloaded, see https://docs.example.test/errors#overloaded',
  ])('leaves what people need to read: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it.each(['a', '1', '{', ' ', 'token=', 'sk-', 'eyJ-', '://', '://a', '@', 'A+/', '123456:', 'key: '])(
    // Quadratic time would be hours.
    'comes to an end on a megabyte of %j',
    (unit) => {
      expect(redact(unit.repeat(2 ** 20 / unit.length)).length).toBeGreaterThan(0);
    },
  );
});

/** Where a key may stand in an error. */
const places: Record<string, (key: string) => unknown> = {
  'a sentence of a provider': (key) => ({
    status: 401,
    error: { message: `Incorrect API key provided: ${key}. See x.` },
  }),
  'the end of a sentence': (key) => new Error(`failed with ${key}`),
  quotes: (key) => new Error(`key "${key}" was rejected`),
  backticks: (key) => new Error(`The token \`${key}\` is not known`),
  brackets: (key) => new Error(`Your account <${key}> reached its limit`),
  'the path of an address': (key) => new Error(`request to https://api.example.test/v1/${key}/chat failed`),
  'the end of a path': (key) => new Error(`GET https://api.example.test/v1/keys/${key} 404`),
  'a parameter of an address': (key) => new Error(`https://api.example.test/v1?alt=sse&auth_token=${key}`),
  'an encoded address': (key) => new Error(`callback?access_token%3D${key}%26state=1`),
  'the user of an address': (key) => new Error(`https://user:${key}@host.test/v1 refused`),
  'a header': (key) => new Error(`headers: { 'x-api-key': '${key}' }`),
  'a bearer header': (key) => new Error(`Authorization: Bearer ${key}`),
  JSON: (key) => new Error(`{"apiKey":"${key}"}`),
  'JSON in a string': (key) => new Error(`"{\\"token\\":\\"${key}\\"}"`),
  'a variable': (key) => new Error(`OPENAI_API_KEY=${key} is wrong`),
  'a line of its own': (key) => new Error(`keys tried:\n${key}\n`),
  'the code': (key) => ({ status: 401, code: key, message: 'no' }),
  'a part of the code': (key) => ({ status: 401, error: { code: `invalid_key:${key}`, message: 'no' } }),
  'the type': (key) => ({ status: 401, error: { type: key, message: 'no' } }),
  'the provider': (key) => ({ status: 401, provider: key, message: 'no' }),
};

describe('a verdict shows no key', () => {
  it.each(Object.entries(keyShapes))('of %s', (_issuer, key) => {
    const rules = [{ id: 'own', kind: 'auth' as const, message: key }];
    const shown = Object.entries(places).filter(([, put]) => {
      const verdicts = [classifyError(put(key)), classifyError(put(key), { rules })];
      return JSON.stringify(verdicts).toLowerCase().includes(coreOf(key).toLowerCase());
    });
    expect(shown.map(([place]) => place)).toEqual([]);
  });
});

it.each([
  'Request ID: 3f2b8c1e-9d47-4a6b-8e05-c7d19a2f6b34',
  'request_id=3f2b8c1e-9d47-4a6b-8e05-c7d19a2f6b34',
  '{"trace_id":"3f2b8c1e-9d47-4a6b-8e05-c7d19a2f6b34"}',
  'Your team 3f2b8c1e-9d47-4a6b-8e05-c7d19a2f6b34 has used all available credits',
  'req_011CQ8example was rejected',
  'anthropic.claude-sonnet-4-5-20250929-v1:0 is throttled in us-east-1',
  'models/gemini-2.5-flash-preview-native-audio-dialog is not found for API version v1beta',
  'GenerateRequestsPerDayPerProjectPerModel-FreeTier',
  'projects/my-project-123/locations/us-central1/publishers/google/models/gemini-3-pro',
])('an id, a model and a metric stay: %s', (text) => {
  expect(redact(text)).toBe(text);
});
