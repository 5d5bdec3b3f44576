import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, fieldsFor, isPlaceholder, parseAddress } from '../../scripts/release/repository-fields.js';
import { repository, runCommand, tryCommand } from '../support/packed-package.js';

type Fields = Parameters<typeof addressOf>[0];

// A folder with what a release changes, as the repository has it.
let folder: string;
const documents = ['CHANGELOG.md', 'docs/comparison.md', 'docs/releasing.md'];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tierfall-release-'));
  await mkdir(join(folder, 'docs'));
  for (const path of ['package.json', 'package-lock.json', ...documents]) {
    await cp(join(repository, path), join(folder, path));
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = (path: string) => readFile(join(folder, path), 'utf8');
const command = (name: string, ...args: string[]) =>
  tryCommand(process.execPath, [join(repository, 'scripts', 'release', `${name}.ts`), ...args], folder);

async function manifest(): Promise<Fields> {
  return JSON.parse(await read('package.json')) as Fields;
}

describe('the fields of package.json', () => {
  it('name one place, or the placeholder of it, in the form that the command writes', async () => {
    const { homepage, bugs, repository: source } = await manifest();
    const address = addressOf(await manifest());
    expect({ homepage, bugs, repository: source }).toEqual(fieldsFor(address, bugs.url));
    if (!isPlaceholder(await manifest())) expect(parseAddress(address)).toBe(address);
  });
});

describe('npm run set:repository', () => {
  it('writes the address into package.json and the documents, changes nothing else, and can be called again', async () => {
    const before = await read('package.json');
    const old = addressOf(await manifest());
    for (const address of ['https://code.acme.com/agents/tierfall', 'https://github.com/acme/tierfall']) {
      const { code, output } = await command('set-repository', `${address}.git`);
      expect({ code, output: output.split('\n')[0] }).toEqual({ code: 0, output: `package.json: ${address}` });
      expect(await manifest()).toMatchObject(fieldsFor(address));
      expect((await read('package.json')).replaceAll(address, old)).toBe(before);
      for (const path of documents) expect(await read(path)).not.toContain(old);
      expect(await read('docs/releasing.md')).toContain(`git clone ${address}.git`);
      expect(await read('docs/comparison.md')).toContain(`(${address}/issues)`);
    }
  });

  it('takes another address for issues', async () => {
    const bugs = 'https://gitlab.com/acme/tierfall/-/issues';
    const { code } = await command('set-repository', 'https://gitlab.com/acme/tierfall', '--bugs', bugs);
    expect(code).toBe(0);
    expect(await manifest()).toMatchObject({ bugs: { url: bugs } });
    expect(await read('docs/comparison.md')).toContain(`(${bugs})`);
  });

  it.each([
    [[], 'expected one address'],
    [['https://github.com/acme/tierfall', 'https://github.com/acme/other'], 'expected one address'],
    [['acme/tierfall'], 'no address'],
    [['git@github.com:acme/tierfall.git'], 'no address'],
    [['http://github.com/acme/tierfall'], 'not https'],
    [['https://github.com/acme'], 'no owner and name'],
    [['https://github.com/acme/tierfall/?tab=readme'], 'has a query'],
    [['https://localhost/acme/tierfall'], 'no host that everybody can reach'],
    [['https://127.0.0.1/acme/tierfall'], 'no host that everybody can reach'],
    [['https://tierfall.invalid/owner/tierfall'], 'no host that everybody can reach'],
    [['https://github.com/acme/tierfall', '--bugs', 'somewhere'], 'no address'],
    [['https://github.com/acme/tierfall', '--issues', 'https://github.com/a/b'], '--issues'],
  ])('refuses %j and changes nothing', async (args, message) => {
    const before = await read('package.json');
    const { code, output } = await command('set-repository', ...args);
    expect(code).toBe(1);
    expect(output).toContain(message);
    expect(await read('package.json')).toBe(before);
  });

  it.each(['https', 'http', 'ssh'])('does not print a password that was part of an %s address', async (protocol) => {
    const { code, output } = await command('set-repository', `${protocol}://ann:s3cr3t@github.com/acme/tierfall`);
    expect(code).toBe(1);
    expect(output).not.toContain('s3cr3t');
  });
});

describe('npm run check:release', () => {
  const commit = async () => {
    const git = (...args: string[]) =>
      runCommand('git', ['-c', 'user.name=ann', '-c', 'user.email=ann@example.test', ...args], folder);
    await git('init', '--quiet');
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', '--message', 'a release');
  };
  const edit = async (path: string, from: string | RegExp, to: string) => {
    const old = await read(path);
    const now = old.replace(from, to);
    expect(now).not.toBe(old);
    await writeFile(join(folder, path), now);
  };

  it('passes what the repository has, once its place is named and everything is committed', async () => {
    await command('set-repository', 'https://github.com/acme/tierfall');
    await commit();
    expect(await command('check-release')).toMatchObject({
      code: 0,
      output: expect.stringMatching(/may be published/u),
    });
  });

  it('fails with the placeholder and names the command', async () => {
    const placeholder = fieldsFor('https://tierfall.invalid/owner/tierfall');
    const text = JSON.stringify({ ...(await manifest()), ...placeholder });
    await writeFile(join(folder, 'package.json'), text);
    await commit();
    expect(await command('check-release')).toMatchObject({
      code: 1,
      output: expect.stringContaining('npm run set:repository'),
    });
  });

  it.each([
    ['a lockfile of another version', 'package-lock.json', /"version": "[^"]+"/u, '"version": "0.0.1"'],
    ['a changelog of another version', 'CHANGELOG.md', /^## \d+\.\d+\.\d+/mu, '## 0.0.1'],
    ['a changelog without a date', 'CHANGELOG.md', /^(## \S+) \(.*\)$/mu, '$1 (unreleased)'],
  ])('fails with %s', async (_, path, from, to) => {
    await command('set-repository', 'https://github.com/acme/tierfall');
    await edit(path, from, to);
    await commit();
    expect(await command('check-release')).toMatchObject({ code: 1, output: expect.stringContaining(path) });
  });

  it('fails with what is not committed', async () => {
    await command('set-repository', 'https://github.com/acme/tierfall');
    await commit();
    await writeFile(join(folder, 'note.txt'), 'left here');
    expect(await command('check-release')).toMatchObject({ code: 1, output: expect.stringContaining('note.txt') });
  });
});
