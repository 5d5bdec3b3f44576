import type * as z from 'zod/mini';
import { ConfigError } from '../core/errors.js';
import { toConfigIssues } from './issues.js';

/** Reads what came over the network. @throws {ConfigError} naming every field that is wrong */
export function parseOperator<S extends z.ZodMiniObject>(schema: S, input: unknown, root: string): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ConfigError(toConfigIssues(parsed.error.issues, root, { '': Object.keys(schema.shape) }));
}
