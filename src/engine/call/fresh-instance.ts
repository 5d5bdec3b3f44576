import type { Tier } from '../../core/config.js';
import type { Engine } from '../engine.js';
import type { Instance } from '../instance/instance.js';

/**
 * The instance of a name in the chain in force, read from the store where it is not fresh. What is read may change the
 * chain, and of the new one nothing is known yet: then that is read, too. Throws once the failover is closed.
 */
export async function freshInstance<T extends Tier>(
  begun: Engine<T>,
  name: string,
): Promise<{ engine: Engine<T>; instance: Instance }> {
  for (;;) {
    const engine = begun.latest;
    const instance = engine.instance(name);
    if (!engine.isStale(instance)) return { engine, instance };
    await engine.refresh(instance);
    // Read again it may be another object: it may have been dropped meanwhile.
    if (!engine.isPast) return { engine, instance: engine.instance(name) };
  }
}
