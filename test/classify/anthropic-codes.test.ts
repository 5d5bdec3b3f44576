import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import fixtures from '../fixtures/errors/anthropic/error-codes.json' with { type: 'json' };

const sdk = new URL('../../node_modules/@anthropic-ai/sdk/core/error-classes.js', import.meta.url);
const listed = Array.from(readFileSync(sdk, 'utf8').matchAll(/\['(\d{3} \w+)'/g), ([, code]) => code);

it('every code the Anthropic SDK knows has a fixture', () => {
  const known = fixtures.map(({ http }) => `${http.status} ${http.body.error.details.error_code}`);
  expect(listed.length).toBeGreaterThan(50);
  expect(listed.filter((code) => !known.includes(code as string))).toEqual([]);
});
