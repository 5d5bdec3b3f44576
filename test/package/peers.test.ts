import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { packPackage, tryCommand, type PackedPackage } from '../support/packed-package.js';

// Building and packing take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

let packed: PackedPackage;
beforeAll(async () => {
  packed = await packPackage();
});
afterAll(() => packed[Symbol.asyncDispose]());

/** A project that has these packages, as far as npm looks at them. */
async function projectWith(name: string, packages: Readonly<Record<string, string>>): Promise<string> {
  const project = join(dirname(packed.tarball), name);
  for (const [installed, version] of Object.entries({ ...packed.manifest.dependencies, ...packages })) {
    const folder = join(project, 'node_modules', installed);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: installed, version }));
  }
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
  return project;
}

// npm takes seconds for each project, so that one holds what does not depend on each other.
it.each<[string, Readonly<Record<string, string>>]>([
  ['ai 4', { ai: '4.3.19' }],
  ['ai 5', { ai: '5.0.277' }],
  ['ai 6', { ai: '6.0.325' }],
  ['ai 7', { ai: '7.0.173' }],
  [
    'versions of everything that it may never be used with',
    {
      ai: '8.0.0-beta.1',
      '@ai-sdk/provider': '2.0.5',
      ioredis: '4.31.0',
      redis: '3.1.2',
      pg: '7.18.2',
      '@opentelemetry/api': '1.0.4',
      '@langchain/core': '0.2.36',
      '@openai/agents': '0.1.0',
    },
  ],
])('npm installs it beside %s', async (name, packages) => {
  const project = await projectWith(`beside ${name}`.replaceAll(' ', '-'), packages);
  // The level by name: npm hands its own (`npm test --silent`) down to those that it starts.
  const flags = ['--offline', '--dry-run', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=notice'];
  const { code, output } = await tryCommand('npm', ['install', ...flags, packed.tarball], project);
  expect(output).toContain('added 1 package');
  expect(code).toBe(0);
});
