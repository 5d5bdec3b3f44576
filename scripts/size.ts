import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * What the package adds to a user's bundle: `npm run size`. Bundles the built package as a user would, minified, and
 * exits 1 when a figure is above its limit. Optional peers are left out: whoever needs them has them.
 */

export interface Bundle {
  readonly name: string;
  readonly source: string;
  /** Largest size allowed, in bytes: a little over what it is. */
  readonly limit: number;
  /** What it ought to be, in bytes, where that is less: printed, so that nobody forgets it. */
  readonly goal?: number;
  readonly unit: 'minified' | 'minified and gzipped';
}

const root = fileURLToPath(new URL('..', import.meta.url));
const take = (names: string, from: string) => `import { ${names} } from '${from}'; console.log(${names});`;
const takeAll = (from: string) => `import * as all from '${from}'; console.log(all);`;

/** Of every entry of `package.json#exports`, all that it exports: bytes minified and gzipped. */
export const entryLimits: Readonly<Record<string, number>> = {
  tierfall: 106_500,
  'tierfall/stores/sqlite': 9900,
  'tierfall/stores/redis': 11_500,
  'tierfall/stores/postgres': 13_700,
  'tierfall/notifiers': 18_500,
  'tierfall/checks': 35_500,
  'tierfall/health': 26_000,
  'tierfall/ai-sdk': 7850,
  'tierfall/langchain': 7900,
  'tierfall/openai-agents': 5500,
  'tierfall/otel': 6300,
  'tierfall/http': 75_500,
  'tierfall/elements': 57_000,
  'tierfall/testing': 122_000,
};
const goals: Readonly<Record<string, number>> = { tierfall: 55_000 };

const bundles: readonly Bundle[] = [
  ...Object.entries(entryLimits).map(([name, limit]): Bundle => {
    const goal = goals[name];
    const size = { name, source: takeAll(name), limit, unit: 'minified and gzipped' } as const;
    return goal === undefined ? size : { ...size, goal };
  }),
  {
    name: 'classifyError alone',
    source: take('classifyError', 'tierfall'),
    // A warning at 16 kB, so that a new rule is never refused, or packed, for a few bytes.
    limit: 17_408,
    goal: 16_384,
    unit: 'minified and gzipped',
  },
  {
    name: 'applyOutcome and selectTier alone',
    source: take('applyOutcome, selectTier', 'tierfall'),
    limit: 18_000,
    goal: 10_000,
    unit: 'minified',
  },
];

/** The size of each, in bytes. Needs a build. */
export async function measureBundles(): Promise<(Bundle & { bytes: number })[]> {
  return Promise.all(
    bundles.map(async (each) => ({ ...each, bytes: await bundleSize(each.source, root, each.unit === 'minified') })),
  );
}

/** Bytes of a bundle of this module, as it would be in `resolveDir`. */
export async function bundleSize(contents: string, resolveDir: string, isBare = false, external: string[] = []) {
  const { outputFiles } = await bundle({ stdin: { contents, resolveDir } }, external);
  const code = outputFiles[0]!.contents;
  return isBare ? code.length : gzipSync(code, { level: 9 }).length;
}

/** Everything a bundle is made of, by room of the sources or by package. */
async function roomsOf(): Promise<[room: string, bytes: number][]> {
  const { metafile } = await bundle({ entryPoints: ['src/index.ts'] });
  const rooms = new Map<string, number>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      const room = roomOf(file);
      rooms.set(room, (rooms.get(room) ?? 0) + bytesInOutput);
    }
  }
  return [...rooms].sort(([, one], [, other]) => other - one);
}

function roomOf(file: string): string {
  const installed = file.split('node_modules/').at(-1);
  if (installed !== undefined && installed !== file) return installed.split('/')[0] ?? file;
  const folders = file
    .replace(/^src\//u, '')
    .split('/')
    .slice(0, -1);
  return folders.length === 0 ? 'entry' : folders.slice(0, 2).join('/');
}

function bundle(
  input: { entryPoints: string[] } | { stdin: { contents: string; resolveDir: string } },
  external: string[] = [],
) {
  const { peerDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  return build({
    ...input,
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*', ...Object.keys(peerDependencies), ...external],
    write: false,
    metafile: true,
    logLevel: 'error',
    outdir: 'bundle',
  });
}

if (import.meta.main) {
  let isAbove = false;
  for (const { name, bytes, limit, goal, unit } of await measureBundles()) {
    isAbove ||= bytes > limit;
    const verdict = bytes > limit ? 'MISS' : 'ok  ';
    const wish = goal === undefined || bytes <= goal ? '' : `; ought to be ${goal}`;
    console.log(`${verdict}  ${name.padEnd(36)}${String(bytes).padStart(8)} bytes ${unit} (at most ${limit}${wish})`);
  }
  console.log('\nThe root entry by room, bytes minified:');
  for (const [room, bytes] of await roomsOf()) console.log(`      ${room.padEnd(36)}${String(bytes).padStart(8)}`);
  process.exitCode = isAbove ? 1 : 0;
}
