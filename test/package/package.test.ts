import { build, type Metafile } from 'esbuild';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  entriesOf,
  packPackage,
  repository,
  runCommand,
  runTool,
  tryTool,
  type Manifest,
  type PackedPackage,
  type Project,
} from '../support/packed-package.js';
import { relativeLinks } from '../support/markdown.js';
import { readImports } from '../support/read-imports.js';
import { readPublicNames } from './read-public-names.js';

// Building, packing and type-checking take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const manifest: Manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
const entries = entriesOf(manifest);

const dependencies = Object.keys(manifest.dependencies);
const peers = Object.keys(manifest.peerDependencies ?? {});

let packed: PackedPackage;
let project: Project;
beforeAll(async () => {
  packed = await packPackage();
  project = await packed.install('project', [...dependencies, ...peers, '@types/node']);
});
afterAll(() => packed[Symbol.asyncDispose]());

describe('the tarball', () => {
  it('contains no package that was installed for the examples', () => {
    expect(packed.contents.filter((path) => path.includes('node_modules'))).toEqual([]);
  });

  it('holds dist, docs, examples, package.json and the documents, and nothing else', () => {
    const outside = packed.contents.filter((path) => !/^(?:dist|docs|examples)\//u.test(path));
    expect(outside.toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'THIRD-PARTY-LICENSES.txt',
      'llms.txt',
      'package.json',
    ]);
    expect(
      packed.contents.filter((path) =>
        /^docs\/(?!(?:(?:decisions|api)\/)?\w[\w-]*\.(?:md|svg)$|checks\/[\w-]+\.svg$|pictures\/[\w-]+\.(?:png|svg)$)/u.test(
          path,
        ),
      ),
    ).toEqual([]);
    expect(
      packed.contents.filter((path) =>
        /^examples\/(?!(?:(?:frameworks\/)?(?:support|operator|frameworks)\/)?[\w-]+\.ts$|README\.md$|frameworks\/package\.json$)/u.test(
          path,
        ),
      ),
    ).toEqual([]);
    const inside = packed.contents.filter((path) => path.startsWith('dist/'));
    expect(inside.length).toBeGreaterThan(10);
    expect(inside.filter((path) => !/\.(?:js|js\.map|d\.ts)$/u.test(path))).toEqual([]);
  });

  it('holds everything that its documents link to', async () => {
    const pages = packed.contents.filter((path) => path.endsWith('.md') || path === 'llms.txt');
    expect(pages.length).toBeGreaterThan(10);
    const dead: string[] = [];
    let count = 0;
    for (const page of pages) {
      const text = await readFile(join(project.installed, page), 'utf8');
      for (const link of relativeLinks(text)) {
        count += 1;
        const [file] = link.split('#');
        const target = file === '' ? page : join(page, '..', file!);
        const isThere = packed.contents.some((path) => path === target || path.startsWith(join(target, '/')));
        if (!isThere) dead.push(`${page}: ${link}`);
      }
    }
    expect(count).toBeGreaterThan(20);
    expect(dead).toEqual([]);
  });

  it('satisfies publint, strictly', async () => {
    await expect(runTool('publint', ['run', packed.tarball, '--strict'], repository)).resolves.toContain('All good!');
  });

  it('satisfies attw for an ESM-only package', async () => {
    const verdict = runTool('attw', [packed.tarball, '--profile', 'esm-only'], repository);
    await expect(verdict).resolves.toMatch(/🟢 \(ESM\)/u);
  });

  it('imports no package, not even for its types, that it does not declare', async () => {
    const declared = new Set([...dependencies, ...peers]);
    const undeclared = await Promise.all(
      packed.contents
        .filter((path) => /\.(?:js|d\.ts)$/u.test(path))
        .map(async (path) => {
          const found = readImports(await readFile(join(project.installed, path), 'utf8'));
          return found
            .flatMap(({ specifier }) => (specifier === undefined ? [] : [specifier]))
            .filter((specifier) => !/^(?:\.|node:)/u.test(specifier) && !declared.has(packageOf(specifier)))
            .map((specifier) => `${path} imports ${specifier}`);
        }),
    );
    expect(undeclared.flat()).toEqual([]);
  });

  it('names no machine, home folder or registry', async () => {
    const found: string[] = [];
    for (const path of packed.contents) {
      const text = await readFile(join(project.installed, path), 'utf8');
      if (/(?:file:\/\/|\/home\/|\/Users\/|\/work\/|\/tmp\/|registry\.npmjs)/u.test(withoutDocs(path, text)))
        found.push(path);
    }
    expect(found).toEqual([]);
  });
});

describe('an empty project', () => {
  it.each(entries)('imports and requires %s, and gets the same module', async (entry) => {
    const script = `
      import { createRequire } from 'node:module';
      const imported = await import('${entry}');
      const required = createRequire(import.meta.url)('${entry}');
      const names = Object.keys(imported);
      if (names.length === 0) throw new Error('nothing is exported');
      for (const name of names) if (imported[name] !== required[name]) throw new Error(name + ' exists twice');
      console.log('same');
    `;
    await expect(runNode(script)).resolves.toBe('same\n');
  });

  it('can tell one error class from two: every entry shares the ones of the root', async () => {
    const dist = join(project.installed, 'dist');
    const scripts = (await readdir(dist, { recursive: true })).filter((path) => path.endsWith('.js'));
    const texts = await Promise.all(scripts.map((path) => readFile(join(dist, path), 'utf8')));
    const root = await readFile(join(project.installed, 'dist', 'core', 'errors.d.ts'), 'utf8');
    const classes = [...root.matchAll(/export declare class (\w+)/gu)].map(([, name]) => name);
    expect(classes).toContain('TierfallError');
    for (const name of classes) {
      const places = texts.join('\n').match(new RegExp(`(?:class ${name} |\\b${name} ?= ?class)`, 'gu'));
      expect(places, `${name} is defined once`).toHaveLength(1);
    }
  });

  it('needs its dependencies and no optional peer for the root entry', async () => {
    const bare = await packed.install('bare', dependencies);
    const script = "console.log(typeof (await import('tierfall')).createFailover)";
    await expect(runNode(script, bare)).resolves.toBe('function\n');
    const optional = manifest.peerDependenciesMeta ?? {};
    expect(peers.filter((name) => optional[name]?.optional !== true)).toEqual([]);
  });

  it('resolves ./package.json, and no path that is not exported', async () => {
    const script = `
      import { createRequire } from 'node:module';
      if (createRequire(import.meta.url)('tierfall/package.json').name !== 'tierfall') throw new Error('package.json');
      const hidden = await import('tierfall/dist/index.js').catch((error) => error.code);
      console.log(hidden);
    `;
    await expect(runNode(script)).resolves.toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });

  it.each([
    { moduleResolution: 'bundler', module: 'esnext', file: 'consumer.ts' },
    { moduleResolution: 'nodenext', module: 'nodenext', file: 'consumer.ts' },
    { moduleResolution: 'nodenext', module: 'nodenext', file: 'consumer.cts' },
  ])('type-checks with moduleResolution $moduleResolution ($file)', async ({ moduleResolution, module, file }) => {
    await writeFile(join(project.folder, file), consumerSource(file.endsWith('.cts')));
    const options = [
      '--strict',
      '--noEmit',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom',
      '--types',
      'node',
      '--skipLibCheck',
    ];
    await runTool(
      'tsc',
      [...options, '--module', module, '--moduleResolution', moduleResolution, file],
      project.folder,
    );
    await expect(
      runTool(
        'tsc',
        [...options, '--module', module, '--moduleResolution', moduleResolution, await broken(file)],
        project.folder,
      ),
    ).rejects.toThrow(/TS2345|TS2322|TS2769/u);
  });

  it('has types that are sound by themselves, for users who check libraries too', async () => {
    const source = entries.map((entry, index) => `import * as entry${index} from '${entry}';`);
    const names = entries.map((_, index) => `entry${index}`).join(', ');
    await writeFile(join(project.folder, 'strict.ts'), `${source.join('\n')}\nexport const all = [${names}];\n`);
    const options = [
      '--strict',
      '--noEmit',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom,dom.iterable',
      '--types',
      'node',
    ];
    const { output } = await tryTool('tsc', [...options, '--module', 'nodenext', 'strict.ts'], project.folder);
    // What peers' own declarations lack is not ours to mend.
    expect(output.split('\n').filter((line) => /^(?:strict\.ts|node_modules\/tierfall\/)/u.test(line))).toEqual([]);
  });

  it('has root types that need no types of Node', async () => {
    const source = "import * as tierfall from 'tierfall';\nexport const names = Object.keys(tierfall);\n";
    await writeFile(join(project.folder, 'root-only.ts'), source);
    const options = ['--strict', '--noEmit', '--target', 'es2023', '--lib', 'es2023,dom,dom.iterable', '--types', ''];
    const check = runTool('tsc', [...options, '--module', 'nodenext', 'root-only.ts'], project.folder);
    await expect(check).resolves.toBe('');
  });
});

describe('the root entry', () => {
  it('bundles no store but the memory one, no notifier, no bridge, and no `node:` module', async () => {
    const { code, inputs } = await bundle('src/index.ts');
    const rooms = new Set(inputs.map((path) => path.split('/').slice(1, -1)[0] ?? 'entry'));
    expect([...rooms].toSorted()).toEqual(['core', 'engine', 'entry', 'schema', 'stores']);
    const stores = inputs.filter((path) => /^src\/stores\/(?:sqlite|redis|postgres)/u.test(path));
    expect(stores).toEqual([]);
    expect(code).not.toMatch(/["'`]node:/u);
  });

  it('is built on three packages, of which two are installed and zod is part of what is shipped', async () => {
    const { packages } = await bundle('src/index.ts');
    expect(packages.map(packageOf).toSorted()).toEqual(['eventemitter3', 'p-retry', 'zod']);
    expect(dependencies.toSorted()).toEqual(['eventemitter3', 'p-retry']);
    const licences = await readFile(join(project.installed, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(licences).toContain(await readFile(join(repository, 'node_modules', 'zod', 'LICENSE'), 'utf8'));
  });

  it('runs where there is no Node: no process, Buffer or require in its code', async () => {
    const { code } = await bundle('src/index.ts');
    expect(code).not.toMatch(/\b(?:process\.|Buffer\.|require\(|__dirname|setImmediate\()/u);
  });
});

describe('the public API', () => {
  it('is the list in public-api.txt, which a change must touch', async () => {
    const sections = await Promise.all(
      entries.map(async (entry) => {
        const names = await readPublicNames(project.installed, packed.manifest, entry);
        return [entry, ...names.map(({ name, kind }) => `  ${kind} ${name}`)].join('\n');
      }),
    );
    await expect(`${sections.join('\n\n')}\n`).toMatchFileSnapshot('./public-api.txt');
  });

  it.each(entries)('of %s exports at run time what its types promise', async (entry) => {
    const promised = (await readPublicNames(project.installed, packed.manifest, entry)).filter(
      ({ kind }) => kind === 'value',
    );
    const output = await runNode(`console.log(JSON.stringify(Object.keys(await import('${entry}'))))`);
    const actual: unknown = JSON.parse(output.split('\n')[0] ?? '');
    expect(actual).toEqual(promised.map(({ name }) => name));
  });
});

describe('the lockfile', () => {
  it('names no registry', async () => {
    const lockfile: { packages: Record<string, { resolved?: string; link?: boolean }> } = JSON.parse(
      await readFile(join(repository, 'package-lock.json'), 'utf8'),
    );
    const packages = Object.entries(lockfile.packages);
    expect(packages.length).toBeGreaterThan(50);
    expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it('pins every version that package.json names', () => {
    const ranges = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(Object.entries(ranges).filter(([, range]) => !/^(?:npm:@?[\w/-]+@)?\d+\.\d+\.\d+/u.test(range))).toEqual([]);
  });
});

function runNode(script: string, { folder }: Project = project): Promise<string> {
  return runCommand(process.execPath, ['--input-type=module', '--eval', script], folder);
}

/** `zod` of `zod/mini`, `@scope/name` of `@scope/name/path`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Source maps quote the sources and the README shows examples: paths there are text. */
function withoutDocs(path: string, text: string): string {
  return path.endsWith('.md') ? '' : text.replaceAll(/"sourcesContent":\[.*\]/gsu, '');
}

/** What a user would write, with every entry imported. */
function consumerSource(commonJs: boolean): string {
  const imports = entries.map((entry, index) =>
    commonJs ? `import entry${index} = require('${entry}');` : `import * as entry${index} from '${entry}';`,
  );
  const root = `entry${entries.indexOf(manifest.name)}`;
  return `${imports.join('\n')}
export const all = [${entries.map((_, index) => `entry${index}`).join(', ')}];
const failover = ${root}.createFailover({ chain: ['anthropic/opus', { provider: 'openai', model: 'gpt', region: 'eu' }] });
export async function ask(): Promise<number> {
  const { value, tier } = await ${root}.resolveWithFallback(failover, (current) => current.model.length);
  const provider: 'anthropic' | 'openai' = tier.provider;
  return value + provider.length;
}
`;
}

/** The same with one mistake in it: types that check nothing would let it pass. */
async function broken(file: string): Promise<string> {
  const name = `broken-${file}`;
  await writeFile(
    join(project.folder, name),
    consumerSource(file.endsWith('.cts')).replace("'anthropic' | 'openai'", "'mistral'"),
  );
  return name;
}

/** Bundles an entry of `src`: the code, the files of ours in it, and the packages it imports. */
async function bundle(entry: string): Promise<{ code: string; inputs: string[]; packages: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(repository, entry)],
    absWorkingDir: repository,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    packages: 'external',
    legalComments: 'none',
  });
  const [output] = Object.values<Metafile['outputs'][string]>(metafile.outputs);
  const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return {
    code: outputFiles[0]?.text ?? '',
    inputs: inputs.map(([path]) => relative(repository, join(repository, path))),
    packages: [...new Set((output?.imports ?? []).map(({ path }) => path))],
  };
}
