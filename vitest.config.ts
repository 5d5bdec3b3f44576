import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { bundlePage } from './scripts/page-script.js';

/** In a run of `npm run coverage`. */
const isCoverageWanted = process.env['BROWSER_COVERAGE'] !== undefined;
const src = fileURLToPath(new URL('./src/', import.meta.url));

export default defineConfig(async () => ({
  define: { TIERFALL_PAGE_SCRIPTS: JSON.stringify(JSON.stringify(await bundlePage({ isReadable: isCoverageWanted }))) },
  resolve: {
    alias: [
      { find: /^tierfall$/, replacement: `${src}index.ts` },
      { find: /^tierfall\/stores\/(.*)$/, replacement: `${src}stores/$1.ts` },
      { find: /^tierfall\/(.*)$/, replacement: `${src}$1/index.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/tally.ts'],
    // By `npm test`: it reads the whole project, which would take longer than most files that are run alone.
    typecheck: { include: ['test/**/*.test-d.ts'] },
    // Far above what any test takes, so that a busy machine fails none; one that hangs ends here.
    testTimeout: 60_000 * Number(process.env['PROPERTY_SEARCH'] ?? 1),
    hookTimeout: 60_000,
    // Many a test has a policy that the failover warns of.
    execArgv: ['--disable-warning=TierfallWarning'],
    // What is awaited comes at once; on a busy machine it may take longer than a second.
    expect: { poll: { timeout: 10_000 } },
    // Many tests wait for processes, servers and a browser: on two cores fewer workers would leave one idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
  },
}));
