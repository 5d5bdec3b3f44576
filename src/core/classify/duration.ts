/** One number with its unit, as providers write them: `6m0s`, `338ms`, `34.07s`, `2 days`, `1h, 2 min`, `5 分钟`. */
const part =
  /(\d{1,12}(?:\.\d{1,12})?)\s{0,3}(ms|mil|msec|[smhdw毫秒分小天])([a-z钟时秒]{0,10})(?:,?\s{0,3}(?:and )?)/iy;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  mil: 1,
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

/** What may follow the first letter of a unit. */
const unitEnd = /^(?:|ecs?|econds?|ins?|inutes?|ours?|rs?|ays?|eeks?|ecs?|liseconds?|lis|钟|时|秒)$/i;

/** Milliseconds of the duration that stands at `from` in `text`; `undefined` where none does. Not capped. */
export function parseDuration(text: string, from = 0): number | undefined {
  let total: number | undefined;
  const pattern = new RegExp(part);
  pattern.lastIndex = from;
  for (let count = 0; count < 6; count++) {
    const match = pattern.exec(text);
    if (match === null || !unitEnd.test(match[3] as string)) break;
    total = (total ?? 0) + Number(match[1]) * (unitMs[(match[2] as string).toLowerCase()] as number);
  }
  return total;
}
