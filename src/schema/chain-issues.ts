import { credentialKey, printedIds, tierId, type Tier } from '../core/config.js';
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
export function duplicates(chain: readonly unknown[]): ConfigIssue[] {
  const tiers = chain.flatMap((tier, index) => {
    const { provider, model, credential } = isObject(tier) ? tier : {};
    if (typeof provider !== 'string' || typeof model !== 'string' || !provider || !model) return [];
    const named = typeof credential === 'string' ? { credential } : {};
    return [{ index, tier: { provider, model, ...named } satisfies Tier }];
  });
  const ids = printedIds(tiers.map(({ tier }) => tier));
  return tiers.flatMap(({ index, tier }, at) => {
    const isTwin = (other: Tier) => tierId(other) === tierId(tier) && credentialKey(other) === credentialKey(tier);
    const twin = tiers.findIndex(({ tier: other }) => isTwin(other));
    const path = `chain[${index}]`;
    if (twin < at) {
      const first = tiers[twin]?.index;
      return [{ path, message: `duplicate of chain[${first}]; each provider, model and credential may stand once` }];
    }
    const alike = ids.indexOf(ids[at]!);
    if (alike === at) return [];
    const message = `is printed as ${redact(ids[at]!)}, like chain[${tiers[alike]?.index}]; rename its credential`;
    return [{ path, message }];
  });
}

/** Fields of the host that look like ours, written wrong. */
export function misspeltFields(chain: readonly object[]): string[] {
  return chain.flatMap((tier, index) =>
    Object.keys(tier).flatMap((key) => {
      const meant = misspelt(key, tierKeys);
      return meant === undefined ? [] : [`chain[${index}].${key}: looks like a misspelling of ${meant}; it is kept`];
    }),
  );
}
