import type { Tier } from '../../../core/config.js';
import type { Engine } from '../../engine.js';
import { askForTrial } from '../../instance/ask-for-trial.js';
import type { Instance } from '../../instance/instance.js';

/**
 * Before a call that may be a trial for the whole fleet: asks for the lease of that, at a tier or through a health
 * monitor's pause, and lets the call wait for the answer as long as it may wait for the store. `undefined`: there is
 * nothing to ask.
 */
export function prepareTrial<T extends Tier>(engine: Engine<T>, instance: Instance): Promise<unknown> | undefined {
  const tier = askForTrial(engine, instance);
  const { admissions } = engine.monitoring;
  const canary = admissions.isOpen ? admissions.prepare() : undefined;
  const answers = [tier, canary].filter((answer) => answer !== undefined);
  return answers.length > 0 ? Promise.all(answers.map((answer) => engine.waitForStore(answer))) : undefined;
}
