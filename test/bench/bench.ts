/**
 * What tierfall costs, as ratios to a hand-written loop measured in the same run. `npm run bench`.
 * Exits 1 when a figure misses its bar.
 */
import { createFailover, resolveWithFallback, type CallOptions, type Notifier } from 'tierfall';
import { createHealthMonitor } from 'tierfall/health';
import { createConsoleNotifier, createTelegramNotifier } from 'tierfall/notifiers';
import { inFreshProcesses, report } from './figures.ts';
import { answers, answersFromAfar, answersWithBody, loop, ratio, timedLoop, type Call } from './happy-path.ts';

const chains = { 1: ['a/1'], 3: ['a/1', 'b/2', 'c/3'] } as const;

const crowd = (one: () => Promise<unknown>) => () => Promise.all(Array.from({ length: 1000 }, one));

/** An error as an SDK makes it: a class, a status, headers, a stack. */
class ApiError extends Error {
  readonly status = 429;
  readonly headers = new Headers({ 'retry-after': '3600' });
}

const failsFirst: Call = async (tier) => {
  await Promise.resolve();
  if (tier === 'a/1') throw new ApiError('Too Many Requests');
  return tier;
};

function happyPath(tiers: 1 | 3, notifiers: readonly Notifier[] = [], provider: Call = answers) {
  const failover = createFailover({ chain: chains[tiers], notifiers });
  return {
    ours: () => resolveWithFallback(failover, (tier) => provider(tier.provider)),
    theirs: () => loop(failover.chain, (tier) => provider(tier.provider)),
    timed: () => timedLoop(failover.chain, (tier) => provider(tier.provider)),
  };
}

async function skipping() {
  const failover = createFailover({ chain: chains[3] });
  await failover.record('default', { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: 3_600_000 });
  return {
    ours: () => resolveWithFallback(failover, ({ provider, model }) => failsFirst(`${provider}/${model}`)),
    theirs: () => loop(chains[3], failsFirst),
  };
}

/** A failover in one situation, and how it is called. */
interface Situation {
  bar: number;
  /** What the first edition needed, measured when the bar was set. */
  before: number;
  /** The most it may allocate, in bytes, where there is a bar for that. */
  bytes?: number;
  make: () => Promise<{ failover: ReturnType<typeof three>; options?: CallOptions }>;
}

const three = () => createFailover({ chain: chains[3] });
const shared = () => createFailover({ chain: chains[3], share: 'rests' });
const hour = 3_600_000;
const limited = { tier: 0, ok: false, kind: 'rate_limit', retryAfterMs: hour } as const;
/** Compared with the loop that tells durations. */
const situations: Record<string, Situation> = {
  "a fallback, `share: 'rests'`": {
    bar: 1.3,
    bytes: 1024,
    before: 17,
    make: async () => {
      const failover = shared();
      await failover.record('default', limited);
      return { failover };
    },
  },
  'an old shared failure of a lower tier': {
    bar: 1.3,
    bytes: 1024,
    before: 12,
    make: async () => {
      const failover = shared();
      await failover.run(() => 1);
      await failover.record('other', { ...limited, tier: 2, scope: 'credential' });
      return { failover };
    },
  },
  'a paused provider of another tier': {
    bar: 1.3,
    bytes: 1024,
    before: 9,
    make: async () => {
      const failover = three();
      await failover.pause({ provider: 'c' }, { by: 'bench', reason: 'bench' });
      return { failover };
    },
  },
  'a call with a signal': {
    bar: 5,
    before: 9.7,
    make: async () => ({ failover: three(), options: { signal: new AbortController().signal } }),
  },
  'a call with a deadlineMs': {
    bar: 6,
    before: 15,
    make: async () => ({ failover: three(), options: { deadlineMs: 60_000 } }),
  },
  'a policy with an attemptTimeoutMs': {
    bar: 5,
    before: 12,
    make: async () => ({ failover: createFailover({ chain: chains[3], policy: { attemptTimeoutMs: 60_000 } }) }),
  },
  'a ramp with its places taken': {
    bar: 4,
    before: 8,
    make: async () => {
      let offsetMs = 0;
      const clock = { now: () => Date.now() + offsetMs };
      const failover = createFailover({ chain: chains[3], clock });
      const down = { ...limited, kind: 'overloaded', retryAfterMs: 1000 } as const;
      await failover.record('default', down);
      offsetMs = 2000;
      await failover.run(() => 1);
      // Four calls that never end hold the places of a return that has just begun.
      for (let place = 0; place < 4; place++) void failover.run(() => new Promise(() => undefined));
      return { failover };
    },
  },
};

/** Ratios of time, by name. */
const ratios: Record<string, { bar?: number; unit: string; measure: () => Promise<number> }> = {
  'the loop, reading the clock twice': {
    unit: 'x',
    measure: () => {
      const theirs = () => loop(chains[1], answers);
      return ratio(() => timedLoop(chains[1], answers), theirs, 2000);
    },
  },
  'one call, a request and its body': {
    unit: 'x',
    measure: () => {
      const { ours, theirs } = happyPath(1, [], answersWithBody);
      return ratio(ours, theirs, 2000);
    },
  },
  'one call, through the event loop': {
    unit: 'x',
    measure: () => {
      const { ours, theirs } = happyPath(1, [], answersFromAfar);
      return ratio(ours, theirs, 2000);
    },
  },
};
for (const tiers of [1, 3] as const) {
  const name = `happy path, ${tiers} tier(s)`;
  const { ours, theirs } = happyPath(tiers);
  ratios[`${name}, one call`] = { unit: 'x', measure: () => ratio(ours, theirs, 2000) };
  ratios[`${name}, 1,000 at once`] = { bar: 1.5, unit: 'x', measure: () => ratio(crowd(ours), crowd(theirs), 2) };
}
for (const tiers of [1, 3] as const) {
  ratios[`happy path, ${tiers} tier(s), beside the loop that tells durations`] = {
    bar: 1.15,
    unit: 'x',
    measure: () => {
      const { ours, timed } = happyPath(tiers);
      return ratio(ours, timed, 2000);
    },
  };
}
ratios['one call, through the event loop, beside the loop that tells durations'] = {
  bar: 1.2,
  unit: 'x',
  measure: () => {
    const { ours, timed } = happyPath(1, [], answersFromAfar);
    return ratio(ours, timed, 2000);
  },
};
for (const [name, { bar, before, make }] of Object.entries(situations)) {
  ratios[name] = {
    bar,
    unit: `x the loop that tells durations (before: ${before})`,
    measure: async () => {
      const { failover, options } = await make();
      const ours = () => resolveWithFallback(failover, ({ provider }) => answers(provider), options);
      return ratio(ours, () => timedLoop(failover.chain, ({ provider }) => answers(provider)), 1000);
    },
  };
}
ratios['happy path, notifiers attached, beside the loop that tells durations'] = {
  bar: 1.15,
  unit: 'x',
  measure: () => {
    const telegram = createTelegramNotifier({ token: '123456:a-token-for-nobody', chatId: '1' });
    const { ours, timed } = happyPath(3, [telegram, createConsoleNotifier()]);
    return ratio(ours, timed, 2000);
  },
};
ratios['happy path, a monitor and a budget attached, beside the loop that tells durations'] = {
  bar: 1.15,
  unit: 'x',
  measure: () => {
    const failover = createFailover({
      chain: chains[3],
      policy: { tokenBudget: { limit: 1_000_000, windowMs: hour } },
    });
    createHealthMonitor(failover);
    return ratio(
      () => resolveWithFallback(failover, (tier) => answers(tier.provider)),
      () => timedLoop(failover.chain, (tier) => answers(tier.provider)),
      2000,
    );
  },
};
ratios['a tier at rest, skipped by asking'] = {
  bar: 0.08,
  unit: 'x the loop that fails first',
  measure: async () => {
    const { ours, theirs } = await skipping();
    return ratio(ours, theirs, 500);
  },
};

/** Three chunks as a generator of a host's gives them, and as the SDK of OpenAI does. */
const chatChunk = (delta: object, reason: string | null) => ({
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: reason }],
});
const streamedChunks = {
  text: ['a', 'b', 'c'],
  chat: [
    chatChunk({ role: 'assistant', content: '' }, null),
    chatChunk({ content: 'hello' }, null),
    chatChunk({}, 'stop'),
  ],
};

function streaming(chunks: readonly unknown[]) {
  const failover = createFailover({ chain: chains[3] });
  async function* generator() {
    yield chunks[0];
    yield chunks[1];
    yield chunks[2];
  }
  const read = async (stream: AsyncIterable<unknown>): Promise<void> => {
    for await (const chunk of stream) void chunk;
  };
  return {
    ours: async () => read((await resolveWithFallback(failover, () => generator())).value),
    theirs: () => read(generator()),
  };
}
for (const [name, chunks] of Object.entries(streamedChunks)) {
  ratios[`a stream of three chunks, ${name}`] = {
    // Reading the chunks of a known format is told beside it.
    ...(name === 'text' ? { bar: 5 } : {}),
    unit: 'x the raw generator',
    measure: () => {
      const { ours, theirs } = streaming(chunks);
      return ratio(ours, theirs, 1000);
    },
  };
}

const settled = async () => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  (globalThis as { gc?: () => void }).gc?.();
  await new Promise((resolve) => setTimeout(resolve, 20));
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
};

/** Bytes allocated per call: the heap's growth over calls too few to trigger a collection. */
async function allocation(run: () => Promise<unknown>): Promise<number> {
  for (let warm = 0; warm < 50_000; warm++) await run();
  const calls = 500;
  const samples: number[] = [];
  for (let sample = 0; sample < 30; sample++) {
    await settled();
    const before = process.memoryUsage().heapUsed;
    for (let call = 0; call < calls; call++) await run();
    samples.push((process.memoryUsage().heapUsed - before) / calls);
  }
  samples.sort((one, other) => one - other);
  return samples[15]!;
}

/** What it takes to make a failover. */
async function makingOne(): Promise<number> {
  for (let warm = 0; warm < 500; warm++) three();
  let micros = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 30; round++) {
    const start = process.hrtime.bigint();
    for (let each = 0; each < 200; each++) three();
    micros = Math.min(micros, Number(process.hrtime.bigint() - start) / 200 / 1000);
  }
  return micros;
}

/** What it takes to keep one that has not made a call. */
async function idleFailover(): Promise<number> {
  for (let warm = 0; warm < 500; warm++) three();
  const before = await settled();
  const kept = Array.from({ length: 2000 }, three);
  return ((await settled()) - before) / kept.length;
}

async function idleInstance(): Promise<number> {
  const failover = createFailover({ chain: chains[3] });
  const count = 5000;
  await resolveWithFallback(failover, () => 1);
  const before = await settled();
  for (let instance = 0; instance < count; instance++) {
    await resolveWithFallback(failover, () => 1, { instance: `agent-${instance}` });
  }
  const after = await settled();
  const bytes = (after - before) / count;
  await failover.close();
  return bytes;
}

/** Failovers that stay in memory after everybody has let go of them. */
async function dropped(): Promise<number> {
  let left = 100;
  const registry = new FinalizationRegistry(() => left--);
  const use = async (): Promise<void> => {
    const failover = createFailover({ chain: chains[3] });
    await resolveWithFallback(failover, () => 1);
    registry.register(failover, undefined);
  };
  for (let each = 0; each < 101; each++) await use();
  for (let turn = 0; turn < 20 && left > 0; turn++) await settled();
  return Math.max(0, left);
}

/** Timers started over 10,000 calls that work. */
async function timersStarted(): Promise<number> {
  let touched = 0;
  const clock = {
    now: () => Date.now(),
    setTimeout: () => touched++,
    clearTimeout: () => undefined,
  };
  const failover = createFailover({ chain: chains[3], clock });
  for (let call = 0; call < 10_000; call++) await resolveWithFallback(failover, () => 1);
  return touched;
}

/** Bytes and counts, by name: each in a process of its own, too, or it would measure what the one before it left behind. */
const sizes: Record<string, { bar: number; unit: string; measure: () => Promise<number> }> = {};
for (const [name, { bytes, make }] of Object.entries(situations)) {
  if (bytes === undefined) continue;
  sizes[`allocated per call: ${name}`] = {
    bar: bytes,
    unit: 'bytes',
    measure: async () => {
      const { failover } = await make();
      return allocation(() => resolveWithFallback(failover, ({ provider }) => provider));
    },
  };
}
sizes['allocated per call'] = {
  bar: 1000,
  unit: 'bytes',
  measure: async () => {
    const failover = three();
    return allocation(() => resolveWithFallback(failover, ({ provider }) => provider));
  },
};
sizes['allocated per stream of three chunks'] = {
  bar: 9000,
  unit: 'bytes',
  measure: () => allocation(streaming(streamedChunks.chat).ours),
};
sizes['an idle failover, chain of three (before: 10,000)'] = { bar: 5120, unit: 'bytes', measure: idleFailover };
sizes['making it (before: 55)'] = { bar: 30, unit: 'microseconds', measure: makingOne };
sizes['an idle instance'] = { bar: 1024, unit: 'bytes', measure: idleInstance };
sizes['timers started in 10,000 calls'] = { bar: 0, unit: '', measure: timersStarted };
sizes['failovers that stay after they are dropped'] = { bar: 0, unit: 'of 100', measure: dropped };

const measured = { ...ratios, ...sizes };
const asked = process.argv[2];
if (asked === undefined) {
  const figures = Object.entries(measured).map(([name, { bar, unit }]) => ({
    name,
    value: inFreshProcesses(import.meta.url, name, name in ratios ? 9 : 3),
    unit,
    ...(bar === undefined ? {} : { bar }),
  }));
  process.exitCode = report(figures) ? 0 : 1;
} else {
  console.log(await measured[asked]!.measure());
}
