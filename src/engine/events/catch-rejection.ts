/**
 * For what a host's callback returned where nobody waits for it: one that is asynchronous may reject, and that must not
 * become an unhandled rejection. Works for promises of any realm and for other thenables. Never throws.
 */
export function catchRejection(returned: unknown, onRejection?: (reason: unknown) => void): void {
  if ((typeof returned !== 'object' && typeof returned !== 'function') || returned === null) return;
  try {
    const { then } = returned as { then?: unknown };
    if (typeof then === 'function') then.call(returned, undefined, onRejection ?? (() => undefined));
  } catch (error) {
    onRejection?.(error);
  }
}
