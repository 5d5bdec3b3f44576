import { context as contexts, createContextKey } from '@opentelemetry/api';

/** Keeps track of the current operation across asynchronous work. */
export interface Active<O> {
  run<V>(operation: O, work: () => V): V;
  get(): O | undefined;
}

/**
 * Uses the runtime's own `AsyncLocalStorage` where there is one (Node, Bun, Deno, workerd with `nodejs_compat`),
 * because a host that only wants metrics registers no context manager. Elsewhere it uses OpenTelemetry's context.
 */
export function createActive<O>(): Active<O> {
  const { process } = globalThis;
  const hooks = process?.getBuiltinModule?.('node:async_hooks');
  if (hooks) {
    const storage = new hooks.AsyncLocalStorage<O>();
    return { run: (operation, work) => storage.run(operation, work), get: () => storage.getStore() };
  }
  const key = createContextKey('tierfall operation');
  return {
    run: (operation, work) => contexts.with(contexts.active().setValue(key, operation), work),
    get: () => contexts.active().getValue(key) as O | undefined,
  };
}
