/** How a task of an agent ended: taken, refused by the reviewer of the work, or never finished. */
export const taskOutcomes = ['accepted', 'rejected', 'failed'] as const;
/** `accepted`, `rejected` by who reviews the work, or `failed`: never finished. */
export type TaskOutcome = (typeof taskOutcomes)[number];

/** One task of an agent, as a host records it. */
export interface ActivityTask {
  /** Yours, unique per instance. The same id is the same record, and is kept once. */
  id?: string | undefined;
  /** The agent that did it: 1 to 500 characters. */
  instance: string;
  /** What was to be done, with its arguments where two tasks of one kind differ: `extract-invoice 4711`. */
  task: string;
  /** The area it belongs to: a customer, a site, a topic. */
  domain?: string | undefined;
  outcome: TaskOutcome;
  /** Why it was rejected or failed, in words. Redacted and shortened before it is kept. */
  reason?: string | undefined;
  /** How good the result was, from 0 to 1. */
  quality?: number | undefined;
  /** Anything that is equal for equal results, e.g. a SHA-256 of the answer. Only a digest of it is kept. */
  resultHash?: string | undefined;
  /** Id of the tier that did it, `provider/model`. */
  tier?: string | undefined;
  /** Tokens of the prompts, 0 or more. */
  inputTokens?: number | undefined;
  /** Tokens of the answers, 0 or more. */
  outputTokens?: number | undefined;
  /** US dollars, 0 or more. */
  costUsd?: number | undefined;
  /** Milliseconds, 0 or more. */
  durationMs?: number | undefined;
  /** When it ended, epoch milliseconds. Default: when it is recorded. */
  at?: number | undefined;
}

/** One task as it is kept: checked, redacted, bounded; `null` where nothing sensible was given. */
export interface ActivityRecord {
  id: string;
  instance: string;
  task: string;
  outcome: TaskOutcome;
  /** Epoch milliseconds, whole. */
  at: number;
  domain: string | null;
  reason: string | null;
  quality: number | null;
  /** A digest of what the host gave as `resultHash`. */
  resultHash: string | null;
  tier: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  durationMs: number | null;
}
