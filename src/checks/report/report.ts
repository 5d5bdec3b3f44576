import type { RepeatedTask } from './repeated-task.js';

/** One line of a report: how many rejected or failed tasks have this in common. */
export interface FailureShare {
  /** The reason, domain, tier or provider. */
  name: string;
  /** Rejected and failed tasks. */
  count: number;
  /** Part of all rejected and failed tasks, 0 to 1. */
  share: number;
}

/** A reason with what was said, word for word; ids and numbers of equal sentences count as equal. */
export interface FailureReason extends FailureShare {
  /** Some of the sentences that were recorded, redacted. */
  examples: string[];
  /** The first and the last record of it, epoch milliseconds. */
  firstAt: number;
  /** See `firstAt`. */
  lastAt: number;
}

/** A domain, tier or provider with how much of its own work was rejected or failed. */
export interface FailurePlace extends FailureShare {
  /** Tasks it had in all. */
  of: number;
  /** Part of these that was rejected or failed, 0 to 1. */
  failureShare: number;
}

/** What went wrong at one agent, why it probably did, and what to do. Times are epoch milliseconds. */
export interface FailureReport {
  /** The agent. */
  instance: string;
  /** Begin and end of the time that was looked at. */
  from: number;
  /** See `from`. */
  until: number;
  /** Length of that time. */
  hours: number;
  /** Tasks in that time, however they ended. */
  tasks: number;
  /** Of these, how many were rejected. */
  rejected: number;
  /** Of these, how many failed. */
  failed: number;
  /** Part of the tasks that was rejected or failed, 0 to 1. */
  share: number;
  /** The same of as many hours before; `null` where there were no tasks. */
  before: { tasks: number; rejected: number; failed: number; share: number } | null;
  /** How `share` compares with that of `before`. */
  trend: 'rising' | 'falling' | 'steady' | 'unknown';
  /** Most frequent first, and so are the three lists that follow. */
  byReason: FailureReason[];
  /** Of tasks that name a domain. */
  byDomain: FailurePlace[];
  /** Of tasks that name a tier. */
  byTier: FailurePlace[];
  /** Of tasks that name a tier. */
  byProvider: FailurePlace[];
  /** The longest run of one task that came back with the same answer; `null` where there was none of three or more. */
  repeated: RepeatedTask | null;
  /** A sentence or two that follow from the figures. */
  likelyCause: string;
  /** What to do, a sentence each. */
  nextSteps: string[];
}
