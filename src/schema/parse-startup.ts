import * as z from 'zod/mini';
import { identityOf, type Tier } from '../core/config.js';
import { ConfigError } from '../core/errors.js';
import { startupTierSchema } from './config-schema.js';
import { atGivenPaths, expandChain } from './expand-chain.js';
import { toConfigIssues } from './issues.js';

/**
 * Reads a startup chain: a tier without a model inherits the first one's, and what stands twice, with the same
 * credential, counts once; a pool is one tier a key. `index` is the place in the chain that was given.
 *
 * @throws {ConfigError} naming every field that is wrong
 */
export function fillStartupChain(chain: unknown): { tier: Tier; index: number }[] {
  const { chain: entries, issues, sources, pathOf } = expandChain(chain, expand);
  const schema = z.object({
    chain: z
      .array(startupTierSchema, 'expected a list of tiers, best first')
      .check(z.minLength(1, 'must name at least one tier')),
  });
  const parsed = schema.safeParse({ chain: entries });
  if (!parsed.success || issues.length > 0) {
    throw new ConfigError([...issues, ...atGivenPaths(toConfigIssues(parsed.error?.issues ?? []), pathOf)]);
  }
  const model = parsed.data.chain[0]?.model;
  if (model === undefined) {
    throw new ConfigError([{ path: 'chain[0].model', message: 'must name a model; tiers without one inherit it' }]);
  }
  const seen = new Set<string>();
  return parsed.data.chain.flatMap((entry, at) => {
    const tier = { ...entry, model: entry.model ?? model } as Tier;
    const identity = JSON.stringify(identityOf(tier));
    if (seen.has(identity)) return [];
    seen.add(identity);
    return [{ tier, index: sources[at]! }];
  });
}

/** `provider/model` at the first slash; a string without one is a provider. */
function expand(entry: string): unknown {
  const slash = entry.indexOf('/');
  return slash < 0 ? { provider: entry } : { provider: entry.slice(0, slash), model: entry.slice(slash + 1) };
}
