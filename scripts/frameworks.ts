import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { packPackage, repository, tryCommand, tryTool, withoutModules } from '../test/support/packed-package.ts';

/**
 * Type-checks the examples in examples/frameworks, and the tests there of the entries for frameworks, and runs them against the
 * packed package: `npm run frameworks`, or `npm run frameworks -- langchain tests/langchain` for some. The frameworks are
 * installed by `npm ci --prefix examples/frameworks`. Exits 1 when one fails.
 */

const folder = join(repository, 'examples', 'frameworks');
const wanted = process.argv.slice(2);
const filesIn = async (path: string) =>
  (await readdir(path)).filter((file) => file.endsWith('.ts')).map((file) => basename(file, '.ts'));
const examples = [...(await filesIn(folder)), ...(await filesIn(join(folder, 'tests'))).map((name) => `tests/${name}`)];
const unknown = wanted.filter((name) => !examples.includes(name));
if (unknown.length > 0) throw new Error(`no such example: ${unknown.join(', ')}; known: ${examples.join(', ')}`);

function report(ok: boolean, name: string, output: string): void {
  console.log(`${ok ? 'ok  ' : 'MISS'}  ${name}`);
  if (ok) return;
  console.log(output.replaceAll(/^/gmu, '      '));
  process.exitCode = 1;
}

const types = await tryTool('tsc', ['-p', folder], repository);
report(types.code === 0, 'types', types.output);

await using packed = await packPackage();
const project = await packed.install('frameworks', ['eventemitter3', 'p-retry', 'is-network-error']);
await cp(join(repository, 'examples'), join(project.folder, 'examples'), {
  recursive: true,
  filter: withoutModules,
});
const copy = join(project.folder, 'examples', 'frameworks');
await symlink(join(folder, 'node_modules'), join(copy, 'node_modules'), 'dir');
// What the package itself imports of a framework: the same copy as the examples.
await mkdir(join(project.folder, 'node_modules', '@langchain'), { recursive: true });
const langchain = join('node_modules', '@langchain', 'core');
await symlink(join(folder, langchain), join(project.folder, langchain), 'dir');
for (const name of wanted.length > 0 ? wanted : examples) {
  const { code, output } = await tryCommand(process.execPath, [`${name}.ts`], copy);
  report(code === 0, name, output);
}
