import type { RepeatedTask } from './repeated-task.js';

/** One line of a report: how many rejected or failed tasks have this in common. */
export interface FailureShare {
  name: string;
  count: number;
  /** Part of all rejected and failed tasks, 0 to 1. */
  share: number;
}

/** A reason with what was said, word for word; ids and numbers of equal sentences count as equal. */
export interface FailureReason extends FailureShare {
  examples: string[];
  firstAt: number;
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
  instance: string;
  from: number;
  until: number;
  hours: number;
  tasks: number;
  rejected: number;
  failed: number;
  /** Part of the tasks that was rejected or failed, 0 to 1. */
  share: number;
  /** The same of as many hours before; `null` where there were no tasks. */
  before: { tasks: number; rejected: number; failed: number; share: number } | null;
  trend: 'rising' | 'falling' | 'steady' | 'unknown';
  byReason: FailureReason[];
  byDomain: FailurePlace[];
  byTier: FailurePlace[];
  byProvider: FailurePlace[];
  /** The longest run of one task that came back with the same answer; `null` where there was none of three or more. */
  repeated: RepeatedTask | null;
  likelyCause: string;
  nextSteps: string[];
}
