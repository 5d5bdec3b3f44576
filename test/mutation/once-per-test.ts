/**
 * Stands for src/core/once.ts while mutants run. What is kept there for the life of the process is made again in each
 * test here, so that every test which uses a table is seen to use it, not just the first.
 */
export function once<V extends object>(make: () => V): () => V {
  const running = globalThis as { tierfallTest?: object };
  let made: V | undefined;
  let madeIn: object | undefined;
  return () => {
    if (made === undefined || madeIn !== running.tierfallTest) {
      made = make();
      madeIn = running.tierfallTest;
    }
    return made;
  };
}
