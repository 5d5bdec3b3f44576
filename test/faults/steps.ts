/* What a run consists of: plain JSON, so that it can be printed, replayed and made smaller. */

export const chain = ['a/1', 'b/2', 'a/3'] as const;
export const providers = ['a', 'b'] as const;
export const instances = ['ann', 'bob'] as const;

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

/** What stays the same during a run. */
export interface Setup {
  onExhausted: 'wrap' | 'pause' | 'wait' | 'throw';
  recovery: 'probe' | 'on-success';
  share: boolean;
  threshold: boolean;
  budget: 'step' | 'pause' | null;
  monitor: boolean;
  processes: { watches: boolean; skewMs: number }[];
}

/** One step. `salt` is what the faults during it are drawn from, so that a step that is left out changes no other. */
export type Step = { salt: number } & (
  | { do: 'advance'; ms: number }
  | { do: 'call'; process: number; instance: string; count: number; pinned: number | null }
  | { do: 'provider'; provider: string; behaviour: Behaviour; waitMs: number; latencyMs: number }
  | { do: 'store'; process: number; weather: Weather }
  | { do: 'crash'; process: number }
  | { do: 'jump'; process: number; ms: number }
  | { do: 'pause'; process: number; instance: string; source: 'operator' | 'health' | 'alert' }
  | { do: 'resume'; process: number; instance: string; source: 'operator' | 'health' | 'alert' }
  | { do: 'reset'; process: number; instance: string }
  | { do: 'hold'; process: number; instance: string; tier: number; ms: number }
  | { do: 'trigger'; process: number; instance: string; tier: number; count: number }
  | {
      do: 'report';
      process: number;
      instance: string;
      tier: number;
      ok: boolean;
      ageMs: number;
      waitMs: number;
      count: number;
    }
  | { do: 'usage'; process: number; instance: string; tokens: number }
  | { do: 'startup'; process: number }
  | { do: 'heal' }
);

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
    monitor: chance(0.3),
    processes: [0, 1].map(() => ({ watches: chance(0.5), skewMs: pick([0, 0, 0, -4000, 90_000]) })),
  };
  const where = () => ({ process: pick([0, 1]), instance: pick(instances) });
  const kinds: [weight: number, draw: () => Record<string, unknown>][] = [
    [8, () => ({ do: 'advance', ms: pick([1, 40, 400, 1500, 4000, 20_000, 70_000, 400_000]) })],
    [9, () => ({ do: 'call', ...where(), count: pick([1, 1, 1, 3]), pinned: chance(0.06) ? pick([0, 1, 2]) : null })],
    [
      5,
      () => ({
        do: 'provider',
        provider: pick(providers),
        behaviour: pick(chance(0.35) ? (['answers'] as const) : behaviours),
        waitMs: pick([0, 0, 2000, 30_000, 300_000]),
        latencyMs: pick([0, 0, 50, 1200, 8000]),
      }),
    ],
    [3, () => ({ do: 'store', process: pick([0, 1]), weather: pick(chance(0.35) ? (['good'] as const) : weathers) })],
    [1.2, () => ({ do: 'crash', process: pick([0, 1]) })],
    [0.7, () => ({ do: 'jump', process: pick([0, 1]), ms: pick([-3_600_000, -5000, 5000, 3_600_000]) })],
    [1.6, () => ({ do: 'pause', ...where(), source: pick(['operator', 'operator', 'health', 'alert'] as const) })],
    [1.6, () => ({ do: 'resume', ...where(), source: pick(['operator', 'health', 'health', 'alert'] as const) })],
    [0.5, () => ({ do: 'reset', ...where() })],
    [0.5, () => ({ do: 'hold', ...where(), tier: pick([0, 1, 2]), ms: pick([5000, 60_000]) })],
    [0.8, () => ({ do: 'trigger', ...where(), tier: pick([0, 1, 2]), count: pick([1, 2, 5]) })],
    [
      2,
      () => ({
        do: 'report',
        ...where(),
        tier: pick([0, 1, 2]),
        ok: chance(0.3),
        ageMs: pick([0, 500, 5000, 60_000]),
        waitMs: pick([0, 0, 5000, 120_000]),
        count: pick([1, 1, 2]),
      }),
    ],
    [setup.budget ? 2 : 0, () => ({ do: 'usage', ...where(), tokens: pick([10, 120, 400]) })],
    [0.6, () => ({ do: 'startup', process: pick([0, 1]) })],
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
