import { OPERATOR_ACCESS } from '../../../src/core/operator-access-key.js';
import type { Failover } from '../../../src/index.js';
import type { OperatorAccess } from '../../../src/ports/operator-access.js';
import { parseConfig } from '../../../src/schema/parse-config.js';

/**
 * A failover that takes a new chain while it runs, as `update` does: for the editor and its route, whichever engine is
 * behind it. Calls go on with the old one.
 */
export function updatable(
  failover: Failover,
  now: () => number,
): Failover & { update: (config: object, options: { by: string }) => Promise<void> } {
  const access = (failover as unknown as { [OPERATOR_ACCESS]: OperatorAccess })[OPERATOR_ACCESS];
  let inForce = access.config();
  const listeners = new Set<(key: string | undefined) => void>();
  const lent: OperatorAccess = {
    ...access,
    config: () => inForce,
    watch(listener) {
      const watch = access.watch(listener);
      listeners.add(listener);
      return {
        isLive: () => watch.isLive(),
        stop() {
          listeners.delete(listener);
          watch.stop();
        },
      };
    },
  };
  const update = (config: object, { by }: { by: string }): Promise<void> => {
    const { config: next } = parseConfig(config as Parameters<typeof parseConfig>[0]);
    inForce = { config: next, version: inForce.version + 1, by, at: now() };
    for (const listener of listeners) listener('config:chain');
    return Promise.resolve();
  };
  return new Proxy(failover, {
    get(target, name) {
      if (name === 'update') return update;
      if (name === OPERATOR_ACCESS) return lent;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as Failover & { update: typeof update };
}
