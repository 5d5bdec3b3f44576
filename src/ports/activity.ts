import type { ActivityRow } from '../core/activity/activity-row.js';
import type { LedgerEvent } from '../core/tier/state.js';

/** What a store keeps of a task: the row as text, and what it is found by. */
export interface StoredActivity {
  instance: string;
  /** The same id is the same record. One that begins with another sign than `=` holds the time: it never has two. */
  id: string;
  /** Epoch milliseconds. */
  at: number;
  /** The record as the JSON text of an `ActivityRow`. */
  text: string;
}

/** How much activity a store keeps. */
export interface ActivityLimits {
  /** Records older than this, epoch milliseconds, may go. */
  cutoffAt: number;
  /** The same as a length, in milliseconds: what nothing is appended to for so long may go as a whole. */
  maxAgeMs: number;
  /** Records kept of each agent; the oldest go first. */
  maxRecords: number;
}

/** Where a reader has come to. What is in it is the source's own business. */
export type ActivityCursor = unknown;

/** Which records a reader wants. */
export interface ActivityQuery {
  /** Records of this time or later, epoch milliseconds. */
  since: number;
  /** Only what was appended after this cursor; absent: everything. */
  after?: ActivityCursor;
}

/** The records of one agent, in order of time. */
export interface AgentRows {
  instance: string;
  /** Everything there is of this agent since `since`, rather than what is new. */
  isAll: boolean;
  rows: readonly ActivityRow[];
}

/** A part of an answer. */
export interface ActivityPage {
  /** The cursor of the whole answer, the same on each page. */
  cursor: ActivityCursor;
  /** What was read before has to be forgotten, all agents': the pages give everything. Said on the first page. */
  isFresh: boolean;
  agents: readonly AgentRows[];
}

/** One agent's records of a stretch of time. */
export interface AgentQuery {
  /** Records of this time or later, epoch milliseconds. */
  since: number;
  /** And before this time, epoch milliseconds. */
  until: number;
}

/** The newest part of a failover's ledger of one instance. */
export interface InstanceLedger {
  instance: string;
  /** Id of its first tier, as its state has it; `null` where the state does not say. */
  primary: string | null;
  /** Rows, newest first. */
  rows: readonly LedgerEvent[];
}

/** What checks read from. Nothing of it writes. */
export interface ActivitySource {
  /** Activity of all agents, or what came since a cursor. Fails with `StoreError`. */
  readActivity(query: ActivityQuery): AsyncIterable<ActivityPage>;
  /** Rows of one agent, in order of time. Fails with `StoreError`. */
  readAgent(instance: string, query: AgentQuery): Promise<readonly ActivityRow[]>;
  /** The newest rows, at most `limit`, of the ledger of each instance that has one. Fails with `StoreError`. */
  readLedgers(limit: number): AsyncIterable<InstanceLedger>;
  /** Ends what the source opened itself. */
  close?(): Promise<void>;
}

/** What a store can do that keeps activity: optional methods of a `StateStore`. */
export interface ActivityStore {
  /** Keeps rows, each id of an instance once, and lets go what is beyond the limits. */
  appendActivity(rows: readonly StoredActivity[], limits: ActivityLimits): Promise<void>;
  /** As `ActivitySource`. */
  readActivity(query: ActivityQuery): AsyncIterable<ActivityPage>;
  /** As `ActivitySource`. */
  readAgent(instance: string, query: AgentQuery): Promise<readonly ActivityRow[]>;
  /** Drops all rows of an agent. */
  forgetActivity(instance: string): Promise<void>;
}
