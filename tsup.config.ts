import { defineConfig } from 'tsup';
import { bundlePage } from './scripts/page-script.js';

/** One entry a public subpath; `package.json#exports` names the same files. */
const entry = [
  'src/index.ts',
  'src/stores/sqlite.ts',
  'src/stores/redis.ts',
  'src/stores/postgres.ts',
  'src/notifiers/index.ts',
  'src/checks/index.ts',
  'src/health/index.ts',
  'src/ai-sdk/index.ts',
  'src/langchain/index.ts',
  'src/openai-agents/index.ts',
  'src/otel/index.ts',
  'src/http/index.ts',
  'src/elements/index.ts',
  'src/cli/index.ts',
  'src/testing/index.ts',
  // No subpaths: files of their own, so that a bundle that takes only the classifier, only the state machine or only
  // the configuration from the root entry carries nothing of the other rooms.
  'src/core/classify/classify-error.ts',
  'src/core/tier/select-tier.ts',
  'src/core/tier/transitions/apply-outcome.ts',
  'src/schema/parse-config.ts',
];

export default defineConfig(async () => ({
  // By name: of a list tsup looks the files up at once and takes them as they come, and dist, names of files included,
  // would differ from build to build.
  entry: Object.fromEntries(entry.map((file) => [file.slice('src/'.length, -'.ts'.length), file])),
  format: ['esm'],
  // tsup's own declaration build does not work with TypeScript 7; `tsc` emits the types.
  dts: false,
  sourcemap: true,
  clean: true,
  splitting: true,
  target: 'es2023',
  platform: 'neutral',
  // Without this `node:sqlite` becomes `sqlite`, which does not exist.
  removeNodeProtocol: false,
  external: [/^node:/],
  // Built in: docs/decisions/2026-11-28-zod-in-the-bundle.md.
  noExternal: [/^zod/],
  esbuildOptions(options) {
    // Source maps name files as this folder sees them, wherever its node_modules really lies.
    options.preserveSymlinks = true;
    // Node prints the line of an error that nobody caught: not one of a hundred kilobytes.
    options.lineLimit = 160;
  },
  // The time to import grows with the bytes to be parsed; names stay as they are, for stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  // The scripts of the status page, inside `tierfall/http`.
  define: { TIERFALL_PAGE_SCRIPTS: JSON.stringify(JSON.stringify(await bundlePage())) },
}));
