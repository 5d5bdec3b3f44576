/**
 * What tierfall costs, as ratios to a hand-written loop measured in the same run. `npm run bench`.
 * Exits 1 when a figure misses its bar.
 */
import { createFailover, createMemoryStore, resolveWithFallback, type Failover, type Notifier } from 'tierfall';
import { createConsoleNotifier, createTelegramNotifier } from 'tierfall/notifiers';
import { inFreshProcesses, report, type Figure } from './figures.ts';
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

/** What gives a call no reason to leave the direct path, against a failover where all is well. */
const elsewhere: Record<string, (failover: Failover) => Promise<void>> = {
  "a fallback with share: 'rests'": (failover) =>
    failover.record('default', { tier: 0, ok: false, kind: 'auth', scope: 'credential' }),
  'a shared rest of another instance': (failover) =>
    failover.record('another', { tier: 0, ok: false, kind: 'auth', scope: 'credential' }),
  'an old shared failure of a lower tier': (failover) =>
    failover.record('default', { tier: 2, ok: false, kind: 'auth', scope: 'credential' }),
  'a paused provider of another tier': (failover) => failover.pause({ provider: 'c' }, { by: 'ann', reason: 'bench' }),
};

async function besides(happen: (failover: Failover) => Promise<void>) {
  const make = () => createFailover({ chain: chains[3], store: createMemoryStore(), share: 'rests' });
  const [failover, healthy] = [make(), make()];
  const call = (it: Failover) => resolveWithFallback(it, (tier) => answers(tier.provider));
  await call(failover);
  await happen(failover);
  // So many answers that nothing is on trial any more.
  for (let each = 0; each < 200; each++) await call(failover);
  return { ours: () => call(failover), theirs: () => call(healthy) };
}

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
  ratios[`${name}, one call`] = { bar: 1.5, unit: 'x', measure: () => ratio(ours, theirs, 2000) };
  ratios[`${name}, 1,000 at once`] = { bar: 1.5, unit: 'x', measure: () => ratio(crowd(ours), crowd(theirs), 2) };
}
ratios['happy path, notifiers attached'] = {
  bar: 1.5,
  unit: 'x',
  measure: () => {
    const telegram = createTelegramNotifier({ token: '123456:a-token-for-nobody', chatId: '1' });
    const { ours, theirs } = happyPath(3, [telegram, createConsoleNotifier()]);
    return ratio(ours, theirs, 2000);
  },
};
for (const [name, happen] of Object.entries(elsewhere)) {
  ratios[name] = {
    bar: 1.3,
    unit: 'x a healthy call',
    measure: async () => {
      const { ours, theirs } = await besides(happen);
      return ratio(ours, theirs, 2000);
    },
  };
}
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
async function allocation(name: string, bar: number, run: () => Promise<unknown>): Promise<Figure> {
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
  return { name, value: samples[15]!, bar, unit: 'bytes' };
}

/** What a call that works and a stream of three chunks allocate. */
async function allocations(): Promise<Figure[]> {
  const failover = createFailover({ chain: chains[3] });
  const call = () => resolveWithFallback(failover, ({ provider }) => provider);
  return [
    await allocation('allocated per call', 1000, call),
    await allocation('allocated per stream of three chunks', 9000, streaming(streamedChunks.chat).ours),
  ];
}

async function idleInstance(): Promise<Figure> {
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
  return { name: 'an idle instance', value: bytes, bar: 1024, unit: 'bytes' };
}

/** Failovers that stay in memory after everybody has let go of them. */
async function dropped(): Promise<Figure> {
  let left = 100;
  const registry = new FinalizationRegistry(() => left--);
  const use = async (): Promise<void> => {
    const failover = createFailover({ chain: chains[3] });
    await resolveWithFallback(failover, () => 1);
    registry.register(failover, undefined);
  };
  for (let each = 0; each < 101; each++) await use();
  for (let turn = 0; turn < 20 && left > 0; turn++) await settled();
  return { name: 'failovers that stay after they are dropped', value: Math.max(0, left), bar: 0, unit: 'of 100' };
}

/** Timers started and store requests made over 10,000 calls that work. */
async function untouched(): Promise<Figure> {
  let touched = 0;
  const clock = {
    now: () => Date.now(),
    setTimeout: () => touched++,
    clearTimeout: () => undefined,
  };
  const failover = createFailover({ chain: chains[3], clock });
  for (let call = 0; call < 10_000; call++) await resolveWithFallback(failover, () => 1);
  return { name: 'timers started in 10,000 calls', value: touched, bar: 0, unit: '' };
}

const asked = process.argv[2];
if (asked === undefined) {
  const figures = Object.entries(ratios).map(([name, { bar, unit }]) => ({
    name,
    value: inFreshProcesses(import.meta.url, name),
    unit,
    ...(bar === undefined ? {} : { bar }),
  }));
  figures.push(...(await allocations()), await idleInstance(), await untouched(), await dropped());
  process.exitCode = report(figures) ? 0 : 1;
} else {
  console.log(await ratios[asked]!.measure());
}
