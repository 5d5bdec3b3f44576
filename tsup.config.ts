import { defineConfig } from 'tsup';

/** One entry a public subpath; `package.json#exports` names the same files. */
export default defineConfig({
  entry: ['src/index.ts'],
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
});
