import type { ActivityRow } from '../../core/activity/activity-row.js';
import { compareRows } from '../../core/activity/activity-row.js';
import { ActivityProfile } from './activity-profile.js';
import type { AgentCheck, AgentCheckState, AgentView, Finding } from './agent-check.js';
import type { Calendar } from './calendar.js';
import { Past } from './past.js';
import { DAY_MS } from './time.js';

/** The newest hours are not the past: a flood must not become what is expected while it lasts. */
const RECENT_HOURS = 24;

/**
 * What the checks know of one agent: the fold of its records since the start of the calendar. A record that comes late
 * cannot be folded in; then `take` says so, and everything begins anew from the store.
 */
export class AgentState {
  readonly instance: string;
  readonly profile: ActivityProfile;
  readonly #states: readonly { check: AgentCheck; state: AgentCheckState }[];
  /** The newest record that was folded in. */
  #last: ActivityRow | undefined;
  /** Records of a time that has not come yet, by time. */
  #ahead: ActivityRow[] = [];
  /** Worked out once an hour, and not while it is silent: days of silence are not its rhythm. */
  #past: { until: number; tasks: number; isOpen: boolean; past: Past } | undefined;

  constructor(instance: string, calendar: Calendar, checks: readonly AgentCheck[]) {
    this.instance = instance;
    this.profile = new ActivityProfile(calendar);
    this.#states = checks.map((check) => ({ check, state: check.start(calendar) }));
  }

  /** Takes in records up to `now` and keeps later ones for later. False: one of them came late. Rows are in order. */
  take(rows: readonly ActivityRow[], now: number): boolean {
    if (rows.length > 0 && this.#ahead.length > 0) {
      this.#ahead = [...this.#ahead, ...rows].sort(compareRows);
      return this.#fold(this.#ahead, now);
    }
    return this.#fold(rows.length > 0 ? rows : this.#ahead, now);
  }

  #fold(rows: readonly ActivityRow[], now: number): boolean {
    const { startAt } = this.profile.calendar;
    let index = 0;
    for (; index < rows.length; index++) {
      const row = rows[index];
      if (!row || row[1] > now) break;
      if (row[1] < startAt) continue;
      if (this.#last && compareRows(row, this.#last) <= 0) {
        // The same record again, which a source may deliver twice, is none that came late.
        if (row[0] === this.#last[0]) continue;
        return false;
      }
      this.#last = row;
      this.profile.add(row[1], row[9]);
      const day = Math.floor(row[1] / DAY_MS);
      for (const { state } of this.#states) state.add?.(row, day);
    }
    this.#ahead = index < rows.length ? rows.slice(index) : [];
    return true;
  }

  get isEmpty(): boolean {
    return this.profile.tasks === 0 && this.#ahead.length === 0;
  }

  /** What the checks say at `now`, which is not before any record that was folded in. */
  *find(now: number): Generator<{ check: AgentCheck; finding: Finding }> {
    if (this.profile.tasks === 0) return;
    const view = this.view(now);
    for (const { check, state } of this.#states) {
      for (const finding of state.find(view)) yield { check, finding };
    }
  }

  /** What one check remembers. */
  stateOf(name: AgentCheck['name']): AgentCheckState | undefined {
    return this.#states.find(({ check }) => check.name === name)?.state;
  }

  view(now: number): AgentView {
    const { profile, instance } = this;
    const hour = profile.hourOf(now);
    const past = (): Past =>
      this.#pastBefore(Math.max(0, Math.min(hour - RECENT_HOURS, profile.hourOf(profile.lastAt) + 1)));
    return {
      instance,
      now,
      hour,
      profile,
      get past() {
        return past();
      },
    };
  }

  #pastBefore(until: number): Past {
    const { tasks, lastAt } = this.profile;
    const known = this.#past;
    if (known?.until === until && (known.tasks === tasks || !known.isOpen)) return known.past;
    // Of the hour of its last task there may come more, in order all the same.
    const isOpen = until > this.profile.hourOf(lastAt);
    const past = new Past(this.profile, until);
    this.#past = { until, tasks, isOpen, past };
    return past;
  }
}
