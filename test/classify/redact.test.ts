import { describe, expect, it } from 'vitest';
import { redact } from '../../src/core/redact.js';

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
    'takes linear time on a megabyte of %j',
    (unit) => {
      const start = performance.now();
      redact(unit.repeat(2 ** 20 / unit.length));
      expect(performance.now() - start).toBeLessThan(3000);
    },
  );
});
