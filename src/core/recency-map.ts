interface Node<V> {
  readonly key: string;
  value: V;
  older: Node<V> | undefined;
  newer: Node<V> | undefined;
}

/** A map that knows which key was set longest ago. */
export interface RecencyMap<V> {
  readonly size: number;
  get(key: string): V | undefined;
  /** Sets a key and makes it the newest. */
  set(key: string, value: V): void;
  delete(key: string): void;
  /** The key that was set longest ago. */
  oldest(): { readonly key: string; readonly value: V } | undefined;
  /** All entries, oldest first. */
  [Symbol.iterator](): Iterator<readonly [key: string, value: V]>;
}

/**
 * A plain `Map` keeps the same order, but deleting its first keys leaves gaps in the engine's table. Each look at the
 * first key then walks over all of them, so that evicting one entry at a time costs quadratic time.
 */
export function createRecencyMap<V>(): RecencyMap<V> {
  const nodes = new Map<string, Node<V>>();
  let oldest: Node<V> | undefined;
  let newest: Node<V> | undefined;

  const unlink = (node: Node<V>): void => {
    if (node.older === undefined) oldest = node.newer;
    else node.older.newer = node.newer;
    if (node.newer === undefined) newest = node.older;
    else node.newer.older = node.older;
  };

  return {
    get size() {
      return nodes.size;
    },
    get: (key) => nodes.get(key)?.value,
    set(key, value) {
      const known = nodes.get(key);
      if (known !== undefined) unlink(known);
      const node: Node<V> = known ?? { key, value, older: undefined, newer: undefined };
      node.value = value;
      node.older = newest;
      node.newer = undefined;
      if (newest === undefined) oldest = node;
      else newest.newer = node;
      newest = node;
      if (known === undefined) nodes.set(key, node);
    },
    delete(key) {
      const node = nodes.get(key);
      if (node === undefined) return;
      unlink(node);
      nodes.delete(key);
    },
    oldest: () => oldest,
    *[Symbol.iterator]() {
      for (let node = oldest; node !== undefined; node = node.newer) yield [node.key, node.value] as const;
    },
  };
}
