import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { renderApi } from '../../scripts/api-docs.ts';
import { createFailover, isTierfallError, type CallOptions } from '../../src/index.js';
import { relativeLinks } from '../support/markdown.js';
import { packPackage, repository, tryTool, type PackedPackage, type Project } from '../support/packed-package.js';

// Building, packing and type-checking take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

/** What a page's samples take from the reader's own code, or from a sample or example further up. */
const givens: Readonly<Record<string, string>> = {
  'README.md': `
    declare const failover: import('tierfall').Failover;
    declare function login(provider: string): Promise<string>;`,
  'docs/ai-sdk.md': `
    import { generateText } from 'ai';
    declare const model: import('ai').LanguageModel;
    declare const prompt: string, chatId: string;`,
  'docs/answers.md': `
    declare const chain: string[];
    declare const failover: import('tierfall').Failover;
    declare function call(tier: import('tierfall').Tier): Promise<object>;
    declare function callJson(tier: import('tierfall').Tier): Promise<{ text: string }>;`,
  'docs/budgets.md': `
    import { createFailover, resolveWithFallback, usageOf } from 'tierfall';
    declare const failover: import('tierfall').Failover;
    declare const price: import('tierfall').FailoverOptions['price'];
    declare function call(tier: import('tierfall').Tier): Promise<object>;`,
  'docs/classifier.md': 'declare const error: unknown, chain: string[];',
  'docs/configuration.md': `
    import { createFailover } from 'tierfall';
    declare const chain: string[], text: string;
    declare const failover: import('tierfall').Failover;`,
  'docs/errors.md': `
    declare const failover: import('tierfall').Failover;
    declare const text: string;
    declare function call(tier: import('tierfall').Tier, system?: unknown): Promise<string>;
    declare function openStream(tier: import('tierfall').Tier): AsyncIterable<string>;`,
  'docs/health.md': `
    import { createHealthMonitor } from 'tierfall/health';
    declare const failover: import('tierfall').Failover;
    declare const monitor: import('tierfall/health').HealthMonitor;`,
  'docs/lifecycle.md': `
    declare const failover: import('tierfall').Failover;
    declare const store: import('tierfall').StateStore;
    declare const server: { stop(): Promise<void> };`,
  'docs/migration.md': `
    import Anthropic from '@anthropic-ai/sdk';
    import OpenAI from 'openai';
    import { generateText } from 'ai';
    declare const claude: Anthropic, gpt: OpenAI;
    declare const prompt: string, baseURL: string;
    declare function userSays(input: string): Anthropic.MessageParam[];
    declare function textOf(answer: Anthropic.Message | OpenAI.Responses.Response): string;`,
  'docs/notifiers.md': `
    declare const chain: string[];
    declare const token: string, webhookUrl: string, session: string, provider: string, model: string;
    declare const finishReason: string | null;
    declare function page(text: string): Promise<void>;`,
  'docs/observability.md': `
    declare const chain: string[];
    declare const failover: import('tierfall').Failover;
    declare function call(tier: import('tierfall').Tier): Promise<string>;
    declare const log: { warn(fields: object, message: string): void };`,
  'docs/operator.md': `
    declare const failover: import('tierfall').Failover;
    declare function userOf(request: Request): { name: string; role: string } | undefined;
    declare const handler: (request: Request) => Promise<Response>;
    declare const token: string;`,
  'docs/policy.md': '',
  'docs/runtime.md': `
    import OpenAI from 'openai';
    import Anthropic from '@anthropic-ai/sdk';
    import { createFailover, isTierfallError, judges, startFailover, streamMarks, type Attempt, type PolicyOptions } from 'tierfall';
    declare const chain: string[];
    declare const failover: import('tierfall').Failover;
    declare const clock: import('tierfall/testing').ManualClock;
    declare const two: import('tierfall/testing').ScriptedProvider;
    declare const retry: NonNullable<PolicyOptions['retry']>;
    declare const messages: { role: 'user'; content: string }[];
    declare const anthropic: Anthropic;
    declare const openai: OpenAI;
    declare const history: Anthropic.MessageParam[], sent: string[];
    declare function withoutThinking(message: Anthropic.MessageParam): Anthropic.MessageParam;
    declare function typesOf(message: Anthropic.MessageParam): string[];
    declare const client: Anthropic;
    declare const options: { idleTimeoutMs?: number };
    declare function connect(fetch: typeof globalThis.fetch): OpenAI;
    declare function outage(policy: PolicyOptions): Promise<number>;
    declare function check(holds: boolean, message?: string): void;
    declare function told(attempts: readonly Attempt[]): string;
    declare function runInContainer(tier: import('tierfall').Tier): Promise<{ exitCode: number; stderr: string }>;`,
  'docs/sdks.md': `
    import Anthropic from '@anthropic-ai/sdk';
    import OpenAI from 'openai';
    declare const openai: OpenAI, anthropic: Anthropic, prompt: string;
    import { resolveWithFallback } from 'tierfall';
    declare const failover: import('tierfall').Failover;
    declare const messages: { role: 'user'; content: string }[];
    declare function account(provider: string): { apiKey: string; baseURL: string };`,
  'docs/stores.md': `
    declare const chain: string[];
    declare const url: string, connectionString: string, time: number;
    declare const failover: import('tierfall').Failover;
    declare function createMyStore(options: { database: string }): import('tierfall').StateStore;
    declare function test(name: string, run: () => Promise<void>): void;`,
  'docs/testing.md': `
    import assert from 'node:assert/strict';
    declare function test(name: string, run: () => Promise<void>): void;
    declare const failover: import('tierfall').Failover;
    declare const clock: import('tierfall/testing').ManualClock;`,
};

const documents = (await readdir(join(repository, 'docs'))).filter((name) => name.endsWith('.md'));
const pages = ['README.md', ...documents.map((name) => `docs/${name}`)];
const apiPages = await readdir(join(repository, 'docs', 'api'));
/** Its packages are installed apart; `npm run frameworks` checks the files that its samples are taken from. */
const installedApart = 'docs/frameworks.md';
/** Without samples of their own. */
const indexes = ['llms.txt', 'examples/README.md', ...apiPages.map((name) => `docs/api/${name}`)];

let packed: PackedPackage;
let project: Project;
const samples: string[] = [];
beforeAll(async () => {
  packed = await packPackage();
  const { dependencies, devDependencies, peerDependencies } = packed.manifest;
  project = await packed.install('project', Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies }));
  await mkdir(join(project.folder, 'samples'));
  for (const page of pages.filter((each) => each !== installedApart)) {
    const text = await readFile(join(repository, page), 'utf8');
    for (const { 1: code, index } of text.matchAll(/```ts\n(.*?)```/gsu)) {
      const line = text.slice(0, index).split('\n').length + 1;
      const path = join('samples', `${page.replaceAll(/\W/gu, '-')}-line-${line}.ts`);
      await writeFile(join(project.folder, path), asModule(code!, givens[page] ?? ''));
      samples.push(path);
    }
  }
});
afterAll(() => packed[Symbol.asyncDispose]());

describe('every sample of README.md and docs', () => {
  it.each([
    ['bundler', 'esnext'],
    ['nodenext', 'nodenext'],
  ])('type-checks against the packed package, moduleResolution %s', async (moduleResolution, module) => {
    expect(samples.length).toBeGreaterThan(20);
    const { output } = await typeCheck(samples, moduleResolution, module);
    expect(output).toBe('');
  });

  it('would fail with a mistake in it', async () => {
    const path = join('samples', 'mistaken.ts');
    await writeFile(join(project.folder, path), asModule('await failover.reset(7);', givens['README.md']!));
    expect((await typeCheck([path], 'nodenext', 'nodenext')).output).toMatch(/mistaken\.ts.*TS/u);
  });
});

describe('every relative link of README.md and docs', () => {
  it.each([...pages, ...indexes])('leads somewhere from %s', async (page) => {
    for (const link of relativeLinks(await readFile(join(repository, page), 'utf8'))) {
      const [path, heading] = link.split('#');
      const target = path === '' ? page : join(page, '..', path!);
      const found = await readFile(join(repository, target), 'utf8').catch(() => undefined);
      expect(found, link).toBeDefined();
      if (heading !== undefined) expect(headingsOf(found!), link).toContain(heading);
    }
  });
});

describe('docs/api', () => {
  it('is what npm run docs:api writes', async () => {
    const written = renderApi(project.installed);
    expect(apiPages.toSorted()).toEqual([...written.keys()].toSorted());
    for (const [name, text] of written) {
      expect(await readFile(join(repository, 'docs', 'api', name), 'utf8'), name).toBe(text);
    }
  });

  it('has a heading for every public name', async () => {
    const names = await readFile(join(repository, 'test', 'package', 'public-api.txt'), 'utf8');
    const listed = [...names.matchAll(/^ {2}(?:type|value) (\w+)$/gmu)].map(([, name]) => name!);
    const shown = await Promise.all(apiPages.map((name) => readFile(join(repository, 'docs', 'api', name), 'utf8')));
    const headings = [...shown.join('\n').matchAll(/^### `(\w+)`$/gmu)].map(([, name]) => name!);
    expect(headings.toSorted()).toEqual(listed.toSorted());
  });
});

describe('docs/configuration.md', () => {
  /** What a refusal says is known: the names that exist. */
  async function known(act: () => unknown): Promise<string[]> {
    try {
      await act();
      return [];
    } catch (error) {
      const issues = isTierfallError(error, 'TIERFALL_CONFIG') ? error.issues : [];
      return issues.flatMap(({ message }) => message.split('known: ')[1]?.split(', ') ?? []);
    }
  }

  const chain = ['a/b'];
  const create = (config: object) => createFailover({ chain, ...config });
  const wrong = { oops: 1 };

  it.each<[string, number, (() => unknown)[]]>([
    [
      'of a failover and part of a policy',
      25,
      [() => create(wrong), () => create({ policy: wrong }), () => create({ policy: { retry: wrong } })],
    ],
    ['of a call', 10, [() => create({}).run(() => 1, wrong as CallOptions)]],
  ])('has a row for every option %s', async (_, count, acts) => {
    const names = new Set((await Promise.all(acts.map(known))).flat());
    for (const heading of ['chain', 'policy']) names.delete(heading);
    expect(names.size).toBeGreaterThan(count);
    const text = await readFile(join(repository, 'docs', 'configuration.md'), 'utf8');
    const rows = text.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.split('|')[1]!] : []));
    expect([...names].filter((name) => !rows.some((row) => row.includes(`\`${name}\``)))).toEqual([]);
  });
});

/** What a sample imports, what it is given, and the rest of it where a variable of its own may hide a given one. */
function asModule(code: string, given: string): string {
  const imports = /^import .*;$/gmu;
  const own: string[] = code.match(imports) ?? [];
  const rest = given.split('\n').filter((line) => !own.includes(line.trim()));
  return `${[...own, ...rest].join('\n')}\nexport async function sample() {\n${code.replaceAll(imports, '')}\n}\n`;
}

function typeCheck(files: readonly string[], moduleResolution: string, module: string): ReturnType<typeof tryTool> {
  const options = ['--strict', '--noEmit', '--target', 'es2023', '--lib', 'es2023,dom,dom.iterable,dom.asynciterable'];
  const modules = ['--module', module, '--moduleResolution', moduleResolution, '--types', 'node', '--skipLibCheck'];
  return tryTool('tsc', [...options, '--exactOptionalPropertyTypes', ...modules, ...files], project.folder);
}

function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gmu)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\d\s_-]/gu, '')
      .replaceAll(/\s/gu, '-'),
  );
}
