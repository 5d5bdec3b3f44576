import { spawn, type ChildProcess } from 'node:child_process';
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { createInterface } from 'node:readline';
import { replay, type LedgerEvent, type StateStore } from 'tierfall';
import { openTarget, type Target } from './targets.ts';
import { config, KEY, stateOf } from './transitions.ts';

export interface StampedeOptions {
  target: Target;
  /** What to run as `node <script>`; see worker.ts. */
  script: string;
  workers: number;
  /** Commits of each worker. */
  commits: number;
  /** How many times one of them, chosen by chance, dies by SIGKILL and is replaced. */
  kills: number;
}

export interface StampedeResult {
  acknowledged: number;
  /** Commits that landed although their process died before it heard so: at most one a kill. */
  unheard: number;
  killed: number;
  rows: number;
  seconds: number;
}

/** Processes that commit to one instance at once while some are killed; rejects when anything was lost or torn. */
export async function stampede(options: StampedeOptions): Promise<StampedeResult> {
  const acknowledged = new Map<string, number>();
  const killedNames = new Set<string>();
  const running = new Map<string, ChildProcess>();
  const total = options.workers * options.commits;
  const killAt = Array.from({ length: options.kills }, () => Math.floor(Math.random() * total * 0.9)).toSorted(
    (a, b) => a - b,
  );
  const startedAt = performance.now();

  async function run(name: string, commits: number): Promise<void> {
    const order = JSON.stringify({ target: options.target, name, commits });
    const child = spawn(process.execPath, [options.script, order], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.set(name, child);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    let landed = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [number, version] = line.split(' ').map(Number);
      acknowledged.set(`${name}:${number}`, version ?? 0);
      landed += 1;
      if (acknowledged.size > (killAt[0] ?? total)) killOne();
    }
    const code = await ended;
    running.delete(name);
    if (killedNames.has(name)) return run(`${name}+`, commits - landed);
    strictEqual(code, 0, `worker ${name} failed`);
  }

  function killOne(): void {
    killAt.shift();
    const victims = [...running].filter(([name]) => !killedNames.has(name));
    const [name, child] = victims[Math.floor(Math.random() * victims.length)] ?? [];
    if (name === undefined) return;
    killedNames.add(name);
    // A moment that has nothing to do with where its own commit stands.
    setTimeout(() => child?.kill('SIGKILL'), Math.random() * 5);
  }

  await Promise.all(Array.from({ length: options.workers }, async (_, index) => run(`w${index}`, options.commits)));
  const seconds = (performance.now() - startedAt) / 1000;
  const { store, close } = openTarget(options.target);
  try {
    const facts = await verify(store, options.target.historyLimit, acknowledged, killedNames);
    return { acknowledged: acknowledged.size, killed: killedNames.size, seconds, ...facts };
  } finally {
    await close();
  }
}

async function verify(
  store: StateStore,
  historyLimit: number | undefined,
  acknowledged: ReadonlyMap<string, number>,
  killedNames: ReadonlySet<string>,
): Promise<{ rows: number; unheard: number }> {
  const stored = await store.load(KEY);
  const version = stored?.version ?? 0;
  const unheard = version - acknowledged.size;
  ok(unheard >= 0, `an acknowledged commit was lost: version ${version}, ${acknowledged.size} acknowledged`);
  ok(
    unheard <= killedNames.size,
    `version ${version}, but ${acknowledged.size} acknowledged, ${killedNames.size} killed`,
  );
  strictEqual(new Set(acknowledged.values()).size, acknowledged.size, 'one version was given to two commits');
  ok(Math.max(...[0].concat([...acknowledged.values()])) <= version, 'a version was given that is not there');

  const ledger = await wholeLedger(store);
  const [first] = ledger;
  deepStrictEqual(
    ledger.map(({ seq }) => seq),
    ledger.map((_, index) => (first?.seq ?? 1) + index),
    'the ledger has a gap or a row twice',
  );
  deepStrictEqual(stateOf(stored?.state), replay(ledger, config), 'the state is not the fold of its ledger');
  if (historyLimit === undefined) verifyIds(ledger, version, acknowledged, killedNames);
  else strictEqual(first?.type, 'snapshot', 'a trimmed ledger does not begin with a snapshot');
  return { rows: ledger.length, unheard };
}

/** Every acknowledged commit has its row, in the order of versions, and every row its commit. */
function verifyIds(
  ledger: readonly LedgerEvent[],
  version: number,
  acknowledged: ReadonlyMap<string, number>,
  killedNames: ReadonlySet<string>,
): void {
  const ids = ledger.flatMap(({ detail }) => (detail?.includes(':') ? [detail] : []));
  strictEqual(ids.length, version, 'the ledger has rows without a commit, or a commit has no row');
  for (const [index, id] of ids.entries()) {
    const given = acknowledged.get(id);
    if (given === undefined) ok(killedNames.has(id.split(':')[0] ?? ''), `row ${id} belongs to no commit`);
    else strictEqual(given, index + 1, `commit ${id} stands elsewhere in the ledger than its version says`);
  }
}

async function wholeLedger(store: StateStore): Promise<LedgerEvent[]> {
  const rows: LedgerEvent[] = [];
  let page: LedgerEvent[] = [];
  do {
    const before = page.at(-1)?.seq;
    page = await store.history(KEY, before === undefined ? { limit: 1000 } : { limit: 1000, before });
    rows.push(...page);
  } while (page.length > 0);
  return rows.toReversed();
}
