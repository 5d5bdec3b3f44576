import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The repository. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** A project that has nothing but the package and what it was given beside it. */
export interface Project {
  readonly folder: string;
  /** Where the package lies in it. */
  readonly installed: string;
}

/** The package as a user gets it: built from a copy of the sources and packed by npm. */
export interface PackedPackage {
  readonly manifest: Manifest;
  readonly tarball: string;
  /** Paths inside the tarball. */
  readonly contents: readonly string[];
  /** Makes a project of that name, with these packages of the repository's beside ours. */
  install(name: string, packages: readonly string[]): Promise<Project>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Every subpath of the package that holds code, as users import it, e.g. `tierfall/otel`. */
export function entriesOf({ name, exports }: Manifest): string[] {
  return Object.keys(exports)
    .filter((subpath) => !subpath.endsWith('.json'))
    .map((subpath) => join(name, subpath));
}

/**
 * Builds a copy of the sources, so that nothing a test does meets a build that runs beside it. No network. With
 * `DIST_IS_BUILT` in the environment `dist` is copied as it is: the sources have just been built, and nobody builds beside.
 */
export async function packPackage(): Promise<PackedPackage> {
  const manifest: Manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
  const folder = await mkdtemp(join(tmpdir(), 'tierfall-package-'));
  const sources = join(folder, 'sources');
  await copySources(sources);
  if (process.env['DIST_IS_BUILT'] === undefined) {
    await runTool('tsup', ['--silent'], sources);
    await runTool('tsc', ['-p', 'tsconfig.build.json'], sources);
  } else await cp(join(repository, 'dist'), join(sources, 'dist'), { recursive: true });

  const packed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: sources,
  });
  const [{ filename, files }]: [{ filename: string; files: { path: string }[] }] = JSON.parse(packed.stdout);
  const tarball = join(folder, filename);

  return {
    manifest,
    tarball,
    contents: files.map(({ path }) => path),
    install: async (name, packages) => installProject(join(folder, name), manifest, tarball, packages),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function copySources(target: string): Promise<void> {
  const entries = await readdir(repository, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.tgz'));
  for (const folder of ['src', 'docs', 'examples', 'scripts']) {
    await cp(join(repository, folder), join(target, folder), { recursive: true, filter: withoutModules });
  }
  await Promise.all(files.map(({ name }) => cp(join(repository, name), join(target, name))));
  // In place of the hundreds of megabytes that `npm ci` puts there for the examples, so that what packs them is found out.
  const installed = join(target, 'examples', 'frameworks', 'node_modules', 'framework');
  await mkdir(installed, { recursive: true });
  await writeFile(join(installed, 'index.js'), '');
  await symlink(join(repository, 'node_modules'), join(target, 'node_modules'), 'dir');
}

/** For `cp`: leaves out what examples/frameworks has installed. */
export function withoutModules(source: string): boolean {
  return basename(source) !== 'node_modules';
}

/** An empty project, the tarball unpacked in it, and beside it the packages named, as links to the repository's. */
async function installProject(
  project: string,
  manifest: Manifest,
  tarball: string,
  packages: readonly string[],
): Promise<Project> {
  const installed = join(project, 'node_modules', manifest.name);
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of packages) {
    const target = join(project, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(repository, 'node_modules', name), target, 'dir');
  }
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  return { folder: project, installed };
}

/** Runs a tool of the repository's `node_modules/.bin`. Rejects, with its output, when it fails. */
export async function runTool(tool: string, args: readonly string[], cwd: string): Promise<string> {
  return runCommand(join(repository, 'node_modules', '.bin', tool), args, cwd);
}

/** Runs such a tool to its end, whatever that is. */
export async function tryTool(tool: string, args: readonly string[], cwd: string): ReturnType<typeof tryCommand> {
  return tryCommand(join(repository, 'node_modules', '.bin', tool), args, cwd);
}

/** Runs a program. Rejects, with its output, when it fails. */
export async function runCommand(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, output } = await tryCommand(program, args, cwd);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}\n${output}`);
  return output;
}

/** Runs a program to its end, whatever that is. */
export async function tryCommand(
  program: string,
  args: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ...variables };
  return await new Promise((resolve) => {
    execFile(program, args, { cwd, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, output: stdout + stderr });
    });
  });
}
