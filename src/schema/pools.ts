import { credentialKey, isSamePair, type Tier } from '../core/config.js';
import type { ConfigIssue } from '../core/errors.js';

/** The keys of a pool that differ in their order, and one key that has two fingerprints. */
export function poolIssues(chain: readonly Tier[], pathOf: (path: string) => string): ConfigIssue[] {
  const known = new Map<string, { fingerprint: string; path: string }>();
  return chain.flatMap((tier, index) => {
    const issues: ConfigIssue[] = [];
    const before = chain[index - 1];
    const orderOf = ({ order = 'fill' }: Tier) => order;
    if (before && isSamePair(before, tier) && orderOf(before) !== orderOf(tier)) {
      const there = pathOf(`chain[${index - 1}].order`);
      const message = `expected '${orderOf(before)}', as ${there}: the keys of one pool have one order`;
      issues.push({ path: `chain[${index}].order`, message });
    }
    if (tier.fingerprint === undefined) return issues;
    const path = `chain[${index}].fingerprint`;
    const first = known.get(credentialKey(tier));
    if (!first) known.set(credentialKey(tier), { fingerprint: tier.fingerprint, path: pathOf(path) });
    else if (first.fingerprint !== tier.fingerprint) {
      issues.push({ path, message: `differs from ${first.path}, which is about the same key of ${tier.provider}` });
    }
    return issues;
  });
}

/** An order of a pool that has one key. */
export function lonelyOrders(chain: readonly Tier[], pathOf: (path: string) => string): string[] {
  return chain.flatMap((tier, index) => {
    const { order = 'fill' } = tier;
    const hasMate = [chain[index - 1], chain[index + 1]].some((other) => other && isSamePair(other, tier));
    if (order === 'fill' || hasMate) return [];
    return [`${pathOf(`chain[${index}].order`)}: changes nothing, this model has one key here`];
  });
}

/** What is said once of a key holds for every tier that uses it. */
export function withFingerprints<T extends Tier>(chain: readonly T[]): readonly T[] {
  const known = new Map<string, string>();
  for (const tier of chain) if (tier.fingerprint !== undefined) known.set(credentialKey(tier), tier.fingerprint);
  if (known.size === 0) return chain;
  return chain.map((tier) => {
    const fingerprint = known.get(credentialKey(tier));
    return fingerprint === undefined || tier.fingerprint !== undefined ? tier : { ...tier, fingerprint };
  });
}
