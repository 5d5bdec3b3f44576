/* What a run consists of: plain JSON, so that it can be printed, replayed and made smaller. */

/** Chains that an update brings. The first is the code's own. */
export const chains = [
  ['a/1', 'b/2', 'a/3'],
  ['b/2', 'a/1', 'a/3'],
  ['a/1', 'c/4', 'a/3'],
  ['a/1', 'b/2'],
] as const;
export const [chain] = chains;
export const tiers = [...new Set<string>(chains.flat())];
export const providers = ['a', 'b', 'c'] as const;
export const instances = ['ann', 'bob'] as const;
/** What a pause can be put on, as keys of the store name it. */
export const targets = ['instance:ann', 'instance:bob', 'provider:a', 'provider:b', 'all'] as const;
export type Target = (typeof targets)[number];
/** Of those, what a person resets for all instances at once. */
const sharedTargets = ['provider:a', 'provider:b', 'all'] as const;

/** How the way of one process to the store is. */
export const weathers = ['good', 'slow', 'down', 'lossy', 'late', 'frozen', 'conflicts', 'twice'] as const;
export type Weather = (typeof weathers)[number];

/** What a provider does with a request. */
export const behaviours = [
  'answers',
  'overloaded',
  'rate-limited',
  'server-error',
  'revoked',
  'no-quota',
  'no-model',
  'refuses',
  'hangs',
] as const;
export type Behaviour = (typeof behaviours)[number];

/** How a stream ends that has begun. */
export const streamEnds = ['ends', 'cut', 'breaks', 'stalls'] as const;

/** What stays the same during a run. */
export interface Setup {
  onExhausted: 'wrap' | 'pause' | 'wait' | 'throw';
  recovery: 'probe' | 'on-success';
  share: boolean;
  threshold: boolean;
  budget: 'step' | 'pause' | null;
  /** Whose budget it is. */
  scope: 'instance' | 'group' | 'failover';
  monitor: boolean;
  /** The chain is changed while calls are made. */
  updates: boolean;
  sticky: boolean;
  processes: { watches: boolean; skewMs: number }[];
}

/** One step. `salt` is what the faults during it are drawn from, so that a step that is left out changes no other. */
export type Step = { salt: number } & (
  | { do: 'advance'; ms: number }
  | {
      do: 'call';
      process: number;
      instance: string;
      count: number;
      pinned: string | null;
      session: string | null;
    }
  | {
      do: 'stream';
      process: number;
      instance: string;
      count: number;
      /** Pieces of content that come before the end. */
      chunks: number;
      end: (typeof streamEnds)[number];
      /** The reader leaves after the first piece. */
      leaves: boolean;
    }
  | { do: 'drill'; process: number; instance: string }
  | { do: 'ready'; process: number; instance: string }
  | { do: 'provider'; provider: string; behaviour: Behaviour; waitMs: number; latencyMs: number }
  | { do: 'store'; process: number; weather: Weather }
  | { do: 'crash'; process: number }
  | { do: 'jump'; process: number; ms: number }
  | { do: 'pause'; process: number; target: Target; source: 'operator' | 'health' | 'alert' }
  | { do: 'resume'; process: number; target: Target; source: 'operator' | 'health' | 'alert' }
  | { do: 'alert'; process: number; target: Target }
  | { do: 'reset'; process: number; instance: string }
  | { do: 'reset-shared'; process: number; target: (typeof sharedTargets)[number] }
  | { do: 'hold'; process: number; instance: string; tier: string; ms: number }
  | { do: 'update'; process: number; chain: number }
  | { do: 'trigger'; process: number; instance: string; tier: string; count: number }
  | {
      do: 'report';
      process: number;
      instance: string;
      tier: string;
      ok: boolean;
      ageMs: number;
      waitMs: number;
      count: number;
    }
  | { do: 'usage'; process: number; instance: string; tokens: number }
  | { do: 'startup'; process: number }
  | { do: 'heal' }
);
export type Do<K extends Step['do']> = Extract<Step, { do: K }>;

export interface Trace {
  setup: Setup;
  steps: Step[];
}

type Random = () => number;

/** The run of a seed. */
export function drawTrace(random: Random): Trace {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const chance = (share: number) => random() < share;
  const setup: Setup = {
    onExhausted: pick(['wrap', 'wrap', 'pause', 'wait', 'throw'] as const),
    recovery: pick(['probe', 'on-success'] as const),
    share: chance(0.3),
    threshold: chance(0.2),
    budget: pick([null, null, 'step', 'pause'] as const),
    scope: pick(['instance', 'instance', 'group', 'failover'] as const),
    monitor: chance(0.3),
    updates: chance(0.25),
    sticky: chance(0.2),
    processes: [0, 1].map(() => ({ watches: chance(0.5), skewMs: pick([0, 0, 0, -4000, 90_000]) })),
  };
  const process = () => pick([0, 1]);
  const where = () => ({ process: process(), instance: pick(instances) });
  const tier = () => pick(setup.updates ? tiers : chain);
  const onInstance = () => pick(['instance:ann', 'instance:bob'] as const);
  const kinds: [weight: number, draw: () => Record<string, unknown>][] = [
    [8, () => ({ do: 'advance', ms: pick([1, 40, 400, 1500, 4000, 20_000, 70_000, 400_000]) })],
    [
      9,
      () => ({
        do: 'call',
        ...where(),
        count: pick([1, 1, 1, 3]),
        pinned: chance(0.06) ? tier() : null,
        session: chance(0.3) ? pick(['one', 'two']) : null,
      }),
    ],
    [
      2,
      () => ({
        do: 'stream',
        ...where(),
        count: pick([1, 1, 2]),
        chunks: pick([0, 1, 3]),
        end: pick(streamEnds),
        leaves: chance(0.2),
      }),
    ],
    [0.4, () => ({ do: 'drill', ...where() })],
    [0.6, () => ({ do: 'ready', ...where() })],
    [
      5,
      () => ({
        do: 'provider',
        provider: pick(setup.updates ? providers : ['a', 'b']),
        behaviour: pick(chance(0.35) ? (['answers'] as const) : behaviours),
        waitMs: pick([0, 0, 2000, 30_000, 300_000]),
        latencyMs: pick([0, 0, 50, 1200, 8000]),
      }),
    ],
    [3, () => ({ do: 'store', process: process(), weather: pick(chance(0.35) ? (['good'] as const) : weathers) })],
    [1.2, () => ({ do: 'crash', process: process() })],
    [0.7, () => ({ do: 'jump', process: process(), ms: pick([-3_600_000, -5000, 5000, 3_600_000]) })],
    [1.2, () => ({ do: 'pause', process: process(), target: pick(targets), source: 'operator' })],
    [
      0.6,
      () => ({ do: 'pause', process: process(), target: onInstance(), source: pick(['health', 'alert'] as const) }),
    ],
    [1.2, () => ({ do: 'resume', process: process(), target: pick(targets), source: 'operator' })],
    [
      0.8,
      () => ({ do: 'resume', process: process(), target: onInstance(), source: pick(['health', 'alert'] as const) }),
    ],
    [setup.monitor ? 0.6 : 0, () => ({ do: 'alert', process: process(), target: pick(targets) })],
    [0.5, () => ({ do: 'reset', ...where() })],
    [0.3, () => ({ do: 'reset-shared', process: process(), target: pick(sharedTargets) })],
    [0.5, () => ({ do: 'hold', ...where(), tier: tier(), ms: pick([5000, 60_000]) })],
    [setup.updates ? 1.5 : 0, () => ({ do: 'update', process: process(), chain: pick([0, 1, 2, 3]) })],
    [0.8, () => ({ do: 'trigger', ...where(), tier: tier(), count: pick([1, 2, 5]) })],
    [
      2,
      () => ({
        do: 'report',
        ...where(),
        tier: tier(),
        ok: chance(0.3),
        ageMs: pick([0, 500, 5000, 60_000]),
        waitMs: pick([0, 0, 5000, 120_000]),
        count: pick([1, 1, 2]),
      }),
    ],
    [setup.budget ? 2 : 0, () => ({ do: 'usage', ...where(), tokens: pick([10, 120, 400]) })],
    [0.6, () => ({ do: 'startup', process: process() })],
    [0.5, () => ({ do: 'heal' })],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);
  const draw = (): Step => {
    let left = random() * total;
    const [, make] = kinds.find(([weight]) => (left -= weight) < 0) ?? kinds[0]!;
    return { ...make(), salt: Math.floor(random() * 2 ** 31) } as Step;
  };
  const steps = Array.from({ length: 15 + Math.floor(random() * 45) }, draw);
  return { setup, steps: [...steps, { do: 'heal', salt: 0 }] };
}
