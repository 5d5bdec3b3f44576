/** Runs a callback of the host: what it throws, or rejects with later, goes no further. */
export function contain(action: () => unknown): void {
  void (async () => action())().catch(() => undefined);
}
