import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readImports, type ModuleImport } from './support/read-imports.js';

const root = fileURLToPath(new URL('../src/', import.meta.url));

/** What a room of `src` may import. Everything not named here is forbidden. */
interface Room {
  /** Rooms, or single files, beside its own. */
  readonly inside: readonly string[];
  /** Of these, what may only be imported as a type. */
  readonly typesOf?: readonly string[];
  /** Packages; the value lists the only files that may import it, where there is such a list. */
  readonly outside?: Readonly<Record<string, readonly string[] | 'anywhere'>>;
  /** Files that load a module which their user names. */
  readonly computed?: readonly string[];
}

/** The table of the house: imports point inward only, and edge rooms know neither the engine nor each other. */
const rooms: Readonly<Record<string, Room>> = {
  core: { inside: [] },
  schema: { inside: ['core'], outside: { 'zod/mini': 'anywhere' } },
  ports: { inside: ['core'], typesOf: ['core'] },
  engine: {
    inside: ['core', 'schema', 'ports'],
    outside: { 'p-retry': ['engine/call/attempt/retry-in-tier.ts'], eventemitter3: ['engine/events/emitter.ts'] },
  },
  stores: {
    inside: ['ports', 'core'],
    outside: {
      'node:sqlite': ['stores/sqlite/connection.ts', 'stores/sqlite/database.ts', 'stores/sqlite/read-only-source.ts'],
      'node:fs': ['stores/sqlite/file.ts'],
    },
  },
  // What stands beside the engine has the engine's clock from nowhere.
  'system-clock.ts': { inside: ['ports'], typesOf: ['ports'] },
  notifiers: {
    inside: ['ports', 'core', 'system-clock.ts'],
    outside: { 'p-retry': ['notifiers/delivery/retry-send.ts'] },
  },
  health: { inside: ['ports', 'core', 'schema'] },
  checks: { inside: ['ports', 'core', 'system-clock.ts'] },
  http: { inside: ['ports', 'schema', 'core', 'load-checks.ts'], outside: { hono: 'anywhere' } },
  'load-checks.ts': { inside: ['checks'] },
  elements: {
    inside: ['ports', 'schema', 'core'],
    outside: { lit: 'anywhere', 'lit/directives/repeat.js': 'anywhere' },
  },
  // The command is a user of the root entry like any other; it reads a store as the engine does.
  cli: {
    inside: ['index.ts', 'stores', 'schema', 'ports', 'core'],
    computed: ['cli/commands/other-commands.ts'],
    outside: {
      'node:util': 'anywhere',
      'node:fs/promises': 'anywhere',
      'node:path': 'anywhere',
      'node:url': 'anywhere',
      'node:process': 'anywhere',
      ioredis: ['cli/open-store.ts'],
      redis: ['cli/open-store.ts'],
      pg: ['cli/open-store.ts'],
    },
  },
  // The bridges take the Failover they are handed; of core they need little more than types.
  'bridge-call.ts': { inside: ['ports', 'core'], typesOf: ['ports', 'core'] },
  'ai-sdk': {
    inside: ['ports', 'core', 'bridge-call.ts'],
    typesOf: ['core'],
    outside: { ai: 'anywhere', '@ai-sdk/provider': 'anywhere' },
  },
  langchain: {
    inside: ['ports', 'core', 'bridge-call.ts'],
    typesOf: ['core'],
    outside: {
      '@langchain/core/callbacks/base': 'anywhere',
      '@langchain/core/callbacks/manager': 'anywhere',
      '@langchain/core/language_models/base': 'anywhere',
      '@langchain/core/language_models/chat_models': 'anywhere',
      '@langchain/core/messages': 'anywhere',
      '@langchain/core/outputs': 'anywhere',
      '@langchain/core/runnables': 'anywhere',
      '@langchain/core/tracers/base': 'anywhere',
      '@langchain/core/utils/stream': 'anywhere',
    },
  },
  'openai-agents': { inside: ['ports', 'core', 'bridge-call.ts'], typesOf: ['core'] },
  otel: { inside: ['ports', 'core'], typesOf: ['core'], outside: { '@opentelemetry/api': 'anywhere' } },
  // Users' simulations run the failover they use: the one with its default store.
  testing: { inside: ['core', 'ports', 'engine', 'create-failover.ts'] },
  'start-failover.ts': { inside: ['core', 'engine', 'ports', 'create-failover.ts'], typesOf: ['ports'] },
  'create-failover.ts': { inside: ['core', 'engine', 'ports', 'stores/memory.ts'], typesOf: ['ports'] },
  'index.ts': {
    inside: ['core', 'schema', 'engine', 'ports', 'stores/memory.ts', 'create-failover.ts', 'start-failover.ts'],
    typesOf: ['ports'],
  },
};

/**
 * Files that put rooms together, and what they may import beside their room's own. The sources of checks read the tables of
 * the stores, so they stand beside those; the entry hands them out.
 */
const compositions: Readonly<Record<string, readonly string[]>> = {
  'checks/index.ts': [
    'stores/postgres/activity-source.ts',
    'stores/redis/activity-source.ts',
    'stores/sqlite/activity-source.ts',
  ],
};

/** Values of core that even a room limited to its types may import: errors, ids, and small tools without any policy. */
const alwaysImportable = [
  'core/errors.ts',
  'core/config.ts',
  'core/monitor-access-key.ts',
  'core/operator-access-key.ts',
  'core/is-stream.ts',
  'core/answers/ai-sdk.ts',
  'core/answers/fields.ts',
  'core/answers/formats.ts',
  'core/recency-map.ts',
  'core/redact.ts',
  'core/unknown-options.ts',
  'core/usage/usage-of.ts',
];

/** Entries whose whole import tree must run where there is no Node. */
const portableEntries = ['index.ts', ...filesOf('testing')];

/** A file longer than this is worth a look: does it have two reasons to change? */
const LONG_LINES = 250;
/** And this long it surely has. */
const MAX_LINES = 400;
const MAX_WIDTH = 120;

const files = filesOf('');
const importsOf = new Map(files.map((file) => [file, readImports(read(file))]));

describe('reading imports', () => {
  it.each<[string, ModuleImport]>([
    ["import { a } from './a.js';", { specifier: './a.js', typeOnly: false }],
    ["import type { A } from './a.js';", { specifier: './a.js', typeOnly: true }],
    ["import { type A } from './a.js';", { specifier: './a.js', typeOnly: true }],
    ["import { type A, b } from './a.js';", { specifier: './a.js', typeOnly: false }],
    ["import './a.js';", { specifier: './a.js', typeOnly: false }],
    ["import * as a from './a.js';", { specifier: './a.js', typeOnly: false }],
    ["export { a } from './a.js';", { specifier: './a.js', typeOnly: false }],
    ["export type { A } from './a.js';", { specifier: './a.js', typeOnly: true }],
    ["export * from './a.js';", { specifier: './a.js', typeOnly: false }],
    ["const load = () => import('./a.js');", { specifier: './a.js', typeOnly: false }],
    ['const load = (name: string) => import(name);', { specifier: undefined, typeOnly: false }],
    ["type A = import('./a.js').A;", { specifier: './a.js', typeOnly: true }],
    ["let a: typeof import('./a.js');", { specifier: './a.js', typeOnly: true }],
  ])('finds %s', (source, expected) => {
    expect(readImports(source)).toEqual([expected]);
  });

  it('finds none in comments, strings and local exports', () => {
    const source =
      "// import './a.js'\nconst text = \"import './b.js'\";\nexport { text };\nexport const other = text;";
    expect(readImports(source)).toEqual([]);
  });
});

describe('layers', () => {
  it('has every source file in a room of the table', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((file) => !(roomOf(file) in rooms))).toEqual([]);
  });

  it.each(Object.keys(rooms).filter((room) => files.some((file) => roomOf(file) === room)))(
    '%s imports inward only',
    (room) => {
      const wrong = filesOf(room).flatMap((file) =>
        (importsOf.get(file) ?? []).flatMap((found) => {
          const complaint = complaintAbout(file, found);
          return complaint === undefined
            ? []
            : [`${file} imports ${found.specifier ?? 'a computed path'}: ${complaint}`];
        }),
      );
      expect(wrong).toEqual([]);
    },
  );

  it('has no import cycle, type imports included', () => {
    expect(knots()).toEqual([]);
  });

  it('keeps `node:` out of everything the root entry and the testing entry load', () => {
    const loaded = new Set<string>();
    const load = (file: string) => {
      if (loaded.has(file)) return;
      loaded.add(file);
      for (const next of insideImports(file)) load(next);
    };
    for (const entry of portableEntries) load(entry);
    expect(loaded.size).toBeGreaterThan(50);
    const wrong = [...loaded].filter((file) =>
      importsOf.get(file)?.some(({ specifier }) => specifier?.startsWith('node:')),
    );
    expect(wrong).toEqual([]);
  });

  it(`has no file over ${MAX_LINES} lines, and warns above ${LONG_LINES}`, () => {
    const long = files
      .map((file) => ({ file, lines: read(file).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > LONG_LINES);
    for (const { file, lines } of long) process.emitWarning(`${file} has ${lines} lines: one reason to change?`);
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it(`has no line over ${MAX_WIDTH} characters`, () => {
    const wide = files.flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, index) => (line.length > MAX_WIDTH ? [`${file}:${index + 1}`] : [])),
    );
    expect(wide).toEqual([]);
  });

  it('has no `export *` and no default export, so that nothing leaks into the public API', () => {
    const leaking = files.filter((file) => /^export (?:\*|default\b)/mu.test(read(file)));
    expect(leaking).toEqual([]);
  });
});

/** What is wrong with an import, if anything is. */
function complaintAbout(file: string, { specifier, typeOnly }: ModuleImport): string | undefined {
  const room = roomOf(file);
  const rules = rooms[room];
  if (rules === undefined) return `${room} is not in the table`;
  if (specifier === undefined) return rules.computed?.includes(file) ? undefined : 'its target cannot be read';
  if (!specifier.startsWith('.')) {
    const allowed = rules.outside?.[specifier];
    if (allowed === undefined) return `${room} may not use this package`;
    return allowed === 'anywhere' || allowed.includes(file) ? undefined : `only ${allowed.join(', ')} may`;
  }
  const target = targetOf(file, specifier);
  if (!importsOf.has(target)) return 'there is no such file';
  const targetRoom = roomOf(target);
  if (targetRoom === room) return undefined;
  if (compositions[file]?.includes(target) === true) return undefined;
  if (!rules.inside.includes(targetRoom) && !rules.inside.includes(target))
    return `${room} may not import ${targetRoom}`;
  const typesOnly = rules.typesOf?.includes(targetRoom) === true && !alwaysImportable.includes(target);
  return typesOnly && !typeOnly ? `${room} may import only types of ${targetRoom}` : undefined;
}

/** Groups of files that import each other in a circle, each as the path around it. */
function knots(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string) => {
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push([...path.slice(start), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of insideImports(file)) walk(next);
    path.pop();
    done.add(file);
  };
  for (const file of files) walk(file);
  return found;
}

function insideImports(file: string): string[] {
  return (importsOf.get(file) ?? []).flatMap(({ specifier }) =>
    specifier?.startsWith('.') === true ? [targetOf(file, specifier)] : [],
  );
}

function targetOf(file: string, specifier: string): string {
  return join(dirname(file), specifier).replace(/\.js$/u, '.ts');
}

/** First part of the path: a folder, or the file itself at the top. */
function roomOf(file: string): string {
  return file.split('/')[0] ?? file;
}

function filesOf(room: string): string[] {
  const pattern = room.endsWith('.ts') ? room : join(room, '**/*.ts');
  return globSync(join(root, pattern))
    .map((file) => relative(root, file))
    .toSorted();
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
