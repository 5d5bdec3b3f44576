/**
 * Runs code of the host (a callback, a logger, a notifier). What it throws, or rejects with later, goes to `onFailure`
 * and no further: it must not reach the path of a call, and never becomes an unhandled rejection.
 */
export function contain<T>(run: () => T, onFailure: (error: unknown) => void = ignore): T | undefined {
  try {
    const result = run();
    // By shape: a promise may come from another realm, or be a thenable of some library.
    if (isThenable(result)) {
      Promise.resolve(result).catch((error: unknown) => {
        // What `onFailure` returns is dropped here: it may be a promise that rejects as well.
        onFailure(error);
      });
    }
    return result;
  } catch (error) {
    onFailure(error);
    return undefined;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function ignore(): void {
  // There is no one left to report it to.
}
