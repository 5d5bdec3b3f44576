import type { Tier } from '../../../core/config.js';
import type { Engine } from '../../engine.js';
import type { Context } from '../call-context.js';
import type { Call } from '../call-state.js';

/** Makes the host's call for one attempt, which is counted where a pool of keys goes by that. */
export function makeCall<T extends Tier>({ config, pools }: Engine<T>, call: Call<T>, context: Context<T>): unknown {
  const tier = config.chain[context.index]!;
  return pools ? pools.ask(call, tier, context) : call(tier, context);
}
