import { existsSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** One entry a public subpath; `package.json#exports` names the same files. */
const entry = [
  'src/index.ts',
  'src/stores/sqlite.ts',
  'src/stores/redis.ts',
  'src/stores/postgres.ts',
  'src/notifiers/index.ts',
  'src/ai-sdk/index.ts',
  'src/otel/index.ts',
  'src/http/index.ts',
  'src/elements/index.ts',
  'src/cli/index.ts',
  'src/testing/index.ts',
  // No subpath: a file of its own, so that who takes only the classifier from the root gets neither zod nor the engine.
  'src/core/classify/classify-error.ts',
];

export default defineConfig({
  entry: entry.filter((file) => existsSync(file)),
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
  // Constants such as the bounds of the classifier become values: some 70 bytes less for who bundles it.
  minifySyntax: true,
});
