import { cp, readFile, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { httpError, startLoopbackProvider } from '../../examples/support/loopback-provider.ts';
import {
  packPackage,
  repository,
  tryCommand,
  withoutModules,
  type PackedPackage,
  type Project,
} from '../support/packed-package.js';
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
  await cp(join(repository, 'examples'), join(project.folder, 'examples'), {
    recursive: true,
    filter: withoutModules,
  });
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
    ['overloaded', 75, /^cannot work now \(overloaded\): start me again: 503/u],
    ['broken', 75, /^cannot work now \(server_error\): start me again: 500/u],
    ['offline', 75, /^cannot work now \(network\): start me again: Connection error/u],
    ['no-credit', 1, /^cannot start \(quota\): 429/u],
    ['no-credit-today', 75, /^cannot work now \(quota\): start me again in 3600 s: 429/u],
    ['no-keys', 1, /^cannot start \(auth\): 401/u],
    ['paused', 75, /started on openai.*start me again: default is paused/su],
    ['outage', 75, /started on openai.*openai -> groq \(overloaded\).*start me again/su],
    ['no-such-situation', 64, /known: ok, logged-out, rate-limit, dead-pin, overloaded, broken/u],
  ])('in the situation %s exits with %i', async (situation, expected, told) => {
    const { code, output } = await runExample('worker-startup.ts', situation);
    expect(output).toMatch(told);
    expect(code).toBe(expected);
  });
});

describe('the README', () => {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const [quickStart, realSdks] = [...readme.matchAll(/```ts\n(.*?)\n```/gsu)].map(([, code]) => code!);
  const printed = /\n\n```\n(.*?)\n```/su.exec(readme.slice(readme.indexOf(quickStart!) + quickStart!.length))?.[1];

  /** A folder as a reader has it: nothing installed but what the sample imports. */
  async function pasted(name: string, code: string, packages: readonly string[]): Promise<Project> {
    const folder = await packed.install(name, [...Object.keys(packed.manifest.dependencies), ...packages]);
    await writeFile(join(folder.folder, 'package.json'), '{}');
    await writeFile(join(folder.folder, 'quick.mts'), code);
    return folder;
  }

  it('begins with a quick start that runs as pasted and prints what stands below it', async () => {
    const { folder } = await pasted('quick', quickStart!, []);
    const { code, output } = await tryCommand(process.execPath, ['quick.mts'], folder);
    expect({ code, output: output.trimEnd() }).toEqual({ code: 0, output: printed });
  });

  it('has a second block with real SDKs that runs as pasted, on loopback', async () => {
    const { folder } = await pasted('real-sdks', realSdks!, ['openai', '@anthropic-ai/sdk']);
    await using loopback = await startLoopbackProvider();
    const env = {
      ANTHROPIC_API_KEY: 'no-key',
      ANTHROPIC_BASE_URL: loopback.url('anthropic'),
      OPENAI_API_KEY: 'no-key',
      OPENAI_BASE_URL: loopback.url('openai'),
    };
    const first = await tryCommand(process.execPath, ['quick.mts'], folder, env);
    loopback.on('anthropic', httpError(529));
    const second = await tryCommand(process.execPath, ['quick.mts'], folder, env);
    expect(first).toEqual({ code: 0, output: 'hello from claude-opus-4-8\n' });
    expect(second.output).toMatch(/claude-opus-4-8 -> openai\/gpt-5\.2 \(overloaded\).*\nhello from gpt-5\.2\n$/su);
    // The SDKs' own retries are off.
    expect(loopback.calls('anthropic')).toBe(2);
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
