import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { collectTests } from './collect-tests.ts';
import { farTestFiles, testFiles } from './test-files.ts';

const { functions } = collectTests();
const { vi } = functions as { vi: object };

test('files that mutants are shown to use no function of Vitest that their runner lacks', () => {
  const files = globSync([...testFiles, ...farTestFiles]);
  expect(files.length).toBeGreaterThan(50);
  const known = new Set([...Object.keys(functions), 'expect', ...Object.keys(vi).map((name) => `vi.${name}`)]);
  const lacking = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const [, imported = ''] = /^import \{([^}]*)\} from 'vitest';$/mu.exec(text) ?? [];
    const names = imported.split(',').flatMap((name) => (/^\s*(?:type )/u.test(name) ? [] : [name.trim()]));
    const used = [...names, ...Array.from(text.matchAll(/\bvi\.(\w+)\(/gu), ([, name]) => `vi.${name}`)];
    return used.filter((name) => name !== '' && !known.has(name)).map((name) => `${file}: ${name}`);
  });
  expect(lacking).toEqual([]);
});
