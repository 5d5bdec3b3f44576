import { printedIds, type Tier } from '../core/config.js';
import type { ConfigIssue } from '../core/errors.js';
import { redact } from '../core/redact.js';
import { tierKeys } from './config-schema.js';
import { isObject } from './is-object.js';
import { misspelt } from './misspelt.js';

/** What a schema cannot know of a tier: that it was a string without a slash, or has a field that looks like ours. */
export function withHint(issue: ConfigIssue, chain: unknown): ConfigIssue {
  const [, index, field] = /^chain\[(\d+)\]\.(\w+)$/.exec(issue.path) ?? [];
  const entry: unknown = Array.isArray(chain) ? chain[Number(index)] : undefined;
  if (field === 'model' && typeof entry === 'string' && entry.trim() !== '' && !entry.includes('/')) {
    const name = redact(entry.slice(0, 60));
    return { ...issue, message: `${issue.message}: '${name}' has no slash` };
  }
  if (!isObject(entry) || field === undefined || Object.hasOwn(entry, field)) return issue;
  const near = Object.keys(entry).find((key) => misspelt(key, [field]) !== undefined);
  return near === undefined ? issue : { ...issue, message: `${issue.message}; ${near} looks like a misspelling of it` };
}

/** Tiers that stand twice, or that print alike. What is no tier at all is left to the schema. */
export function duplicates(chain: readonly unknown[], pathOf: (path: string) => string): ConfigIssue[] {
  const tiers = chain.flatMap((tier, index) => {
    const { provider, model, credential } = isObject(tier) ? tier : {};
    if (typeof provider !== 'string' || typeof model !== 'string' || !provider || !model) return [];
    const named = typeof credential === 'string' ? { credential } : {};
    return [{ index, tier: { provider, model, ...named } satisfies Tier }];
  });
  const ids = printedIds(tiers.map(({ tier }) => tier));
  const first = new Map<string, string>();
  const firstPrinted = new Map<string, string>();
  return tiers.flatMap(({ index, tier }, at) => {
    // The place of a key of a pool is that of its name.
    const path = `chain[${index}]`;
    const given = pathOf(path);
    const identity = JSON.stringify([tier.provider, tier.model, tier.credential ?? null]);
    const twin = first.get(identity);
    if (twin !== undefined) {
      return [{ path, message: `duplicate of ${twin}; each provider, model and credential may stand once` }];
    }
    first.set(identity, given);
    const alike = firstPrinted.get(ids[at]!);
    if (alike === undefined) {
      firstPrinted.set(ids[at]!, given);
      return [];
    }
    return [{ path, message: `is printed as ${redact(ids[at]!)}, like ${alike}; rename its credential` }];
  });
}

/** Fields of the host that look like ours, written wrong. */
export function misspeltFields(chain: readonly object[], pathOf: (path: string) => string): string[] {
  const warnings = chain.flatMap((tier, index) =>
    Object.keys(tier).flatMap((key) => {
      const meant = misspelt(key, tierKeys);
      const path = pathOf(`chain[${index}].${key}`);
      return meant === undefined ? [] : [`${path}: looks like a misspelling of ${meant}; it is kept`];
    }),
  );
  return [...new Set(warnings)];
}
