import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { collectTests, type CollectedTest } from './collect-tests.ts';
import { leftOut, testFiles } from './test-files.ts';

/**
 * A test runner for Stryker that keeps everything in one process. Its own runner for Vitest loads the modules anew in a
 * worker for each mutant, which takes half a second and more; here the tests and src are bundled once, and a mutant
 * costs as long as its tests take. Each mutant still gets modules of its own, so that nothing one leaves behind can
 * reach the next, and it is active while they load: a table made at the top of a module is tested like any other code.
 */

const here = fileURLToPath(new URL('.', import.meta.url));
const fromRoot = createRequire(new URL('../../package.json', import.meta.url));
const fromHere = createRequire(import.meta.url);

/** A test that has not ended by then hangs. The longest takes a fraction of it. */
const testLimitMs = 10_000;
/** Properties run as often as this, from one seed. */
const propertyRuns = 20;

/** Where the instrumented code finds what it reads and writes. */
const namespace = '__stryker__';

interface Activation {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: Coverage;
}

type Counts = Record<string, number>;
interface Coverage {
  static: Counts;
  perTest: Record<string, Counts>;
}

interface MutantRun {
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
  readonly activeMutant: { readonly id: string };
}

/** The modules of one mutant, loaded when a test file asks for them. */
interface Environment {
  load(file: string): readonly CollectedTest[];
}

class InProcessRunner {
  readonly #activation: Activation;
  readonly #files: string[] = [];
  /** How long each test took, so that the quickest are asked first. */
  readonly #durations = new Map<string, number>();
  #bundle: Script | undefined;

  constructor() {
    const global = globalThis as unknown as Record<string, Activation>;
    this.#activation = global[namespace] ??= {};
  }

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    const sandbox = process.cwd();
    this.#files.push(...globSync([...testFiles], { cwd: sandbox }).sort());
    const table = this.#files.map((file) => `${JSON.stringify(file)}: () => require(${JSON.stringify(`./${file}`)})`);
    const { outputFiles } = await build({
      stdin: { contents: `module.exports = {${table.join(',\n')}};`, resolveDir: sandbox, loader: 'js' },
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'node',
      target: 'node24',
      external: ['vitest', 'fast-check', 'zod', 'zod/*'],
      logLevel: 'error',
      plugins: [sources(sandbox)],
    });
    this.#bundle = new Script(`(function (require, module) {${outputFiles[0]!.text}\n})`, { filename: 'bundle.cjs' });
    // A promise that nobody waits for any more, of a test that has failed.
    process.on('unhandledRejection', () => {});
  }

  async dryRun(): Promise<object> {
    const coverage: Coverage = { static: {}, perTest: {} };
    const results: object[] = [];
    for (const file of this.#files) {
      const hits: Coverage = { static: {}, perTest: {} };
      this.#activation.mutantCoverage = hits;
      let tests: readonly CollectedTest[];
      try {
        tests = this.#environment().load(file);
      } catch (error) {
        return { status: 'error', errorMessage: `${file}: ${textOf(error)}` };
      }
      for (const test of tests) {
        const id = idOf(file, test);
        this.#activation.currentTestId = id;
        const begun = performance.now();
        const failure = await this.#failureOf(test);
        this.#activation.currentTestId = undefined;
        const timeSpentMs = performance.now() - begun;
        this.#durations.set(id, timeSpentMs);
        const result = { id, name: id, fileName: file, timeSpentMs };
        results.push(
          failure === undefined ? { ...result, status: 0 } : { ...result, status: 1, failureMessage: failure },
        );
      }
      // What runs while the file and its modules load belongs to each of its tests.
      for (const test of tests) {
        const own = (coverage.perTest[idOf(file, test)] = { ...hits.static });
        for (const [mutant, count] of Object.entries(hits.perTest[idOf(file, test)] ?? {})) {
          own[mutant] = (own[mutant] ?? 0) + count;
        }
      }
    }
    return { status: 'complete', tests: results, mutantCoverage: coverage };
  }

  async mutantRun({ testFilter, hitLimit, activeMutant }: MutantRun): Promise<object> {
    Object.assign(this.#activation, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
    let asked = 0;
    try {
      const environment = this.#environment();
      for (const [file, ids] of this.#ordered(testFilter)) {
        let tests: readonly CollectedTest[];
        try {
          tests = environment.load(file);
        } catch (error) {
          return this.#killed([`${file}: load`], textOf(error), asked + 1, ids);
        }
        const byId = new Map(tests.map((test) => [idOf(file, test), test]));
        for (const id of ids) {
          const test = byId.get(id);
          asked += 1;
          // A mutant that changes which tests there are has been seen.
          const failure = test === undefined ? 'the test is gone' : await this.#failureOf(test);
          if (failure !== undefined) return this.#killed([id], failure, asked, ids);
        }
      }
      return { status: 'survived', nrOfTests: asked };
    } finally {
      Object.assign(this.#activation, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
    }
  }

  async dispose(): Promise<void> {}

  #killed(killedBy: readonly string[], failureMessage: string, nrOfTests: number, ids: readonly string[]): object {
    const { hitCount = 0, hitLimit } = this.#activation;
    if (hitLimit !== undefined && hitCount > hitLimit) return { status: 'timeout', reason: 'too many rounds' };
    return {
      status: 'killed',
      killedBy: killedBy[0]!.endsWith(': load') ? [ids[0]!] : killedBy,
      failureMessage,
      nrOfTests,
    };
  }

  /** Files with the quickest tests first, and in each the quickest test. */
  #ordered(filter: readonly string[] | undefined): [string, string[]][] {
    const files = new Map<string, { ids: string[]; ms: number }>();
    const asked = [...(filter ?? this.#durations.keys())];
    asked.sort((a, b) => (this.#durations.get(a) ?? 0) - (this.#durations.get(b) ?? 0));
    for (const id of asked) {
      const file = id.slice(0, id.indexOf('#'));
      const entry = files.get(file) ?? { ids: [], ms: 0 };
      files.set(file, entry);
      entry.ids.push(id);
      entry.ms += this.#durations.get(id) ?? 0;
    }
    return [...files].sort(([, a], [, b]) => a.ms - b.ms).map(([file, { ids }]) => [file, ids]);
  }

  #environment(): Environment {
    let collected: CollectedTest[] = [];
    const outside = new Map<string, unknown>([['fast-check', withFewRuns(fromRoot('fast-check') as FastCheck)]]);
    const find = (name: string): unknown => {
      if (name === 'vitest') {
        const { functions, tests } = collectTests();
        collected = tests;
        return { ...functions, expect };
      }
      return outside.get(name) ?? fromRoot(name);
    };
    const module: { exports: Record<string, () => void> } = { exports: {} };
    (this.#bundle!.runInThisContext() as (require: unknown, module: unknown) => void)(find, module);
    return {
      load: (file) => {
        collected = [];
        module.exports[file]!();
        return collected.filter(({ name }) => !leftOut.some((part) => name.includes(part)));
      },
    };
  }

  /** Undefined when the test passes. */
  async #failureOf(test: CollectedTest): Promise<string | undefined> {
    (globalThis as { tierfallTest?: object }).tierfallTest = test;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the test does not end')), testLimitMs);
    });
    try {
      await Promise.race([test.run(), limit]);
      return undefined;
    } catch (error) {
      return textOf(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Paths are those of the sandbox, what is kept for the life of a process is kept for one test, and what a script does
 * when it is started is left out.
 */
function sources(sandbox: string): Plugin {
  return {
    name: 'sources',
    setup(builder) {
      builder.onResolve({ filter: /^tierfall(\/|$)/ }, ({ path }) => {
        const name = path.slice('tierfall/'.length);
        const file = name === '' ? 'index' : name.startsWith('stores/') ? name : `${name}/index`;
        return { path: join(sandbox, 'src', `${file}.ts`) };
      });
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const isOnce = relative(sandbox, path) === join('src', 'core', 'once.ts');
        const text = await readFile(isOnce ? join(here, 'once-per-test.ts') : path, 'utf8');
        const own = text.split('\nif (import.meta.main)', 1)[0]!;
        const contents = own.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
        return { contents, loader: 'ts' };
      });
    },
  };
}

interface FastCheck {
  readonly assert: (property: unknown, parameters?: { readonly numRuns?: number }) => unknown;
  readonly default: object;
}

/** The same cases for every mutant, and no search for the smallest one that fails. */
function withFewRuns(real: FastCheck): FastCheck {
  const assert: FastCheck['assert'] = (property, parameters) =>
    real.assert(property, {
      ...parameters,
      numRuns: Math.min(parameters?.numRuns ?? 100, propertyRuns),
      seed: 17,
      endOnFailure: true,
    } as { numRuns: number });
  return { ...real, assert, default: { ...real.default, assert } };
}

const expect = createExpect();

/** Vitest's own assertions, which work without its workers. */
function createExpect(): unknown {
  const library = fromHere('@vitest/expect') as {
    readonly chai: { use(plugin: unknown): void; readonly expect: object };
    readonly [name: string]: unknown;
  };
  const { chai, GLOBAL_EXPECT, ASYMMETRIC_MATCHERS_OBJECT, setState } = library;
  for (const name of ['JestExtend', 'JestChaiExpect', 'JestAsymmetricMatchers']) chai.use(library[name]);
  const global = globalThis as unknown as Record<symbol, object>;
  const made = Object.assign(
    (value: unknown, message?: string) =>
      (chai.expect as (value: unknown, message?: string) => unknown)(value, message),
    chai.expect,
    global[ASYMMETRIC_MATCHERS_OBJECT as symbol],
  );
  global[GLOBAL_EXPECT as symbol] = made;
  (setState as (state: object, owner: unknown) => void)({ assertionCalls: 0, isExpectingAssertions: false }, made);
  return made;
}

function idOf(file: string, test: CollectedTest): string {
  return `${file}#${test.name}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${error.stack ?? ''}`.slice(0, 2000) : String(error);
}

export const strykerPlugins = [
  {
    kind: 'TestRunner',
    name: 'in-process',
    factory: Object.assign(() => new InProcessRunner(), { inject: [] }),
  },
];
