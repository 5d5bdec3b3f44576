import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { collectTests, type CollectedTest } from './collect-tests.ts';
import { farTestFiles, leftOut, ownTestFiles, testFiles } from './test-files.ts';

/**
 * A test runner for Stryker that keeps everything in one process. Its own runner for Vitest loads the modules anew in a
 * worker for each mutant, which takes half a second and more; here the tests and src are bundled once, and a mutant
 * costs as long as its tests take. A mutant in what runs while modules load gets modules of its own, which load while
 * it is active: a table made at the top of a module is tested like any other code.
 */

const here = fileURLToPath(new URL('.', import.meta.url));
const fromRoot = createRequire(new URL('../../package.json', import.meta.url));
const fromHere = createRequire(import.meta.url);

/** A test that has not ended by then hangs. The longest takes a fraction of it. */
const testLimitMs = 10_000;
/** A test that comes by a mutant that many times as often as the test that did so most is in a loop without end. */
const roundsFactor = 100;
/** Properties run as often as this, from one seed. */
const propertyRuns = 15;

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
  readonly activeMutant: { readonly id: string; readonly fileName: string };
}

interface MutantResult {
  readonly status: 'killed' | 'survived' | 'timeout';
  readonly killedBy?: readonly string[];
  readonly failureMessage?: string;
  readonly reason?: string;
  readonly nrOfTests?: number;
}

/** A copy of all modules, loaded when a test file asks for them. */
interface Environment {
  load(file: string): ReadonlyMap<string, CollectedTest>;
}

/** What the first run finds out; a process that takes the place of one that was stopped reads it. */
interface Findings {
  /** How long each test took, so that the quickest are asked first. */
  readonly durations: Record<string, number>;
  /** Mutants in what runs while modules load. */
  readonly atLoad: string[];
  /** How often the test that came by a mutant most did so. */
  readonly mostHits: Record<string, number>;
}

const findingsFile = 'first-run.json';

class InProcessRunner {
  readonly #activation: Activation;
  readonly #mutate: readonly string[];
  readonly #files: string[] = [];
  readonly #far = new Set<string>();
  /** Of each room that has tests of its own: their files, and when they are asked. */
  readonly #own = new Map<string, ReadonlyMap<string, number>>();
  #findings: Findings = { durations: {}, atLoad: [], mostHits: {} };
  /** The tests that noticed the last mutants of each file, the latest first. */
  readonly #noticed = new Map<string, string[]>();
  #bundle: Script | undefined;
  #kept: Environment | undefined;

  /** `mutate`: the files and rooms that are changed. */
  constructor({ mutate }: { readonly mutate: readonly string[] }) {
    this.#mutate = mutate.filter((pattern) => !pattern.startsWith('!'));
    const global = globalThis as unknown as Record<string, Activation>;
    this.#activation = global[namespace] ??= {};
  }

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    const sandbox = process.cwd();
    const far = globSync([...farTestFiles], { cwd: sandbox }).sort();
    this.#files.push(...globSync([...testFiles], { cwd: sandbox }).sort(), ...far);
    for (const file of far) this.#far.add(file);
    for (const [room, patterns] of ownTestFiles) {
      const files = patterns.flatMap((pattern, turn) =>
        globSync(pattern, { cwd: sandbox }).map((file): [string, number] => [file, turn]),
      );
      this.#own.set(room, new Map(files));
    }
    const alone = [...this.#own].find(([room]) => this.#mutate.every((pattern) => pattern.startsWith(room)))?.[1];
    if (alone) this.#files.splice(0, Infinity, ...this.#files.filter((file) => alone.has(file)));
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
    this.#bundle = new Script(`(function (require, module) {'use strict';${outputFiles[0]!.text}\n})`, {
      filename: 'bundle.cjs',
    });
    if (existsSync(findingsFile)) this.#findings = JSON.parse(readFileSync(findingsFile, 'utf8')) as Findings;
    // A promise that nobody waits for any more, of a test that has failed.
    process.on('unhandledRejection', () => {});
  }

  async dryRun(): Promise<object> {
    const perTest: Coverage['perTest'] = {};
    const results: object[] = [];
    const atLoad = new Set<string>();
    const reached = new Set<string>();
    for (const file of this.#files) {
      const hits: Coverage = { static: {}, perTest: {} };
      this.#activation.mutantCoverage = hits;
      let tests: ReadonlyMap<string, CollectedTest>;
      try {
        tests = this.#environment().load(file);
      } catch (error) {
        return { status: 'error', errorMessage: `${file}: ${textOf(error)}` };
      }
      for (const [id, test] of tests) {
        this.#activation.currentTestId = id;
        const begun = performance.now();
        const failure = await this.#failureOf(test);
        this.#activation.currentTestId = undefined;
        const timeSpentMs = performance.now() - begun;
        this.#findings.durations[id] = timeSpentMs;
        const result = { id, name: id, fileName: file, timeSpentMs };
        const failed = { ...result, status: 1, failureMessage: failure };
        results.push(failure === undefined ? { ...result, status: 0 } : failed);
      }
      // What runs while the file and its modules load belongs to each of its tests.
      for (const id of tests.keys()) {
        const counts: Counts = { ...hits.static };
        for (const [mutant, count] of Object.entries(hits.perTest[id] ?? {}))
          counts[mutant] = (counts[mutant] ?? 0) + count;
        const own = Object.entries(counts).filter(([mutant]) => !this.#far.has(file) || !reached.has(mutant));
        perTest[id] = Object.fromEntries(own);
        const { mostHits } = this.#findings;
        for (const [mutant, count] of own) mostHits[mutant] = Math.max(mostHits[mutant] ?? 0, count);
      }
      for (const mutant of Object.keys(hits.static)) atLoad.add(mutant);
      if (this.#far.has(file)) continue;
      for (const counts of Object.values(perTest)) for (const mutant of Object.keys(counts)) reached.add(mutant);
    }
    this.#findings.atLoad.push(...atLoad);
    writeFileSync(findingsFile, JSON.stringify(this.#findings));
    return { status: 'complete', tests: results, mutantCoverage: { static: {}, perTest } };
  }

  async mutantRun(run: MutantRun): Promise<object> {
    const { activeMutant, testFilter = Object.keys(this.#findings.durations) } = run;
    const isApart =
      this.#findings.atLoad.includes(activeMutant.id) || testFilter.some((id) => this.#far.has(fileOf(id)));
    if (isApart) return this.#try(this.#environment(), run);
    const isKept = this.#kept !== undefined;
    this.#kept ??= this.#environment();
    const result = await this.#try(this.#kept, run);
    if (result.status === 'survived') return result;
    const [id] = result.killedBy ?? [];
    if (id !== undefined && isKept && (await this.#failureOf(this.#kept.load(fileOf(id)).get(id)!)) === undefined)
      return result;
    // An earlier mutant has left something behind, or this one may: the modules are not used again.
    this.#kept = undefined;
    return isKept ? this.#try(this.#environment(), run) : result;
  }

  async #try(environment: Environment, { testFilter, activeMutant }: MutantRun): Promise<MutantResult> {
    const { id: mutant, fileName } = activeMutant;
    const noticed = this.#noticed.get(fileName) ?? [];
    this.#noticed.set(fileName, noticed);
    // Stryker's own limit is of all tests together: in what runs often, a loop without end takes a minute to reach it.
    const hitLimit = roundsFactor * (this.#findings.mostHits[mutant] ?? Infinity);
    Object.assign(this.#activation, { activeMutant: mutant, hitLimit });
    // What is kept for the life of the process is made once for this mutant.
    const life = {};
    let nrOfTests = 0;
    try {
      for (const id of this.#ordered(fileName, testFilter, noticed)) {
        nrOfTests += 1;
        this.#activation.hitCount = 0;
        const failure = await this.#failureIn(environment, id, life);
        if (failure === undefined) continue;
        if (this.#activation.hitCount > hitLimit) return { status: 'timeout', reason: 'too many rounds' };
        const at = noticed.indexOf(id);
        if (at >= 0) noticed.splice(at, 1);
        noticed.unshift(id);
        return { status: 'killed', killedBy: [id], failureMessage: failure, nrOfTests };
      }
      return { status: 'survived', nrOfTests };
    } finally {
      Object.assign(this.#activation, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
    }
  }

  /**
   * First what noticed other mutants of the file, then the test files that noticed most of them, those of its own room,
   * and all others; a file's tests together, as it has to be loaded, and the quickest first. Of a room with tests of
   * its own, those alone, where one of them reaches the mutant.
   */
  #ordered(fileName: string, filter: readonly string[] | undefined, noticed: readonly string[]): string[] {
    const { durations } = this.#findings;
    const durationOf = (id: string): number => durations[id] ?? 0;
    const room = /src\/core\/(\w+)\//.exec(fileName)?.[1];
    const reaching = filter ?? Object.keys(durations);
    const ownFiles = [...this.#own].find(([place]) => fileName.includes(place))?.[1];
    const own = reaching.filter((id) => ownFiles?.has(fileOf(id)));
    const asked = new Set(own.length > 0 ? own : reaching);
    const turnOf = (file: string): number => ownFiles?.get(file) ?? 0;
    const latest = noticed
      .slice(0, 20)
      .filter((id, before) => (before < 2 || turnOf(fileOf(id)) === 0) && asked.delete(id));
    const noticedBy = new Map([...Map.groupBy(noticed, fileOf)].map(([file, ids]) => [file, ids.length]));
    const files = [...Map.groupBy(asked, fileOf)].map(([file, ids]) => ({
      turn: turnOf(file),
      ids: ids.sort((a, b) => durationOf(a) - durationOf(b)),
      noticed: (noticedBy.get(file) ?? 0) + (file.startsWith(`test/${room}/`) ? 0.5 : 0),
      duration: ids.reduce((sum, id) => sum + durationOf(id), 0),
    }));
    files.sort((a, b) => a.turn - b.turn || b.noticed - a.noticed || a.duration - b.duration);
    return [...latest, ...files.flatMap(({ ids }) => ids)];
  }

  async #failureIn(environment: Environment, id: string, life: object): Promise<string | undefined> {
    try {
      const test = environment.load(fileOf(id)).get(id);
      // A mutant that changes which tests there are has been noticed.
      return test === undefined ? 'the test is gone' : await this.#failureOf(test, life);
    } catch (error) {
      return `the file does not load: ${textOf(error)}`;
    }
  }

  async dispose(): Promise<void> {}

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
    const loaded = new Map<string, ReadonlyMap<string, CollectedTest>>();
    return {
      load: (file) => {
        const before = loaded.get(file);
        if (before !== undefined) return before;
        collected = [];
        module.exports[file]!();
        const tests = collected.filter(({ name }) => !leftOut.some((part) => name.includes(part)));
        const byId = new Map(tests.map((test) => [`${file}#${test.name}`, test]));
        loaded.set(file, byId);
        return byId;
      },
    };
  }

  /** Undefined when the test passes. `life`: as long as it is the same, what a process makes once is not made again. */
  async #failureOf(test: CollectedTest, life: object = test): Promise<string | undefined> {
    (globalThis as { tierfallLife?: object }).tierfallLife = life;
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
 * Paths are those of the sandbox, what is kept for the life of a process is kept as long as `once-per-life.ts` says, and
 * what a script does when it is started is left out.
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
        const text = await readFile(isOnce ? join(here, 'once-per-life.ts') : path, 'utf8');
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

function fileOf(id: string): string {
  return id.slice(0, id.indexOf('#'));
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${error.stack ?? ''}`.slice(0, 2000) : String(error);
}

export const strykerPlugins = [
  {
    kind: 'TestRunner',
    name: 'in-process',
    factory: Object.assign((options: { mutate: string[] }) => new InProcessRunner(options), { inject: ['options'] }),
  },
];
