import type { ActivityRow } from '../../core/activity/activity-row.js';
import type { Alert, AlertCategory, CheckName } from '../../core/alert.js';
import type { ActivityProfile } from './activity-profile.js';
import type { Calendar } from './calendar.js';
import type { Past } from './past.js';

/** What a check found; `makeAlert` adds whose it is. */
export type Finding = Pick<Alert, 'severity' | 'title' | 'detail' | 'evidence' | 'firstSeenAt' | 'lastSeenAt'> & {
  domain?: string | null;
};

/** What a check may look at when it is asked. */
export interface AgentView {
  readonly instance: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The hour of the calendar that `now` is in. */
  readonly hour: number;
  readonly profile: ActivityProfile;
  /** What it was like before the last day. */
  readonly past: Past;
}

/** What one check remembers of one agent. */
export interface AgentCheckState {
  /** Takes in the next record, in order of time. `day` counts days since the epoch. */
  add?(row: ActivityRow, day: number): void;
  /** What is wrong at present. Answers a question and changes nothing. */
  find(view: AgentView): readonly Finding[];
}

/** One check of single agents: a fold over their records. */
export interface AgentCheck {
  readonly name: CheckName;
  readonly category: AlertCategory;
  start(calendar: Calendar): AgentCheckState;
}

export const nothing: readonly Finding[] = [];
