/**
 * What `make` gives, made when it is first asked for and kept: for tables that take a while to build and that a process
 * in which nothing fails never needs. `make` must be pure, so that nobody can tell when it ran.
 */
export function once<V extends object>(make: () => V): () => V {
  let made: V | undefined;
  return () => (made ??= make());
}
