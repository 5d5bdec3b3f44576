/**
 * The happy path with each store attached, beside the hand-written loop of the same run, and what reaches the store.
 * `node test/bench/bench-with-stores.ts` after a build; Redis and Postgres at REDIS_URL and DATABASE_URL.
 * Exits 1 when a figure misses its bar.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createFailover, parseConfig, resolveWithFallback, type StateStore } from 'tierfall';
import { openTarget, type Target } from '../chaos/targets.ts';
import { clearServers, databaseUrl, redisUrl, uniqueName } from '../stores/servers.ts';
import { report, type Figure } from './figures.ts';
import { answers, loop, ratio } from './happy-path.ts';

const chain = ['a/1', 'b/2', 'c/3'] as const;
const tiers = parseConfig({ chain }).config.chain;
const name = uniqueName('bench');
const folder = mkdtempSync(join(tmpdir(), 'tierfall-bench-'));
const targets: Target[] = [
  { kind: 'sqlite', path: join(folder, 'store.db') },
  { kind: 'redis', url: redisUrl, prefix: `${name}:` },
  { kind: 'postgres', url: databaseUrl, schema: name },
];

/** The same store, and how many requests reached it. */
function counting(store: StateStore): { store: StateStore; requests: () => number } {
  let requests = 0;
  const counted = new Proxy(store, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        requests += 1;
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { store: counted, requests: () => requests };
}

async function withStore(target: Target): Promise<Figure[]> {
  const { store: bare, close } = openTarget(target);
  const { store, requests } = counting(bare);
  const failover = createFailover({ chain, store });
  const ours = () => resolveWithFallback(failover, ({ provider }) => answers(provider));
  // Until the watch is live, where there is one, and what it made uncertain has been read.
  for (let before = -1; before !== requests(); await sleep(100)) {
    before = requests();
    await ours();
  }
  await sleep(2000 - 100);
  await ours();
  const before = requests();
  for (let call = 0; call < 10_000; call++) await ours();
  const touched = requests() - before;

  const figures: Figure[] = [
    { name: `${target.kind}: requests in 10,000 calls`, value: touched, bar: 0, unit: '' },
    ...(await measure(target.kind, ours)),
  ];
  await failover.close();
  await close();
  return figures;
}

async function measure(kind: string, ours: () => Promise<unknown>): Promise<Figure[]> {
  const theirs = () => loop(tiers, ({ provider }) => answers(provider));
  const crowd = (one: () => Promise<unknown>) => () => Promise.all(Array.from({ length: 1000 }, one));
  return [
    { name: `${kind}: one call`, value: await ratio(ours, theirs, 2000), bar: 1.5, unit: 'x' },
    { name: `${kind}: 1,000 at once`, value: await ratio(crowd(ours), crowd(theirs), 2), bar: 1.5, unit: 'x' },
  ];
}

async function withoutStore(): Promise<Figure[]> {
  const failover = createFailover({ chain });
  return measure('no store', () => resolveWithFallback(failover, ({ provider }) => answers(provider)));
}

/** Processes each is measured in, each afresh; the median counts, as compilers have good and bad luck. */
const PROCESSES = 5;

/** Measures one in this process, for the one that asked. */
async function measureHere(kind: string): Promise<void> {
  const target = targets.find((each) => each.kind === kind);
  console.log(JSON.stringify(target ? await withStore(target) : await withoutStore()));
}

/** Each in processes of its own: what one of them has the engine's code compiled for is not to slow the next. */
function measureEach(): void {
  for (const kind of ['none', ...targets.map((target) => target.kind)]) {
    const runs = Array.from({ length: PROCESSES }, () => {
      const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), kind], { encoding: 'utf8' });
      return JSON.parse(stdout) as Figure[];
    });
    const medians = runs[0]!.map((figure, at) => {
      const values = runs.map((run) => run[at]!.value).toSorted((one, other) => one - other);
      return { ...figure, value: values[Math.floor(PROCESSES / 2)]! };
    });
    if (!report(medians)) process.exitCode = 1;
  }
}

const [chosen] = process.argv.slice(2);
try {
  if (chosen === undefined) measureEach();
  else await measureHere(chosen);
} finally {
  rmSync(folder, { recursive: true });
  if (chosen !== undefined) await clearServers(name);
}
