import { kindWords } from '../../core/view/kind-words.js';
import type { InstanceView, LedgerEvent } from '../data/types.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A time in which the same tier was in use. */
export interface Stretch {
  from: number;
  to: number;
  /** Index of the tier; `'paused'`, or `'unknown'` where there is no record. */
  on: number | 'paused' | 'unknown';
  /** The tier's id, as the ledger has it. */
  id: string;
  why: string;
}

interface Point {
  tier: number;
  id: string;
  paused: boolean;
  why: string;
}

/** Which tier was in use when, in the day before `now`, worked out from ledger rows, newest first. */
export function stretchesOf(view: InstanceView, newestFirst: readonly LedgerEvent[], now: number): Stretch[] {
  const start = now - DAY_MS;
  const ids = view.tiers.map(({ id }) => id);
  const rows = newestFirst.toReversed();
  const [first] = rows;
  const point: Point = { tier: 0, id: ids[0]!, paused: false, why: '' };
  const stretches: Stretch[] = [];
  let from = start;
  const push = (to: number) => {
    const end = Math.min(Math.max(to, from), now);
    if (end > from) {
      const on = point.paused ? ('paused' as const) : point.tier;
      stretches.push({ from, to: end, on, id: point.id, why: point.why });
    }
    from = Math.max(from, end);
  };
  if (first && first.at > start) {
    // Before the first row there is no record.
    stretches.push({ from: start, to: first.at, on: 'unknown', id: '', why: '' });
    from = first.at;
  }
  for (const row of rows) {
    const next = after(point, row, ids);
    if (!next) continue;
    push(row.at);
    Object.assign(point, next);
  }
  // The view knows better than rows how it is now.
  if (rows.length === 0 || point.tier !== view.tier.index || point.paused !== (view.paused !== null)) {
    const at = view.paused?.since ?? view.since ?? now;
    push(Math.max(at, rows.at(-1)?.at ?? start));
    Object.assign(point, { tier: view.tier.index, id: ids[view.tier.index] ?? '', paused: view.paused !== null });
    if (view.paused) point.why = view.paused.reason;
  }
  push(now);
  return merged(stretches);
}

/** Where a row leaves things; nothing where it moves nothing. */
function after(before: Point, row: LedgerEvent, ids: readonly string[]): Partial<Point> | undefined {
  const to = row.to === undefined ? -1 : ids.indexOf(row.to);
  if (row.type === 'tier-change') {
    return { tier: Math.max(0, to), id: row.to ?? '', why: row.reason === undefined ? '' : kindWords(row.reason) };
  }
  if (row.type === 'paused') {
    return before.paused
      ? undefined
      : { paused: true, why: row.source === 'exhausted' ? 'no tier left' : (row.reason ?? '') };
  }
  if (row.type === 'resumed') return { paused: false, why: '' };
  if (row.type === 'reset') return { tier: 0, id: ids[0]!, paused: false, why: 'reset' };
  return undefined;
}

function merged(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches) {
    const last = result.at(-1);
    if (last && last.on === stretch.on && last.id === stretch.id) last.to = stretch.to;
    else result.push({ ...stretch });
  }
  return result;
}

/** How long the first tier was in use, of the time there is a record of. */
export function firstTierShare(stretches: readonly Stretch[]): { ms: number; share: number } {
  const length = (list: readonly Stretch[]) => list.reduce((sum, { from, to }) => sum + to - from, 0);
  const ms = length(stretches.filter(({ on }) => on === 0));
  const all = length(stretches.filter(({ on }) => on !== 'unknown'));
  return { ms, share: all === 0 ? 1 : ms / all };
}
