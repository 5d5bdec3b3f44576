import { inTurn } from '../../patterns.js';

/** One number with its unit, as providers write them: `6m0s`, `338ms`, `34.07s`, `2 days`, `1h, 2 min`, `5 分钟`. */
const part = inTurn(
  [
    /(\d{1,12}(?:\.\d{1,12})?)\s{0,3}/,
    /(ms|[smhdw]|(?:mil|sec|min|hour|hr|day|week)[a-z]{0,9}|[毫秒分小天][钟时秒]?)(?![a-z])/,
    /(?:,?\s{0,3}(?:and )?)/,
  ],
  'iy',
);

/** Milliseconds of a unit, by its first character. */
const unitMs: Readonly<Record<string, number>> = {
  毫: 1,
  s: 1000,
  秒: 1000,
  m: 60_000,
  分: 60_000,
  h: 3_600_000,
  小: 3_600_000,
  d: 86_400_000,
  天: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of the duration that stands at `from` in `text`; `undefined` where none does. Not capped. */
export function parseDuration(text: string, from = 0): number | undefined {
  let total: number | undefined;
  part.lastIndex = from;
  for (let count = 0; count < 6; count++) {
    const match = part.exec(text);
    if (!match) break;
    const unit = (match[2] as string).toLowerCase();
    total = (total ?? 0) + Number(match[1]) * (/^mi?[ls]/.test(unit) ? 1 : (unitMs[unit[0] as string] as number));
  }
  return total;
}
