/**
 * Stands for src/core/once.ts while mutants run. What is kept there for the life of the process is made again for each
 * mutant, and in the first run, which finds out what each test reaches, in each test: so every test which uses a table
 * is seen to use it, not just the first.
 */
export function once<V extends object>(make: () => V): () => V {
  const running = globalThis as { tierfallLife?: object };
  let made: V | undefined;
  let madeIn: object | undefined;
  return () => {
    if (made === undefined || madeIn !== running.tierfallLife) {
      made = make();
      madeIn = running.tierfallLife;
    }
    return made;
  };
}
