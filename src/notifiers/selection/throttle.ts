import type { Clock } from '../../ports/clock.js';
import type { Notification } from '../../ports/notifier.js';
import { eventKeys } from './event-keys.js';
import { createRecencyMap } from '../../core/recency-map.js';
import { createSteadyClock } from '../time/steady-clock.js';

/** What a message says beside its own event. */
export interface Digest {
  /** Events held back since the last message about this. */
  more: number;
  /** The time span in which they happened, in milliseconds. */
  periodMs: number;
  /** The latest event of other instances or sessions, newest first; at most `LISTED`. */
  others: readonly Notification[];
  /** Instances or sessions beyond the ones in `others`. */
  unlisted: number;
}

export interface Throttle {
  /**
   * Emits a notification at once, or holds it back for a digest.
   *
   * @param source tells hosts apart: an instance of one failover is not that of another which has the same name
   */
  push(notification: Notification, source?: number): void;
  /** Emits now what is held back. */
  flush(): void;
}

export interface ThrottleSettings {
  readonly clock: Clock;
  /** 0 switches throttling off. */
  readonly windowMs: number;
  /** Messages of a group emitted one by one before digests begin; a window without an event resets the count. */
  readonly burst: number;
  readonly emit: (notification: Notification, digest: Digest | undefined) => void;
}

/** Lines of a digest: as many as fit on every channel. */
const LISTED = 8;
/** Instances or sessions whose latest event can wait at a time; beyond that the oldest one is only counted. */
const HELD_LIMIT = 1_000;
/** Groups with their own window; beyond that (hosts may generate names) events of one type share a window. */
const GROUP_LIMIT = 50;

interface Held {
  notification: Notification;
  key: string;
  /** Events this one stands for, itself included. */
  count: number;
  /** When the first of those came in. */
  since: number;
  dueAt: number;
}

interface Group {
  readonly name: string;
  /** When its window began: with its first message, and again with each digest; -Infinity before that. */
  openedAt: number;
  /** When its latest event came in, emitted or not. */
  eventAt: number;
  /** Messages emitted one by one since the last window without an event. */
  emitted: number;
  held: Map<string, Held>;
  /** Subjects and events that were held and then dropped to make room. */
  evicted: { subjects: number; events: number };
  timer: { at: number; handle: unknown } | undefined;
}

/**
 * Emits an event at most once per window. The first of its key goes out at once; later ones wait for the end of the
 * window, when one digest per group holds the latest event of each subject. A newer event of a subject replaces the
 * one that waits, in whichever group, so an outdated message never follows a newer one; that of another host does not.
 */
export function createThrottle({ clock: wallClock, windowMs, burst, emit }: ThrottleSettings): Throttle {
  const clock = createSteadyClock(wallClock);
  /** When each key was last emitted. */
  const emittedAt = createRecencyMap<number>();
  const groups = new Map<string, Group>();
  /** The group each waiting subject waits in. */
  const waiting = createRecencyMap<Group>();

  const forgetOld = (now: number): void => {
    for (let oldest = emittedAt.oldest(); oldest !== undefined; oldest = emittedAt.oldest()) {
      if (now - oldest.value < windowMs) break;
      emittedAt.delete(oldest.key);
    }
    for (const [name, group] of groups) {
      const isQuiet = now - Math.max(group.openedAt, group.eventAt) >= windowMs;
      if (isQuiet && group.held.size === 0) groups.delete(name);
    }
  };

  const groupOf = (name: string, fallback: string, now: number): Group => {
    const known = groups.get(name);
    if (known !== undefined) return known;
    if (groups.size >= GROUP_LIMIT && name !== fallback) return groupOf(fallback, fallback, now);
    const evicted = { subjects: 0, events: 0 };
    const group: Group = {
      name,
      openedAt: -Infinity,
      eventAt: now,
      emitted: 0,
      held: new Map(),
      evicted,
      timer: undefined,
    };
    groups.set(name, group);
    return group;
  };

  /** Removes a subject's waiting event. */
  const withdraw = (subject: string): Held | undefined => {
    const group = waiting.get(subject);
    const held = group?.held.get(subject);
    waiting.delete(subject);
    group?.held.delete(subject);
    if (group === undefined || held === undefined || group.held.size > 0) return held;
    // No digest of this group will follow: who takes its last one over counts those that found no room, too.
    const count = held.count + group.evicted.events;
    group.evicted = { subjects: 0, events: 0 };
    return { ...held, count };
  };

  const digestOf = (group: Group, entries: Held[], now: number): Digest | undefined => {
    const more = entries.reduce((sum, entry) => sum + entry.count, group.evicted.events) - 1;
    if (more === 0) return undefined;
    const others = entries.slice(1, 1 + LISTED).map((entry) => entry.notification);
    return {
      more,
      periodMs: now - Math.min(...entries.map((entry) => entry.since)),
      others,
      unlisted: Math.max(0, entries.length - 1 - others.length) + group.evicted.subjects,
    };
  };

  const emitHeld = (group: Group, isDue: (entry: Held) => boolean): void => {
    disarm(group);
    const now = clock.now();
    const due = [...group.held].filter(([, entry]) => isDue(entry)).toReversed();
    const entries = due.map(([, entry]) => entry);
    const newest = entries[0];
    if (newest !== undefined) {
      const digest = digestOf(group, entries, now);
      for (const [subject, entry] of due) {
        withdraw(subject);
        emittedAt.set(entry.key, now);
      }
      group.evicted = { subjects: 0, events: 0 };
      group.openedAt = now;
      emit(newest.notification, digest);
    }
    if (group.held.size > 0) arm(group, now + windowMs);
  };

  const disarm = (group: Group): void => {
    if (group.timer !== undefined) clock.clearTimeout(group.timer.handle);
    group.timer = undefined;
  };

  const arm = (group: Group, at: number): void => {
    if (group.timer !== undefined && group.timer.at <= at) return;
    disarm(group);
    const onTimer = (): void => emitHeld(group, (entry) => entry.dueAt <= clock.now());
    group.timer = { at, handle: clock.setTimeout(onTimer, Math.max(0, at - clock.now())) };
  };

  const hold = (group: Group, subject: string, entry: Held): void => {
    group.held.set(subject, entry);
    waiting.set(subject, group);
    for (let longest = waiting.oldest(); longest && waiting.size > HELD_LIMIT; longest = waiting.oldest()) {
      const { held, evicted } = longest.value;
      // The last one of a group stays, or no digest would say how many there were. There are fewer groups than room.
      if (held.size === 1) waiting.set(longest.key, longest.value);
      else {
        evicted.events += withdraw(longest.key)?.count ?? 0;
        evicted.subjects += 1;
      }
    }
    arm(group, entry.dueAt);
  };

  return {
    push(notification, source = 0) {
      if (windowMs === 0) return emit(notification, undefined);
      const now = clock.now();
      forgetOld(now);
      const { key, group: name, subject: about } = eventKeys(notification);
      const subject = `${source} ${about}`;
      const earlier = withdraw(subject);
      const group = groupOf(name, `${notification.event} *`, now);
      group.eventAt = now;
      const last = emittedAt.get(key);
      const entry = {
        notification,
        key,
        count: (earlier?.count ?? 0) + 1,
        since: earlier?.since ?? now,
        dueAt: Math.max(group.openedAt, last ?? -Infinity) + windowMs,
      };
      if (last !== undefined || group.emitted >= burst) return hold(group, subject, entry);
      group.emitted += 1;
      if (group.openedAt === -Infinity) group.openedAt = now;
      emittedAt.set(key, now);
      emit(notification, earlier && { more: earlier.count, periodMs: now - earlier.since, others: [], unlisted: 0 });
    },
    flush() {
      const all = [...groups.values()];
      for (const group of all) emitHeld(group, () => true);
    },
  };
}
