import { explainInstance } from '../../core/view/explain-instance.js';
import type { InstanceView } from '../data/types.js';

export type Filter = 'all' | 'paused' | 'fallback' | 'budget';
export type SortKey = 'tier' | 'agent' | 'since';

export const filters: readonly { key: Filter; name: string; fits: (view: InstanceView) => boolean }[] = [
  { key: 'all', name: 'All', fits: () => true },
  { key: 'paused', name: 'Paused', fits: (view) => view.paused !== null },
  { key: 'fallback', name: 'On a fallback', fits: (view) => view.paused === null && view.tier.index > 0 },
  { key: 'budget', name: 'Budget', fits: (view) => view.icon !== null },
];

/** The agents that a filter and a search leave, in order. */
export function chooseAgents(
  agents: Iterable<InstanceView>,
  choice: { filter: Filter; search: string; sort: SortKey },
): InstanceView[] {
  const { fits } = filters.find(({ key }) => key === choice.filter) ?? filters[0]!;
  const words = choice.search.toLowerCase().split(/\s+/u).filter(Boolean);
  const found = [...agents].filter((view) => fits(view) && words.every((word) => textOf(view).includes(word)));
  return found.sort(orders[choice.sort]);
}

export function countAgents(agents: Iterable<InstanceView>): Record<Filter, number> {
  const counts: Record<Filter, number> = { all: 0, paused: 0, fallback: 0, budget: 0 };
  for (const view of agents) for (const { key, fits } of filters) if (fits(view)) counts[key] += 1;
  return counts;
}

function textOf({ name, tier }: InstanceView): string {
  return `${name} ${tier.provider}/${tier.model}`.toLowerCase();
}

const byName = (one: InstanceView, other: InstanceView) => one.name.localeCompare(other.name);

/** Worst first: stopped, paused, then the lower tier. */
function rank(view: InstanceView): number {
  if (!view.paused) return -view.tier.index;
  return explainInstance(view).group === 'person' ? -1_000_000 : -100_000;
}

const orders: Record<SortKey, (one: InstanceView, other: InstanceView) => number> = {
  tier: (one, other) => rank(one) - rank(other) || byName(one, other),
  agent: byName,
  since: (one, other) => sinceOf(other) - sinceOf(one) || byName(one, other),
};

export function sinceOf(view: InstanceView): number {
  return view.paused?.since ?? view.since ?? 0;
}

/**
 * A new order for rows that somebody is looking at: known ones keep their places, new ones come at the end.
 * `isOff` says that a fresh sort would give another order.
 */
export function keepOrder(before: readonly string[], sorted: readonly string[]): { order: string[]; isOff: boolean } {
  const wanted = new Set(sorted);
  const kept = before.filter((name) => wanted.has(name));
  const known = new Set(kept);
  const order = [...kept, ...sorted.filter((name) => !known.has(name))];
  return { order, isOff: order.some((name, at) => name !== sorted[at]) };
}

/** Which rows are drawn, of rows of these heights: from, to, and the space before and after. */
export function windowOf(
  heights: readonly number[],
  top: number,
  bottom: number,
): { from: number; to: number; before: number; after: number } {
  let from = 0;
  let before = 0;
  while (from < heights.length && before + heights[from]! < top) before += heights[from++]!;
  let to = from;
  let end = before;
  while (to < heights.length && end < bottom) end += heights[to++]!;
  let after = 0;
  for (let at = to; at < heights.length; at++) after += heights[at]!;
  return { from, to, before, after };
}
