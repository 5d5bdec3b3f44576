import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { packPackage, repository } from '../test/support/packed-package.ts';

/**
 * Packs the package, unpacks it in an empty project and runs test/runtimes/suite.mjs there on every runtime that the
 * README names: `npm run runtimes`. The runtimes are installed by `npm ci --prefix test/runtimes`. Exits 1 when one fails.
 */

const run = promisify(execFile);
const runtimes = join(repository, 'test', 'runtimes');
const modules = join(runtimes, 'node_modules');

/** Of Miniflare, which is installed apart, what is used here. */
interface MiniflareModule {
  readonly Miniflare: new (
    options: object,
  ) => {
    dispatchFetch(url: string): Promise<{ json(): Promise<unknown> }>;
    dispose(): Promise<void>;
  };
}

interface Result {
  readonly passed: number;
  readonly failed: readonly string[];
}

await using packed = await packPackage();
const { folder } = await packed.install('runtimes', ['hono', 'eventemitter3', 'p-retry', 'is-network-error']);
for (const file of ['suite.mjs', 'run-here.mjs', 'worker.mjs']) await cp(join(runtimes, file), join(folder, file));

/** In a process of its own; what it prints last is the result. */
function inProcess(program: string, ...flags: string[]): () => Promise<Result> {
  return async () => {
    const { stdout } = await run(program, [...flags, 'run-here.mjs'], { cwd: folder, timeout: 120_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Result;
  };
}

async function inWorkerd(): Promise<Result> {
  const { Miniflare } = createRequire(join(runtimes, 'package.json'))('miniflare') as MiniflareModule;
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'worker.mjs')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: ['node:*'],
    write: false,
    logLevel: 'error',
  });
  const worker = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents: outputFiles[0]!.text }],
    compatibilityDate: '2026-08-01',
  });
  try {
    const response = await worker.dispatchFetch('http://worker.example.test/');
    return (await response.json()) as Result;
  } finally {
    await worker.dispose();
  }
}

const all: [name: string, run: () => Promise<Result>][] = [
  ['Node 22', inProcess(join(modules, 'node22', 'bin', 'node'))],
  ['Node 24', inProcess(process.execPath)],
  ['Node 26', inProcess(join(modules, 'node26', 'bin', 'node'))],
  ['Bun', inProcess(join(modules, '.bin', 'bun'))],
  ['Deno', inProcess(join(modules, '.bin', 'deno'), 'run', '--allow-all', '--node-modules-dir=manual')],
  ['workerd', inWorkerd],
];
for (const [name, tryIt] of all) {
  const { passed, failed } = await tryIt().catch((error: unknown) => ({ passed: 0, failed: [String(error)] }));
  console.log(`${failed.length === 0 ? 'ok  ' : 'MISS'}  ${name.padEnd(10)} ${passed} passed, ${failed.length} failed`);
  for (const text of failed) console.log(`      ${text}`);
  if (failed.length > 0) process.exitCode = 1;
}
