import { cp, readFile, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { packPackage, repository, tryCommand, type PackedPackage, type Project } from '../support/packed-package.js';
import { readImports } from '../support/read-imports.js';

// Each example is a process that loads several SDKs.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const examples = readdirSync(join(repository, 'examples')).filter((name) => name.endsWith('.ts'));

let packed: PackedPackage;
let project: Project;
beforeAll(async () => {
  packed = await packPackage();
  const { dependencies, devDependencies, peerDependencies } = packed.manifest;
  project = await packed.install('project', Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies }));
  await cp(join(repository, 'examples'), join(project.folder, 'examples'), { recursive: true });
});
afterAll(() => packed[Symbol.asyncDispose]());

function runExample(name: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return tryCommand(process.execPath, [join('examples', name), ...args], project.folder);
}

describe('every example runs against the packed package and exits 0', () => {
  it.each(examples)('%s', async (name) => {
    expect(await runExample(name)).toMatchObject({ code: 0 });
  });
});

describe('demo.ts', () => {
  it('tells its scenes in plain lines where there is no terminal', async () => {
    const { output } = await runExample('demo.ts');
    const scenes = output.split('\n').filter((line) => /^\d+\. /u.test(line));
    expect(scenes).toHaveLength(8);
    expect(output).toMatch(/failed +tier 1 anthropic: auth \(HTTP 401\)/u);
    expect(output).toMatch(/failed +tier 1 anthropic: rate_limit \(HTTP 429\), asks to be left alone for 30 s/u);
    expect(output).toMatch(/failed +tier 1 anthropic: overloaded \(inside the stream\)/u);
    expect(output).toMatch(/up +tier 3 -> tier 1 \(recovered\)/u);
    expect(output).toMatch(/refused +support-agent is paused/u);
    expect(output.trimEnd().split('\n').at(-1)).toBe('Everything above happened, and was checked.');
    expect(output).toBe(stripVTControlCharacters(output));
    expect(output).not.toContain('\r');
  });

  it.each([
    ['the revoked key works after all', 'loopback.on(opus, httpError(401));\n  const before', 'const before'],
    ['the wait that tier 1 asked for is shorter', 'retryAfterSeconds: 30', 'retryAfterSeconds: 5'],
    ['no stream is overloaded', '[streamError({ status: 529 })]', '[]'],
    ['nobody is logged out', 'loopback.on(opus, httpError(401));\n  const { runtime', 'const { runtime'],
    ['the operator’s pause is left out', 'await failover.pause(', 'await Promise.resolve('],
  ])('fails when %s', async (_, from, to) => {
    const source = await readFile(join(repository, 'examples', 'demo.ts'), 'utf8');
    expect(source).toContain(from);
    const name = `untrue-${from.length}-${to.length}.ts`;
    // A function: `$` means something in a replacement string.
    await writeFile(
      join(project.folder, 'examples', name),
      source.replace(from, () => to),
    );
    const { code, output } = await runExample(name);
    expect(output).toContain('this did not happen');
    expect(code).toBe(1);
  });
});

describe('worker-startup.ts', () => {
  it.each([
    [
      'ok',
      0,
      /started on openai.*first job done by openai.*openai -> groq \(server_error\).*second job done by groq/su,
    ],
    ['logged-out', 0, /started on groq.*1 tier\(s\) behind it.*first job done by groq.*second job done by mistral/su],
    ['rate-limit', 75, /^rate limited: start me again in 20 s; nobody else was asked\n$/u],
    ['dead-pin', 1, /^cannot start \(auth\): 401/u],
    ['no-such-situation', 64, /known: ok, logged-out, rate-limit, dead-pin/u],
  ])('in the situation %s exits with %i', async (situation, expected, told) => {
    const { code, output } = await runExample('worker-startup.ts', situation);
    expect(output).toMatch(told);
    expect(code).toBe(expected);
  });
});

describe('quick-start.ts', () => {
  const source = readFileSync(join(repository, 'examples', 'quick-start.ts'), 'utf8').trimEnd();

  it('is short and needs nothing but the package', () => {
    expect(source.split('\n').length).toBeLessThanOrEqual(25);
    expect(readImports(source).map(({ specifier }) => specifier)).toEqual(['tierfall']);
  });

  it('is the first TypeScript the README shows', () => {
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    expect(/```ts\n(.*?)\n```/su.exec(readme)?.[1]).toBe(source);
  });

  it('steps down once and stays there', async () => {
    const { output } = await runExample('quick-start.ts');
    expect(output.trimEnd().split('\n')).toEqual([
      'claude-opus-4-8 -> gpt-5.2: overloaded',
      'gpt-5.2 says hello, after 2 attempt(s)',
      'gpt-5.2 says hello, after 1 attempt(s)',
    ]);
  });
});
