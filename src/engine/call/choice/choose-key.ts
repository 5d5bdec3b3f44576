import type { Tier } from '../../../core/config.js';
import type { KeyPool } from '../../pools/key-pool.js';
import type { CallState } from '../call-state.js';
import type { Choice } from './choice.js';
import { isBroken, isOpen, isUnproven } from './tier-access.js';

/**
 * The key that a call uses of a pool in which none is better. One that has yet to answer since its rest is tried by one
 * call at a time, which is no return: the others stay with the keys that work. `undefined`: no key has room.
 */
export function chooseKey<T extends Tier>(call: CallState<T>, pool: KeyPool, now: number): Choice | undefined {
  const { instance, options } = call;
  const session = options.session ?? instance.name;
  const full = new Set<number>();
  const hasRoom = (index: number) => !full.has(index) && isOpen(call, index, now) && !isBroken(call, index, now);
  for (;;) {
    const index = pool.pick(session, hasRoom);
    if (index < 0) return undefined;
    if (isUnproven(call, index)) {
      const place = instance.joinsAt(index) <= now ? instance.takeProbe(index, now) : undefined;
      // Whoever else calls meanwhile goes to another key, or to another model.
      if (place) return { index, place, isProbe: true, isCovered: true };
    } else {
      const { slowStart } = instance;
      if (slowStart?.index !== index) return { index };
      if (slowStart.isOver) {
        instance.endSlowStart();
        return { index };
      }
      const place = slowStart.enter(now);
      if (place) return { index, place };
    }
    full.add(index);
  }
}
