import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('the classifier alone, bundled and minified, is small enough to ship to a browser', async () => {
  const bundle = await build({
    entryPoints: [new URL('../../src/core/classify/classify-error.ts', import.meta.url).pathname],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    charset: 'utf8',
  });
  const size = gzipSync(bundle.outputFiles[0]?.contents ?? '', { level: 9 }).length;
  expect(size).toBeLessThanOrEqual(14_600);
});
