import { readFileSync } from 'node:fs';
import { entryLimits } from '../size.ts';

/**
 * The tables of docs/performance.md: what `npm run docs:performance` measures and writes, and what a test holds the page
 * to have. A row's name is what is measured.
 */

/** The libraries that are measured, and their versions. */
export const peers = readPeers();

function readPeers(): Readonly<Record<string, string>> {
  const manifest = new URL('../../test/peers/package.json', import.meta.url);
  const { devDependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as { devDependencies: Record<string, string> };
  const measured = ['p-retry', 'cockatiel', 'opossum', 'ai', 'ai-fallback', 'ai-retry'];
  return Object.fromEntries(measured.map((name) => [`\`${name}\``, devDependencies[name] ?? '']));
}

/** What every way is measured against: the function itself is called, and nothing else. */
export const BARE = 'the bare call';

/** Ways of calling a function that has another one to fall back on. */
export const functionWays = [
  'a loop with try and catch, by hand',
  'the same loop, telling how long the call took',
  'tierfall',
  '`p-retry`',
  '`cockatiel`: circuit breaker, fallback',
  '`cockatiel`: retry, circuit breaker, fallback',
  '`opossum`: circuit breaker, fallback',
  'tierfall, time limit',
  '`cockatiel`: time limit, circuit breaker, fallback',
  '`opossum`: time limit, circuit breaker, fallback',
] as const;
export type FunctionWay = (typeof functionWays)[number];

/** Those that are compared where the first function fails; a retry and its pause would hide the rest. */
export const failingWays = functionWays.filter((way) => !/retry,|time limit|telling/u.test(way));

/** Ways of calling a model of the AI SDK that has another one to fall back on. */
export const modelWays = [
  '`tierfall/ai-sdk`',
  '`ai-fallback`',
  '`ai-retry`',
  '`ai-retry`, `reset` after an hour',
] as const;
export type ModelWay = (typeof modelWays)[number];

/** What is imported and bundled: the module, and where it is found. */
export const libraries = {
  tierfall: { source: "import { createFailover, resolveWithFallback } from 'tierfall'", isOurs: true },
  'tierfall and `tierfall/ai-sdk`': {
    source: "import { createFailover } from 'tierfall'; import { failoverModel } from 'tierfall/ai-sdk'",
    isOurs: true,
  },
  '`p-retry`': { source: "import pRetry from 'p-retry'", isOurs: false },
  '`cockatiel`': {
    source: "import { circuitBreaker, ConsecutiveBreaker, fallback, handleAll, retry, wrap } from 'cockatiel'",
    isOurs: false,
  },
  '`opossum`': { source: "import CircuitBreaker from 'opossum'", isOurs: false },
  '`ai-fallback`': { source: "import { createFallback } from 'ai-fallback'", isOurs: false },
  '`ai-retry`': { source: "import { createRetryableModel } from 'ai-retry/language-model'", isOurs: false },
} as const;

/** Numbers of simulated workers on a real Redis. */
export const fleetSizes = [8, 32, 128] as const;
/** Those for which no Redis has connections enough: they share what they know in memory. */
export const IN_MEMORY = 512;
export const LARGE_FLEET = 10_000;
/** Processes of the run with real ones. */
export const PROCESSES = 32;
export const watcherCounts = [0, 8, 32, 128] as const;

/** How long each phase of an outage lasts in both, in milliseconds of the workers' clock. */
export const phases = {
  start: 10_000,
  healthy: 10_000,
  finding: 10_000,
  outage: 30_000,
  returning: 40_000,
} as const;
export type Phase = keyof typeof phases;

const seconds = (phase: Phase) => `${phases[phase] / 1000} s`;

/** The phases in which something is asked of the store. */
export const busyPhases = {
  finding: `the outage begins, ${seconds('finding')}`,
  outage: `it goes on, ${seconds('outage')}`,
  returning: `it is over, ${seconds('returning')}`,
} as const;
export type BusyPhase = keyof typeof busyPhases;

/** What is counted in each of them. */
export const quantities = {
  ownCommits: 'commits of states of instances',
  commonCommits: 'commits of records for all',
  reads: 'reads',
  leases: 'leases',
  notifications: 'notifications received',
  megabytes: 'MB from Redis',
} as const;
export type Quantity = keyof typeof quantities;

export const START_ROW = 'start: requests';
export const HEALTHY_ROW = `all is well, ${seconds('healthy')}: requests`;
export function fleetRow(phase: BusyPhase, quantity: Quantity): string {
  return `${busyPhases[phase]}: ${quantities[quantity]}`;
}

const fleetRows = [
  START_ROW,
  HEALTHY_ROW,
  ...(Object.keys(busyPhases) as BusyPhase[]).flatMap((phase) =>
    (Object.keys(quantities) as Quantity[]).map((quantity) => fleetRow(phase, quantity)),
  ),
];

export const HEARTBEATS_ROW = 'heartbeats of a process, per second';
export const CONFLICTS_ROW = 'commits that lost a race and were made again';

/** What a large fleet would ask, in sum. */
export const largeRows = {
  connections: 'connections',
  heartbeats: 'heartbeats per second',
  start: 'requests when all start',
  commits: 'commits in an outage',
  reads: 'reads in an outage',
  notifications: 'notifications in an outage',
  gigabytes: 'GB from Redis in an outage',
  sets: 'processor time of the commits, in SETs',
} as const;

export const versions = ['Node.js', 'processors', 'Redis', 'tierfall', ...Object.keys(peers)];

export const entries = Object.keys(entryLimits);

export interface Table {
  /** Of the columns after the name of the row. */
  readonly columns: readonly string[];
  readonly rows: readonly string[];
}

export const tables = {
  works: { columns: ['answers at once', 'answers through the event loop'], rows: functionWays },
  fails: {
    columns: ['first failure', 'failure known', 'requests to the failing one, per call'],
    rows: failingWays,
  },
  models: {
    columns: ['works', 'first failure', 'failure known', 'requests to the failing one, per call'],
    rows: modelWays,
  },
  memory: { columns: ['bytes per call', 'bytes per idle object'], rows: [BARE, ...functionWays, ...modelWays] },
  libraries: { columns: ['minified and gzipped', 'import'], rows: Object.keys(libraries) },
  entries: { columns: ['minified and gzipped', 'limit', 'import'], rows: entries },
  fleet: {
    columns: [
      ...fleetSizes.map((size) => `${size} workers`),
      `${IN_MEMORY}, in memory`,
      'fit for n workers',
      'at 10,000',
    ],
    rows: fleetRows,
  },
  processes: { columns: ['counted', 'the fit says'], rows: [...fleetRows, CONFLICTS_ROW, HEARTBEATS_ROW] },
  large: { columns: ['10,000 processes'], rows: Object.values(largeRows) },
  watchers: { columns: ['a commit costs'], rows: watcherCounts.map((count) => `${count} processes watch`) },
  versions: { columns: ['version'], rows: versions },
} as const satisfies Record<string, Table>;
export type TableName = keyof typeof tables;

/** Cells of each row. */
export type Cells = Readonly<Record<string, readonly string[]>>;

export const startMark = (name: TableName) => `<!-- figures: ${name}, written by npm run docs:performance -->`;
export const endMark = (name: TableName) => `<!-- figures: ${name}, end -->`;

/** A table as the page has it, marks included. Throws where a row or a cell is missing. */
export function renderTable(name: TableName, cells: Cells): string {
  const { columns, rows }: Table = tables[name];
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const body = rows.map((row) => {
    const values = cells[row];
    if (values?.length !== columns.length) throw new Error(`${name}: no figures, or not all, for ${row}`);
    return line([row, ...values]);
  });
  return [
    startMark(name),
    '',
    line(['', ...columns]),
    line(['---', ...columns.map(() => '---:')]),
    ...body,
    '',
    endMark(name),
  ].join('\n');
}
