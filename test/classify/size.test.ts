import { existsSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { expect, it } from 'vitest';

/** What `npm run size` allows: it ought to be 16 kB, and a new rule must not fail for a few bytes. */
const bar = 17_408;
const root = new URL('../../', import.meta.url).pathname;

async function sizeOf(options: BuildOptions): Promise<number> {
  const bundle = await build({
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    charset: 'utf8',
    // It would warn of each chunk that a bundler leaves out, which is what is wanted.
    logLevel: 'error',
    ...options,
  });
  return gzipSync(bundle.outputFiles?.[0]?.contents ?? '', { level: 9 }).length;
}

it('the classifier alone, bundled and minified, is small enough to ship to a browser', async () => {
  expect(await sizeOf({ entryPoints: [`${root}src/core/classify/classify-error.ts`] })).toBeLessThanOrEqual(bar);
});

it.skipIf(!existsSync(`${root}dist/index.js`))('so is what a bundler takes of the package for it', async () => {
  const contents = "export { classifyError } from './dist/index.js';";
  expect(await sizeOf({ stdin: { contents, resolveDir: root } })).toBeLessThanOrEqual(bar);
});
