import { BARE, functionWays, modelWays, type FunctionWay, type ModelWay } from './tables.ts';
import { functionWaysOf, modelOf, modelWaysOf, type Way } from './ways.ts';

/**
 * Prints, as JSON, what one way takes of the heap: bytes allocated by each call, and bytes that an idle object keeps.
 * `node --expose-gc measure-memory.ts WAY`, started by `performance.ts`: a process for each, as what one leaves behind would
 * count for the next.
 */

export interface Memory {
  perCall: number[];
  perObject: number[];
}

const CALLS = 500;
const OBJECTS = 1000;

const name = process.argv[2]!;
const isFunction = functionWays.includes(name as FunctionWay);
if (name !== BARE && !isFunction && !modelWays.includes(name as ModelWay)) throw new Error(`no way is called ${name}`);
const answers = async (): Promise<string> => 'yes';
const providers = { first: answers, second: answers };
const models = [modelOf('a', answers), modelOf('b', answers)] as const;
const make = (): Way =>
  name === BARE
    ? { call: answers }
    : isFunction
      ? functionWaysOf[name as FunctionWay](providers)
      : modelWaysOf[name as ModelWay](...models);

const { gc } = globalThis as { gc?: () => void };
async function settled(): Promise<number> {
  for (let pass = 0; pass < 2; pass++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc?.();
  }
  return process.memoryUsage().heapUsed;
}

/** The heap's growth over calls too few to trigger a collection. */
async function perCall(): Promise<number[]> {
  const { call, end } = make();
  for (let warm = 0; warm < 20_000; warm++) await call();
  const samples: number[] = [];
  for (let sample = 0; sample < 15; sample++) {
    const before = await settled();
    const { heapUsed } = process.memoryUsage();
    for (let each = 0; each < CALLS; each++) await call();
    samples.push((process.memoryUsage().heapUsed - Math.min(before, heapUsed)) / CALLS);
  }
  end?.();
  return samples;
}

/** After one call each, so that what is made at the first is there. */
async function perObject(): Promise<number[]> {
  const samples: number[] = [];
  for (let sample = 0; sample < 4; sample++) {
    const before = await settled();
    const kept = Array.from({ length: OBJECTS }, make);
    for (const { call } of kept) await call();
    samples.push(((await settled()) - before) / OBJECTS);
    for (const { end } of kept) end?.();
    kept.length = 0;
  }
  // The first one also paid for what is compiled.
  return samples.slice(1);
}

console.log(JSON.stringify({ perCall: await perCall(), perObject: await perObject() } satisfies Memory));
process.exit();
