import { failingWays, functionWays } from './tables.ts';
import { failures, functionWaysOf, modelOf, modelWaysOf, type Way } from './ways.ts';

/**
 * Times every way of one case in turns, and prints for each, as JSON, the time of its calls as ratios to the bare call,
 * one a round, and how often it asked the first provider. `node measure-times.ts CASE`, started by `performance.ts`.
 */

export type Case = 'works' | 'works, from afar' | 'first failure' | 'known failure';
export interface Measured {
  /** Time of a call, as a ratio to the floor's in the same round. */
  ratios: number[];
  /** Requests to the first provider, per call. */
  asked: number;
}

const ROUNDS = 10;
const BURSTS = 5;
const WARM_MS = 150;
const BURST_MS = 4;
/** Of those that are made anew for each call. */
const FRESH_CALLS = 40;

let asked = 0;
const answers = async (): Promise<string> => {
  await Promise.resolve();
  return 'yes';
};
const answersFromAfar = (): Promise<string> => new Promise((resolve) => setImmediate(resolve, 'yes'));

function counted(call: () => Promise<string>): () => Promise<string> {
  return () => {
    asked += 1;
    return call();
  };
}

interface Contest {
  floor: () => Way;
  ways: Record<string, () => Way>;
  /** A new object for each call: what it does is done once in its life. */
  isFresh: boolean;
  /** Called once before it is measured: it knows by then that the first provider fails. */
  isKnown: boolean;
}

function contestOf(name: string): Contest {
  const isModel = name.startsWith('model: ');
  const kind = name.replace(/^model: /u, '') as Case;
  const isDown = kind === 'first failure' || kind === 'known failure';
  const far = kind === 'works, from afar';
  const second = far ? answersFromAfar : answers;
  const fail = async (): Promise<string> => {
    await Promise.resolve();
    throw isModel ? failures.model() : failures.function();
  };
  const first = counted(isDown ? fail : second);
  // The bare calls: of the provider that answers, after that of the one that fails where every way has to make it.
  const bare = async (call: () => Promise<unknown>, other: () => Promise<unknown>): Promise<unknown> => {
    if (kind === 'known failure') return other();
    if (kind !== 'first failure') return call();
    try {
      return await call();
    } catch {
      return other();
    }
  };
  const rules = { isFresh: kind === 'first failure', isKnown: kind === 'known failure' };
  if (!isModel) {
    const providers = { first, second };
    return {
      ...rules,
      floor: () => ({ call: () => bare(first, second) }),
      ways: Object.fromEntries(
        (isDown ? failingWays : functionWays).map((way) => [way, () => functionWaysOf[way](providers)]),
      ),
    };
  }
  const [one, other] = [modelOf('a', first), modelOf('b', second)];
  return {
    ...rules,
    floor: () => ({
      call: () =>
        bare(
          () => one.doGenerate({}),
          () => other.doGenerate({}),
        ),
    }),
    ways: Object.fromEntries(Object.entries(modelWaysOf).map(([way, make]) => [way, () => make(one, other)])),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** One way of calling, and how to time a burst of calls. */
interface Runner {
  burst: () => Promise<number>;
  end: () => void;
}

async function runnerOf(make: () => Way, isFresh: boolean, isKnown: boolean): Promise<Runner> {
  if (isFresh) {
    return {
      async burst() {
        const all = Array.from({ length: FRESH_CALLS }, make);
        const start = process.hrtime.bigint();
        for (const { call } of all) await call();
        // What goes on behind the answer counts.
        await turn();
        const nanoseconds = Number(process.hrtime.bigint() - start);
        for (const { end } of all) end?.();
        await turn();
        return nanoseconds / FRESH_CALLS;
      },
      end: () => undefined,
    };
  }
  const way = make();
  if (isKnown) await way.call();
  await turn();
  const time = async (calls: number): Promise<number> => {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) await way.call();
    await turn();
    return Number(process.hrtime.bigint() - start) / calls;
  };
  await time(2000);
  const calls = Math.max(20, Math.ceil((BURST_MS * 1e6) / (await time(200))));
  return { burst: () => time(calls), end: () => way.end?.() };
}

async function measure(name: string): Promise<Record<string, Measured>> {
  const { floor, ways, isFresh, isKnown } = contestOf(name);
  const runners = new Map<string, Runner>();
  for (const [way, make] of Object.entries({ floor, ...ways })) {
    runners.set(way, await runnerOf(make, isFresh, isKnown && way !== 'floor'));
  }
  // Twice over, so that no way is compiled for itself alone.
  for (let pass = 0; pass < 2; pass++) {
    for (const { burst } of runners.values()) {
      for (const until = Date.now() + WARM_MS / 2; Date.now() < until; ) await burst();
    }
  }
  const ratios = new Map<string, number[]>([...runners.keys()].map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round++) {
    const best = new Map<string, number>();
    for (let turnOf = 0; turnOf < BURSTS; turnOf++) {
      for (const [way, { burst }] of runners) {
        best.set(way, Math.min(best.get(way) ?? Number.POSITIVE_INFINITY, await burst()));
      }
    }
    for (const [way, values] of ratios) values.push(best.get(way)! / best.get('floor')!);
  }
  const result: Record<string, Measured> = {};
  for (const way of Object.keys(ways))
    result[way] = { ratios: ratios.get(way)!, asked: await askedBy(ways[way]!, isKnown) };
  for (const { end } of runners.values()) end();
  return result;
}

/** Requests to the first provider in a hundred calls of one object. */
async function askedBy(make: () => Way, isKnown: boolean): Promise<number> {
  const way = make();
  if (isKnown) await way.call();
  asked = 0;
  for (let call = 0; call < 100; call++) await way.call();
  way.end?.();
  return asked / 100;
}

console.log(JSON.stringify(await measure(process.argv[2]!)));
process.exit();
