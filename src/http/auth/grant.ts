/** What somebody may do: see, act, change the chain. */
export type Permission = 'read' | 'operate' | 'configure';

/** Who asks, and what they may do. */
export interface Grant {
  /** Name of the person or machine, for the ledger: 1 to 200 characters. */
  readonly actor: string;
  /** What they may do; an empty list: nothing. */
  readonly can: readonly Permission[];
}

/** Decides who asks. `null`: nobody it knows. */
export type Authorize = (request: Request) => Grant | null | Promise<Grant | null>;

export const permissions: readonly Permission[] = ['read', 'operate', 'configure'];
const LONGEST_ACTOR = 200;

/** What a host's `authorize` gave, checked: it may be of any shape. Words that are no permission mean nothing. */
export function readGrant(input: unknown): Grant | null {
  if (typeof input !== 'object' || input === null) return null;
  const { actor, can }: { actor?: unknown; can?: unknown } = input;
  if (typeof actor !== 'string' || actor.trim() === '') return null;
  // A text is no list: `'read operate'.includes('read')` would be true.
  const words: unknown[] = Array.isArray(can) ? can : [];
  return { actor: actor.slice(0, LONGEST_ACTOR), can: permissions.filter((each) => words.includes(each)) };
}
