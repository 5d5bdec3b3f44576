import type { ActivityRow } from '../../core/activity/activity-row.js';
import { nothing, type AgentCheck, type Finding } from '../agent/agent-check.js';
import { HOUR_MS, MINUTE_MS } from '../agent/time.js';
import { Repeats } from '../statistics/repeats.js';
import { duration, short, time } from '../words.js';

/** What `stuck-loop` is tuned by. */
export interface StuckLoopOptions {
  /** Times the same has to happen for a warning. Default 5. */
  warnAt?: number | undefined;
  /** And for a critical alert. Default 10. */
  criticalAt?: number | undefined;
  /**
   * Accepted repetitions, and equal results of different tasks, count within this time only, in milliseconds. Default
   * 600,000 (10 min).
   */
  withinMs?: number | undefined;
  /** How long a loop that has ended is still told, in milliseconds. Default 7,200,000 (2 h). */
  lingerMs?: number | undefined;
}

export const stuckLoopDefaults = {
  warnAt: 5,
  criticalAt: 10,
  withinMs: 10 * MINUTE_MS,
  // A loop may be over before anybody runs the checks, and it cost money all the same.
  lingerMs: 2 * HOUR_MS,
} as const;

/** Longest cycle looked for: A-B-A-B is one of two, A-B-C-A-B-C of three. */
const LONGEST_CYCLE = 3;
/** Of this many runs that the past explains, one is a false alert. */
const MOST_EXPECTED = 0.02;
/** Tasks outside of the run that must be known before repeated acceptance can be unlike the past. */
const MIN_PAST = 30;

type Form = 'same-outcome' | 'accepted' | 'same-result';

interface Loop {
  form: Form;
  period: number;
  /** Times each member of the cycle happened. */
  times: number;
  startAt: number;
  lastAt: number;
  row: ActivityRow;
}

/**
 * The same task, reason and result, rejected or failed again and again, in a row or as a cycle of two or three. Five
 * equal events in a row are no loop for an agent whose events often are equal: the run must be longer than chance
 * explains from its own past. Accepted tasks count only within minutes, and so do equal results of different tasks,
 * which only warn: a poller that accepts the same answer all day is no loop.
 */
export function stuckLoop(options: StuckLoopOptions = {}): AgentCheck {
  const { warnAt = stuckLoopDefaults.warnAt, criticalAt = stuckLoopDefaults.criticalAt } = options;
  const { withinMs = stuckLoopDefaults.withinMs, lingerMs = stuckLoopDefaults.lingerMs } = options;
  return {
    name: 'stuck-loop',
    category: 'health',
    start() {
      const recent: ActivityRow[] = [];
      const cycles = Array.from({ length: LONGEST_CYCLE }, () => new Repeats());
      const accepted = new Repeats();
      const results = new Repeats();
      /** Times of the newest repetitions of the two forms that count within minutes only. */
      const acceptedTimes: number[] = [];
      const resultTimes: number[] = [];
      let last: Loop | undefined;

      function add(row: ActivityRow): void {
        const before = recent.at(-1);
        for (const [index, cycle] of cycles.entries()) {
          const period = index + 1;
          const other = recent.at(-period);
          const isRepetition = other !== undefined && isSame(row, other) && hasTrouble(recent, period);
          const run = cycle.add(isRepetition, other?.[1] ?? 0, row[1]);
          if (!run) continue;
          const times = 1 + Math.floor(run.length / period);
          if (times >= warnAt && cycle.expectedRuns(run) < MOST_EXPECTED) {
            // A run of one is also one of two and three.
            if (last && last.lastAt === row[1] && last.form === 'same-outcome') continue;
            note({ form: 'same-outcome', period, times, startAt: run.startAt, lastAt: row[1], row });
          }
        }
        const isEqual = before !== undefined && before[0] !== row[0] && row[6] != null && row[6] === before[6];
        const isSameTask = isEqual && row[3] === before[3];
        addWithin(
          accepted,
          acceptedTimes,
          isSameTask && row[2] === 0 && before[2] === 0,
          'accepted',
          row,
          before?.[1] ?? 0,
        );
        addWithin(results, resultTimes, isEqual && !isSameTask, 'same-result', row, before?.[1] ?? 0);
        recent.push(row);
        if (recent.length > LONGEST_CYCLE) recent.shift();
      }

      function addWithin(
        repeats: Repeats,
        times: number[],
        isRepetition: boolean,
        form: Form,
        row: ActivityRow,
        beforeAt: number,
      ): void {
        const run = repeats.add(isRepetition, beforeAt, row[1]);
        if (!run) {
          times.length = 0;
          return;
        }
        if (times.length === 0) times.push(beforeAt);
        times.push(row[1]);
        while (times[0]! < row[1] - withinMs) times.shift();
        if (times.length < warnAt || repeats.past < MIN_PAST || repeats.expectedRuns(run) >= MOST_EXPECTED / 10) return;
        const oldest = times[0]!;
        const startAt = last?.form === form && last.lastAt >= oldest ? last.startAt : oldest;
        note({ form, period: 1, times: times.length, startAt, lastAt: row[1], row });
      }

      function note(loop: Loop): void {
        // A loop that goes on keeps the most it reached; a lesser one does not hide a worse one that just ended.
        if (
          last &&
          last.form === 'same-outcome' &&
          loop.form !== 'same-outcome' &&
          loop.lastAt - last.lastAt < lingerMs
        )
          return;
        last = loop;
      }

      return {
        add,
        find({ instance, now }): readonly Finding[] {
          if (!last || now - last.lastAt > lingerMs) return nothing;
          const { form, period, times, startAt, lastAt, row } = last;
          const isCritical = times >= criticalAt && form !== 'same-result';
          const what = form === 'same-result' ? 'the same result for different tasks' : describe(row, period);
          return [
            {
              severity: isCritical ? 'critical' : 'warning',
              // Of several tasks there may be several.
              domain: form === 'same-result' || period > 1 ? null : (row[4] ?? null),
              title: `${short(instance)} repeats itself`,
              detail: `${times} times ${what}, within ${duration(lastAt - startAt)}, the last at ${time(lastAt)}.`,
              evidence: {
                times,
                period,
                task: row[3],
                outcome: row[2] === 0 ? 'accepted' : row[2] === 1 ? 'rejected' : 'failed',
                reason: row[5] ?? null,
                tier: row[7] ?? null,
                form,
              },
              firstSeenAt: startAt,
              lastSeenAt: lastAt,
            },
          ];
        },
      };
    },
  };
}

function isSame(one: ActivityRow, other: ActivityRow): boolean {
  return (
    one[2] === other[2] &&
    one[3] === other[3] &&
    (one[5] ?? null) === (other[5] ?? null) &&
    (one[6] ?? null) === (other[6] ?? null)
  );
}

/** Was any of the last members of the cycle rejected or failed? */
function hasTrouble(recent: readonly ActivityRow[], period: number): boolean {
  for (let back = 1; back <= period; back++) {
    const row = recent.at(-back);
    if (row && row[2] !== 0) return true;
  }
  return false;
}

function describe(row: ActivityRow, period: number): string {
  const how = row[2] === 0 ? 'accepted' : row[2] === 1 ? 'rejected' : 'failed';
  const why = row[5] ? `, “${short(row[5], 80)}”` : '';
  const cycle = period === 1 ? 'the same task' : `the same cycle of ${period} tasks, the last of them`;
  return `${cycle} ${how}: ${short(row[3], 80)}${why}`;
}
