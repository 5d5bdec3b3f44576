import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * What the package adds to a user's bundle: `npm run size`. Bundles the built package as a user would, minified, and
 * exits 1 when a figure is above its bar.
 */

interface Bundle {
  readonly name: string;
  readonly source: string;
  /** Largest size allowed, in bytes. */
  readonly bar: number;
  /** What it ought to be, in bytes, where that is less: printed, so that nobody forgets it. */
  readonly goal?: number;
  readonly unit: 'minified' | 'minified and gzipped';
}

const take = (names: string, from: string) => `import { ${names} } from '${from}'; console.log(${names});`;
const takeAll = (from: string) => `import * as all from '${from}'; console.log(all);`;

const bundles: readonly Bundle[] = [
  {
    name: 'tierfall, everything',
    source: takeAll('tierfall'),
    bar: 102_000,
    goal: 55_000,
    unit: 'minified and gzipped',
  },
  { name: 'classifyError alone', source: take('classifyError', 'tierfall'), bar: 16_384, unit: 'minified and gzipped' },
  {
    name: 'applyOutcome and selectTier alone',
    source: take('applyOutcome, selectTier', 'tierfall'),
    bar: 18_000,
    goal: 10_000,
    unit: 'minified',
  },
];

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

function bundle(input: { entryPoints: string[] } | { stdin: { contents: string; resolveDir: string } }) {
  return build({
    ...input,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*'],
    write: false,
    metafile: true,
    logLevel: 'error',
    outdir: 'bundle',
  });
}

let isAbove = false;
for (const { name, source, bar, goal, unit } of bundles) {
  const { outputFiles } = await bundle({ stdin: { contents: source, resolveDir: process.cwd() } });
  const code = outputFiles[0]!.contents;
  const bytes = unit === 'minified' ? code.length : gzipSync(code, { level: 9 }).length;
  isAbove ||= bytes > bar;
  const verdict = bytes > bar ? 'MISS' : 'ok  ';
  const wish = goal === undefined || bytes <= goal ? '' : `; ought to be ${goal}`;
  console.log(`${verdict}  ${name.padEnd(36)}${String(bytes).padStart(8)} bytes ${unit} (at most ${bar}${wish})`);
}
console.log('\nThe root entry by room, bytes minified:');
for (const [room, bytes] of await roomsOf()) console.log(`      ${room.padEnd(36)}${String(bytes).padStart(8)}`);
process.exitCode = isAbove ? 1 : 0;
