import { taskOutcomes, type ActivityRecord } from './activity-task.js';

/**
 * A record as stores keep it: a JSON array without the instance, what is missing at its end left out. An array parses
 * in half the time an object takes, and a million of them are read at once.
 */
export type ActivityRow = readonly [
  id: string,
  at: number,
  outcome: number,
  task: string,
  domain?: string | null,
  reason?: string | null,
  resultHash?: string | null,
  tier?: string | null,
  quality?: number | null,
  costUsd?: number | null,
  durationMs?: number | null,
  inputTokens?: number | null,
  outputTokens?: number | null,
];

/** A record as the text of its row. */
export function rowText(record: ActivityRecord): string {
  const row: (string | number | null)[] = [
    record.id,
    record.at,
    taskOutcomes.indexOf(record.outcome),
    record.task,
    record.domain,
    record.reason,
    record.resultHash,
    record.tier,
    record.quality,
    record.costUsd,
    record.durationMs,
    record.inputTokens,
    record.outputTokens,
  ];
  while (row.at(-1) === null) row.pop();
  return JSON.stringify(row);
}

/** What stores join the texts of rows with. No text of a row holds a line break. */
export const ROW_SEPARATOR = ',\n';

/** Characters of a piece, about 50 rows: what is parsed is garbage soon, and there is little of it at a time. */
const PIECE = 12_000;

/** Rows from joined texts, piece by piece; each in the order of `parseRows`. At least one piece. */
export function* parseInPieces(texts: string): Generator<ActivityRow[]> {
  let from = 0;
  do {
    const next = texts.indexOf(ROW_SEPARATOR, from + PIECE);
    const until = next < 0 ? texts.length : next;
    yield parseRows(texts.slice(from, until));
    from = until + ROW_SEPARATOR.length;
  } while (from < texts.length);
}

/** Rows from their texts, separated by commas, in the order every reader agrees on. Throws where it is no JSON. */
export function parseRows(texts: string): ActivityRow[] {
  const parsed: unknown = JSON.parse(`[${texts}]`);
  return inOrder((Array.isArray(parsed) ? parsed : []).filter(isRow));
}

/** By time, equal times by id: the same from every store, in whatever order records came in. */
export function inOrder(rows: ActivityRow[]): ActivityRow[] {
  for (let index = 1; index < rows.length; index++) {
    const [before, after] = [rows[index - 1], rows[index]];
    if (before && after && compareRows(before, after) > 0) return rows.sort(compareRows);
  }
  return rows;
}

export function compareRows(one: ActivityRow, other: ActivityRow): number {
  if (one[1] !== other[1]) return one[1] - other[1];
  return one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0;
}

/** Where the texts and the numbers begin that may be missing, and how many fields there are. */
const [FIRST_TEXT, FIRST_NUMBER, FIELDS] = [4, 8, 13];

/** Whether every field is what readers take it for: another program, or damage, may have left anything there. */
function isRow(value: unknown): value is ActivityRow {
  if (!Array.isArray(value)) return false;
  const [id, at, outcome, task]: unknown[] = value;
  if (typeof id !== 'string' || typeof at !== 'number' || typeof task !== 'string') return false;
  if (outcome !== 0 && outcome !== 1 && outcome !== 2) return false;
  // What a later version may add behind these is not looked at.
  const end = Math.min(value.length, FIELDS);
  for (let index = FIRST_TEXT; index < end; index++) {
    const field: unknown = value[index];
    if (field !== null && typeof field !== (index < FIRST_NUMBER ? 'string' : 'number')) return false;
  }
  return true;
}
