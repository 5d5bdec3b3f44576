import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// Packs the last commit twice, in two clean clones in folders of different depth and with different surroundings, and
// compares the tarballs byte by byte:
//   npm run check:pack                  prints the sha256; exits with 1, and names the files, where the two differ
//   npm run check:pack -- FOLDER        and leaves the tarball in FOLDER: this is the one to publish
//   npm run check:pack -- --install     each clone installs its own packages, in place of those of this folder

const { values, positionals } = parseArgs({
  options: { install: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const repository = fileURLToPath(new URL('../../', import.meta.url));

// npm packs files with the modes they have, and those come from the umask of whoever cloned and built them.
process.umask(0o022);

// Read once: the folder may be on another commit before the second clone is made.
const commit = run('git', ['rev-parse', 'HEAD'], repository).trim();

interface Clone {
  /** Path below the temporary folder. */
  folder: string;
  env: Record<string, string>;
}
const clones: readonly Clone[] = [
  { folder: 'one', env: { TZ: 'UTC', LC_ALL: 'C' } },
  { folder: 'another/place/far/below', env: { TZ: 'Pacific/Chatham', LC_ALL: 'C.UTF-8' } },
];

const temporary = mkdtempSync(join(tmpdir(), 'tierfall-pack-'));
try {
  const changed = run('git', ['status', '--porcelain'], repository);
  if (changed !== '') console.log(`not committed, and so not packed:\n${changed.trimEnd()}\n`);

  const tarballs = clones.map(({ folder, env }) => pack(join(temporary, folder), env));
  const [first, second] = tarballs.map((path) => ({ path, sha256: sha256Of(path) }));
  if (first!.sha256 === second!.sha256) {
    const name = first!.path.split('/').at(-1)!;
    console.log(`ok    two clones of ${commit.slice(0, 7)} give the same tarball`);
    console.log(`${first!.sha256}  ${name}`);
    const target = positionals[0];
    if (target !== undefined) {
      mkdirSync(target, { recursive: true });
      copyFileSync(first!.path, join(target, name));
      console.log(resolve(target, name));
    }
  } else {
    console.log('MISS  two clones of one commit give different tarballs:');
    const [one, other] = tarballs.map(entriesOf);
    for (const name of new Set([...one!.keys(), ...other!.keys()])) {
      if (one!.get(name) !== other!.get(name)) console.log(`      ${name}: ${one!.get(name)} and ${other!.get(name)}`);
    }
    process.exitCode = 1;
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function pack(folder: string, env: Clone['env']): string {
  mkdirSync(folder, { recursive: true });
  const sources = join(folder, 'tierfall');
  run('git', ['clone', '--quiet', '--no-hardlinks', repository, sources], folder);
  run('git', ['checkout', '--quiet', '--detach', commit], sources);
  if (values.install) run('npm', ['ci'], sources, env);
  else symlinkSync(join(repository, 'node_modules'), join(sources, 'node_modules'), 'dir');
  run('npm', ['run', '--silent', 'build'], sources, env);
  const name = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], sources, env).trim();
  return join(folder, name);
}

/** Mode, size and content of each file of a tarball, as text. */
function entriesOf(tarball: string): Map<string, string> {
  const folder = `${tarball}.unpacked`;
  mkdirSync(folder);
  run('tar', ['-xzf', tarball, '-C', folder], folder);
  const listed = run('tar', ['-tvzf', tarball], folder).trimEnd().split('\n');
  return new Map(
    listed.map((line) => {
      const name = line.slice(line.indexOf('package/'));
      return [name, `${line.split(/\s/u)[0]} ${sha256Of(join(folder, name)).slice(0, 8)}`];
    }),
  );
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function run(program: string, args: readonly string[], cwd: string, env: Clone['env'] = {}): string {
  return execFileSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  });
}
