import { BrokenRule } from './broken-rule.ts';
import type { Library } from './library.ts';
import { drawTrace, type Step, type Trace } from './steps.ts';
import { World } from './world.ts';

/** How a run failed. */
export interface Failure {
  rule: string;
  message: string;
  /** The steps that were taken, the failing one last. */
  steps: Step[];
}

/** Plays a trace; `undefined`: no rule was broken. */
export async function play(library: Library, { setup, steps }: Trace): Promise<Failure | undefined> {
  const world = new World(library, setup);
  try {
    for (const [at, step] of steps.entries()) {
      try {
        await world.take(step);
      } catch (error) {
        const rule = error instanceof BrokenRule ? error.rule : 'nothing throws';
        const message =
          error instanceof Error ? (error instanceof BrokenRule ? error.message : `${error.stack}`) : String(error);
        return { rule, message, steps: steps.slice(0, at + 1) };
      }
    }
    return undefined;
  } finally {
    world.close();
  }
}

export function traceOf(library: Library, seed: number): Trace {
  return drawTrace(library.createSeededRandom(seed));
}

/** Leaves out steps, many and then single ones, as long as the same rule is broken. */
export async function shrink(
  library: Library,
  trace: Trace,
  failure: Failure,
): Promise<{ trace: Trace; failure: Failure }> {
  let best = failure;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.steps.length; ) {
      const steps = [...best.steps.slice(0, at), ...best.steps.slice(at + size)];
      const found = await play(library, { ...trace, steps });
      if (found?.rule === failure.rule) best = found;
      else at += size;
    }
  }
  return { trace: { setup: trace.setup, steps: best.steps }, failure: best };
}
