import type { ActivityRow } from '../../core/activity/activity-row.js';

/** A task that came back again and again with the same answer. */
export interface RepeatedTask {
  /** What was to be done. */
  task: string;
  /** Why it came back; `null` where no reason was recorded. */
  reason: string | null;
  /** How often in a row. */
  times: number;
  /** When it came back first, epoch milliseconds. */
  firstAt: number;
  /** When it came back last, epoch milliseconds. */
  lastAt: number;
}

/** A run shorter than this is a retry or two. */
const SHORTEST = 3;

/** The longest run of one task, rejected or failed with the same answer each time, others in between left out. */
export function longestRun(rows: readonly ActivityRow[]): RepeatedTask | null {
  const runs = new Map<string, RepeatedTask>();
  let longest: RepeatedTask | null = null;
  for (const row of rows) {
    if (row[2] === 0) continue;
    const key = JSON.stringify([row[2], row[3], row[5] ?? null, row[6] ?? null]);
    let run = runs.get(key);
    if (!run) {
      if (runs.size >= 10_000) continue;
      runs.set(key, (run = { task: row[3], reason: row[5] ?? null, times: 0, firstAt: row[1], lastAt: row[1] }));
    }
    run.times += 1;
    run.lastAt = row[1];
    if (run.times >= SHORTEST && run.times > (longest?.times ?? 0)) longest = run;
  }
  return longest;
}
