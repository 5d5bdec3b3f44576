/** What an answer cost. */
export interface Usage {
  /** Tokens of the prompt, 0 or more, those included that were read from a cache or written to one. */
  inputTokens: number;
  /** Tokens of the answer, 0 or more, reasoning included. */
  outputTokens: number;
  /** Of `inputTokens`, how many were read from a cache. */
  cacheReadTokens?: number | undefined;
  /** Of `inputTokens`, how many were written to a cache. */
  cacheWriteTokens?: number | undefined;
  /** US dollars, 0 or more, as the provider reported them. */
  costUsd?: number | undefined;
}

export const usageFields = ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'costUsd'] as const;

/** What a budget counts. */
export const countedUnits = ['total', 'input', 'output', 'billable', 'costUsd'] as const;

/**
 * What a budget counts: all tokens (`total`), those of the prompt (`input`) or of the answer (`output`), those that are
 * billed in full (`billable`: uncached input, cache writes and output), or US dollars (`costUsd`).
 */
export type CountedUnit = (typeof countedUnits)[number];

/** How much of a budget an answer uses; `undefined` for dollars that nobody knows. */
export function amountOf(usage: Usage, unit: CountedUnit): number | undefined {
  const { inputTokens, outputTokens, cacheReadTokens = 0, costUsd } = usage;
  switch (unit) {
    case 'total':
      return inputTokens + outputTokens;
    case 'input':
      return inputTokens;
    case 'output':
      return outputTokens;
    case 'billable':
      return Math.max(0, inputTokens - cacheReadTokens) + outputTokens;
    default:
      return costUsd;
  }
}

/**
 * Two reports of one stream as one: the largest value of each field. One SDK splits its figures over two events,
 * another repeats them, a third sends them after the finish reason; a sum would count twice.
 */
export function largerUsage(one: Usage | undefined, other: Usage): Usage {
  if (!one) return other;
  const larger: Usage = { inputTokens: 0, outputTokens: 0 };
  for (const field of usageFields) {
    const values = [one[field], other[field]].filter((value) => value !== undefined);
    if (values.length > 0) larger[field] = Math.max(...values);
  }
  return larger;
}

/** True for an object whose fields are all finite numbers, 0 or more. */
export function isUsage(value: unknown): value is Usage {
  if (typeof value !== 'object' || value === null) return false;
  const usage = value as Partial<Record<(typeof usageFields)[number], unknown>>;
  return usageFields.every((field) => {
    const isLeftOut = usage[field] === undefined && field !== 'inputTokens' && field !== 'outputTokens';
    return isLeftOut || (Number.isFinite(usage[field]) && (usage[field] as number) >= 0);
  });
}
