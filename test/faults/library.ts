import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type * as root from 'tierfall';
import type * as health from 'tierfall/health';
import type * as notifiers from 'tierfall/notifiers';
import type * as testing from 'tierfall/testing';

/** What the simulation uses of the package. */
export type Library = Pick<
  typeof root,
  'createFailover' | 'createMemoryStore' | 'parseConfig' | 'replay' | 'startFailover'
> &
  Pick<typeof health, 'createHealthMonitor'> &
  Pick<typeof notifiers, 'createSlackNotifier'> &
  Pick<
    typeof testing,
    | 'auth'
    | 'createManualClock'
    | 'createSeededRandom'
    | 'invalidRequest'
    | 'modelUnavailable'
    | 'overloaded'
    | 'quota'
    | 'rateLimit'
    | 'serverError'
  >;

/** Text of a source file that is replaced in a copy of the package; it must occur exactly once. */
export interface Patch {
  /** Relative to `src`. */
  file: string;
  find: string;
  replace: string;
}

const home = fileURLToPath(new URL('../../', import.meta.url));
const entry = ['index', 'health/index', 'notifiers/index', 'testing/index']
  .map((name) => `export * from './src/${name}.ts';`)
  .join('\n');

/** Builds the package of today's sources, with these texts replaced, and loads it. The sources stay as they are. */
export async function loadLibrary(patches: readonly Patch[] = []): Promise<Library> {
  const left = new Set(patches);
  const plugin: Plugin = {
    name: 'patches',
    setup(building) {
      building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = relative(join(home, 'src'), path).replaceAll('\\', '/');
        let contents = await readFile(path, 'utf8');
        for (const patch of patches.filter((each) => each.file === file)) {
          const parts = contents.split(patch.find);
          if (parts.length !== 2) throw new Error(`${file}: ${parts.length - 1} places instead of one: ${patch.find}`);
          contents = parts.join(patch.replace);
          left.delete(patch);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: home },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    write: false,
    preserveSymlinks: true,
    logLevel: 'silent',
    plugins: [plugin],
  });
  for (const { file } of left) throw new Error(`${file}: is no part of the package`);
  const folder = await mkdtemp(join(tmpdir(), 'tierfall-faults-'));
  try {
    const path = join(folder, 'tierfall.mjs');
    await writeFile(path, outputFiles[0]!.text);
    return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Library;
  } finally {
    await rm(folder, { recursive: true });
  }
}
