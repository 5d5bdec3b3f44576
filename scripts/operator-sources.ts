import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

/**
 * What the pictures of the operator page were made from, as one hash. Pixels differ from machine to machine, so a test
 * compares this: the page's own sources, what it shows, and how it is taken, without comments and white space.
 */
export function hashOfSources(): string {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const patterns = ['src/elements/**/*.ts', 'src/http/page/*.ts', 'examples/operator/bad-night.ts'];
  const files = [...patterns.flatMap((pattern) => globSync(pattern, { cwd: root })), 'scripts/operator-pictures.ts'];
  const hash = createHash('sha256');
  for (const file of files.map((path) => path.replaceAll('\\', '/')).toSorted()) {
    const { code } = transformSync(readFileSync(`${root}${file}`, 'utf8'), { loader: 'ts', minify: true });
    hash.update(`${file}\n${code}\n`);
  }
  return hash.digest('hex');
}
