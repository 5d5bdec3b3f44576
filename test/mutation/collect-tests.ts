import { format } from 'node:util';

/** A test as its file registers it, with the hooks around it. */
export interface CollectedTest {
  readonly name: string;
  /** Rejects when the test fails. */
  run(): Promise<void>;
}

type Body = (...values: unknown[]) => unknown;
type Hook = () => unknown;

interface Suite {
  readonly name: string;
  readonly parent?: Suite;
  readonly beforeAll: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
  prepared?: boolean;
}

type Register = (name: string, body: Body) => void;

/**
 * The functions of Vitest that our fast tests use, without its workers: a file that imports them registers its tests
 * here. What they do not do is an error, not something left out in silence.
 */
export function collectTests(): { readonly functions: object; readonly tests: CollectedTest[] } {
  const tests: CollectedTest[] = [];
  const names = new Map<string, number>();
  let suite: Suite = { name: '', beforeAll: [], beforeEach: [], afterEach: [] };
  let finished: Hook[] = [];

  const describe: Register = (name, body) => {
    const parent = suite;
    suite = { name, parent, beforeAll: [], beforeEach: [], afterEach: [] };
    if (body() instanceof Promise) throw new Error(`the suite "${name}" is asynchronous`);
    suite = parent;
  };

  const test: Register = (title, body) => {
    const path = outermostFirst(suite);
    const full = [...path.map(({ name }) => name), title].filter((name) => name !== '').join(' > ');
    const before = names.get(full) ?? 0;
    names.set(full, before + 1);
    tests.push({
      name: before === 0 ? full : `${full} (${before + 1})`,
      run: async () => {
        finished = [];
        for (const each of path) {
          if (each.prepared) continue;
          each.prepared = true;
          for (const hook of each.beforeAll) await hook();
        }
        for (const hook of path.flatMap(({ beforeEach }) => beforeEach)) await hook();
        try {
          await body();
        } finally {
          for (const hook of path.flatMap(({ afterEach }) => afterEach)) await hook();
          for (const hook of finished) await hook();
        }
      },
    });
  };

  const functions = {
    describe: withVariants(describe),
    test: withVariants(test),
    it: withVariants(test),
    beforeAll: (hook: Hook) => suite.beforeAll.push(hook),
    beforeEach: (hook: Hook) => suite.beforeEach.push(hook),
    afterEach: (hook: Hook) => suite.afterEach.push(hook),
    // What a file sets up once lives as long as its copy of the modules.
    afterAll: () => {},
    onTestFinished: (hook: Hook) => finished.push(hook),
    vi: createStubs(),
  };
  return { functions, tests };
}

/** What the tests use of Vitest's `vi`. */
function createStubs(): object {
  const before = new Map<string, unknown>();
  const global = globalThis as unknown as Record<string, unknown>;
  return {
    stubGlobal(name: string, value: unknown): void {
      if (!before.has(name)) before.set(name, global[name]);
      global[name] = value;
    },
    unstubAllGlobals(): void {
      for (const [name, value] of before) global[name] = value;
      before.clear();
    },
  };
}

function outermostFirst(suite: Suite): Suite[] {
  return suite.parent === undefined ? [suite] : [...outermostFirst(suite.parent), suite];
}

/** `.each`, `.skipIf` and options between name and body, as Vitest has them. */
function withVariants(register: Register): Register {
  const plain = (name: string, first: unknown, second?: unknown): void =>
    register(name, (typeof first === 'function' ? first : second) as Body);
  return Object.assign(plain, {
    skip: () => {},
    skipIf: (condition: unknown) => (condition ? () => {} : plain),
    each: (rows: readonly unknown[]) => (name: string, first: unknown, second?: unknown) => {
      const body = (typeof first === 'function' ? first : second) as Body;
      for (const row of rows) {
        const values = Array.isArray(row) ? (row as unknown[]) : [row];
        register(titleOf(name, values), () => body(...values));
      }
    },
  });
}

function titleOf(template: string, values: readonly unknown[]): string {
  const [first] = values;
  const named = template.replaceAll(/\$(\w+)/g, (mark, key: string) =>
    typeof first === 'object' && first !== null && key in first
      ? String((first as Record<string, unknown>)[key])
      : mark,
  );
  const marks = named.match(/%[sdifjo]/g)?.length ?? 0;
  return format(named, ...values.slice(0, marks)).replaceAll('\n', ' ');
}
