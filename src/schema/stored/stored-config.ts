import * as z from 'zod/mini';
import type { Tier } from '../../core/config.js';
import { StoreError } from '../../core/errors.js';

/** The fields of a tier that are stored and shown. Any other one is the host's, and stays in its process. */
export const storedTierFields = ['provider', 'model', 'credential', 'contextTokens', 'order'] as const;

/** A tier as it is stored and shown. */
export type StoredTier = Readonly<Record<string, unknown>>;

const stored = z.object({
  schema: z.literal(1),
  version: z.number().check(z.positive()),
  by: z.string(),
  at: z.number(),
  chain: z.array(z.record(z.string(), z.unknown())),
  policy: z.record(z.string(), z.unknown()),
  replaced: z.array(z.string()),
});

/** A configuration that was given to all processes of a store. */
export type StoredConfig = {
  schema: 1;
  /** Grows by one with each update. */
  version: number;
  /** Who made the update. */
  by: string;
  /** When, epoch milliseconds. */
  at: number;
  chain: StoredTier[];
  /** As it was written: what it leaves out has its default. */
  policy: Record<string, unknown>;
  /** Fingerprints of the configurations in code that it has taken the place of. None: nobody has served it yet. */
  replaced: string[];
};

/** Reads a stored configuration. Whether its chain is one is for `parseConfig` to say. @throws {StoreError} */
export function parseStoredConfig(input: unknown, key: string): StoredConfig {
  const parsed = stored.safeParse(input);
  if (parsed.success) return parsed.data;
  const message = `the stored configuration ${key} cannot be read; another version of tierfall may have written it`;
  throw new StoreError({ operation: 'load', key, scope: 'record', message });
}

/** A tier without the host's own fields. */
export function storedTier(tier: Tier): StoredTier {
  const all: Record<string, unknown> = { ...tier };
  return Object.fromEntries(storedTierFields.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]])));
}
