import { createFailover, createMemoryStore, type KeyOrder, type PolicyOptions, type StateStore } from 'tierfall';
import { createManualClock, createSeededRandom, rateLimit } from 'tierfall/testing';

// What comes of four keys that have a limit each, when more is asked than they allow together.

/** One row: how the keys are used, and how each is limited. */
export interface KeyPoolRun {
  name: string;
  order: KeyOrder;
  /** Processes, each with its own failover. */
  workers: number;
  /** The processes share a store, and what they learn. */
  isFleet: boolean;
  /**
   * `window`: so many calls in each minute, and a refusal names the end of that minute. `bucket`: the same calls at an
   * even rate, with a burst of what ten seconds allow; a refusal names the time until the next call is allowed.
   */
  limit: 'window' | 'bucket';
  /** Default: every default. */
  policy?: PolicyOptions;
  /** The least share of what the keys allow together that is to be answered, in percent. */
  bar: number;
}

const keys = ['a', 'b', 'c', 'd'] as const;
const CALLS_PER_MINUTE = 120;
/** All keys together allow 8 calls a second. */
const ASKED_PER_SECOND = 12;
const MINUTE_MS = 60_000;
const ANSWERS_AFTER_MS = 800;
/** One round trip. */
const REFUSES_AFTER_MS = 30;
const BURST_MS = 10_000;
const SESSIONS = 200;

const orders: readonly KeyOrder[] = ['fill', 'session', 'least-used'];
const limits = ['window', 'bucket'] as const;

export const keyPoolRuns: readonly KeyPoolRun[] = [
  ...limits.flatMap((limit) =>
    orders.map((order) => ({ name: 'one process', order, workers: 1, isFleet: false, limit, bar: 95 })),
  ),
  ...orders.map((order) => ({
    name: "a fleet of 8, share: 'rests'",
    order,
    workers: 8,
    isFleet: true,
    limit: 'window' as const,
    bar: 95,
  })),
];

export interface KeyPoolResult {
  run: KeyPoolRun;
  /** Calls that the keys answered, and the most that they allowed. */
  answered: number;
  allowed: number;
  /** Requests to a key inside a wait that it had named, to this process or to any of the fleet. */
  violatedWaits: number;
  refused: number;
  failedCalls: number;
  ok: boolean;
}

/** What one key answers, and when it allows the next call. */
function limitOf(
  kind: KeyPoolRun['limit'],
  beganAt: number,
): { ask(now: number): number; allowed(lastsMs: number): number } {
  if (kind === 'window') {
    let [minute, used] = [0, 0];
    return {
      ask(now) {
        const present = Math.floor((now - beganAt) / MINUTE_MS);
        if (present !== minute) [minute, used] = [present, 0];
        if (used >= CALLS_PER_MINUTE) return beganAt + (present + 1) * MINUTE_MS - now;
        used++;
        return 0;
      },
      allowed: (lastsMs) => Math.ceil(lastsMs / MINUTE_MS) * CALLS_PER_MINUTE,
    };
  }
  const perMs = CALLS_PER_MINUTE / MINUTE_MS;
  let [tokens, filledAt] = [BURST_MS * perMs, beganAt];
  return {
    ask(now) {
      tokens = Math.min(BURST_MS * perMs, tokens + (now - filledAt) * perMs);
      filledAt = now;
      if (tokens < 1) return Math.ceil((1 - tokens) / perMs);
      tokens--;
      return 0;
    },
    allowed: (lastsMs) => Math.floor((BURST_MS + lastsMs) * perMs),
  };
}

/** Runs one of them for so long, with calls at random moments. */
export async function runKeyPool(run: KeyPoolRun, durationMs: number, seed = 1): Promise<KeyPoolResult> {
  const clock = createManualClock();
  const random = createSeededRandom(seed);
  const beganAt = clock.now();
  const store: StateStore | undefined = run.isFleet ? createMemoryStore({ now: () => clock.now() }) : undefined;
  const failovers = Array.from({ length: run.workers }, () =>
    createFailover({
      chain: [{ provider: 'limited', model: 'model', credentials: keys, order: run.order }, 'other/model'],
      clock,
      random,
      ...(run.policy ? { policy: run.policy } : {}),
      ...(store ? { store, share: 'rests' as const } : {}),
    }),
  );
  const limited = new Map(keys.map((key) => [key as string, limitOf(run.limit, beganAt)]));
  const waits = new Map<string, number>();
  let [answered, refused, violatedWaits, failedCalls] = [0, 0, 0, 0];
  const after = <V>(ms: number, end: () => V) =>
    new Promise<V>((resolve, reject) => {
      clock.setTimeout(() => {
        try {
          resolve(end());
        } catch (error) {
          reject(error);
        }
      }, ms);
    });

  const ask = (worker: number, credential: string | undefined): Promise<string> => {
    const limit = limited.get(credential ?? '');
    if (!credential || !limit) return after(ANSWERS_AFTER_MS, () => 'other');
    const now = clock.now();
    const known = run.isFleet ? credential : `${worker} ${credential}`;
    if ((waits.get(known) ?? 0) > now) violatedWaits++;
    const waitMs = limit.ask(now);
    if (waitMs === 0) return after(ANSWERS_AFTER_MS, () => (answered++, 'answer'));
    refused++;
    return after(REFUSES_AFTER_MS, () => {
      waits.set(known, clock.now() + waitMs - REFUSES_AFTER_MS);
      throw rateLimit({ retryAfterMs: Math.max(0, waitMs - REFUSES_AFTER_MS) })();
    });
  };
  const comes = () => {
    const worker = Math.floor(random() * run.workers);
    const session = `session-${Math.floor(random() * SESSIONS)}`;
    failovers[worker]!.run(({ credential }) => ask(worker, credential), {
      instance: `worker-${worker}`,
      session,
    }).catch(() => failedCalls++);
    next();
  };
  const next = () => {
    // Independent calls arrive after exponentially distributed gaps.
    const gapMs = (-Math.log(1 - random()) * 1000) / ASKED_PER_SECOND;
    if (clock.now() - beganAt + gapMs < durationMs) clock.setTimeout(comes, gapMs);
  };
  next();
  await clock.advance(durationMs);
  while (clock.pending > 0) await clock.advance(clock.delays.at(-1) ?? 0);
  await Promise.all(failovers.map((failover) => failover.close()));
  const allowed = [...limited.values()].reduce((sum, limit) => sum + limit.allowed(durationMs), 0);
  const ok = (answered / allowed) * 100 >= run.bar && violatedWaits === 0 && failedCalls === 0;
  return { run, answered, allowed, violatedWaits, refused, failedCalls, ok };
}

export async function measureKeyPools(durationMs = 1_800_000): Promise<KeyPoolResult[]> {
  const results: KeyPoolResult[] = [];
  for (const run of keyPoolRuns) results.push(await runKeyPool(run, durationMs));
  return results;
}

/** A line for each result. */
export function renderKeyPools(results: readonly KeyPoolResult[]): string {
  return results
    .map(({ run, answered, allowed, violatedWaits, refused, failedCalls, ok }) =>
      [
        ok ? 'ok  ' : 'MISS',
        run.name.padEnd(28),
        run.limit.padEnd(6),
        run.order.padEnd(10),
        `${((answered / allowed) * 100).toFixed(1)} % of ${allowed}`.padStart(16),
        `at least ${run.bar} %`,
        `${violatedWaits} waits violated`,
        `${refused} refused`.padStart(12),
        `${failedCalls} calls failed`,
      ].join('  '),
    )
    .join('\n');
}
