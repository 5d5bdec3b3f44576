import type { Clock } from '../../ports/clock.js';
import type { Notification } from '../../ports/notifier.js';
import { eventKeys } from './event-keys.js';
import { createRecencyMap } from '../../core/recency-map.js';
import { createSteadyClock } from '../time/steady-clock.js';

/** What a message tells beside its own event. */
export interface Digest {
  /** Events held back since this was last told. */
  more: number;
  /** The time they came in, in milliseconds. */
  periodMs: number;
  /** The last word of other instances or sessions, newest first; at most `LISTED`. */
  others: readonly Notification[];
  /** Instances or sessions that found no room in `others`. */
  unlisted: number;
}

export interface Throttle {
  /** Told at once, or held back for a digest. */
  push(notification: Notification): void;
  /** Tells now what is held back. */
  flush(): void;
}

export interface ThrottleSettings {
  readonly clock: Clock;
  /** 0 switches throttling off. */
  readonly windowMs: number;
  /** Messages of a group told one by one before digests begin; a window without an event starts that over. */
  readonly burst: number;
  readonly emit: (notification: Notification, digest: Digest | undefined) => void;
}

/** Lines a digest has room for on every channel. */
const LISTED = 8;
/** Instances or sessions whose last word can wait at a time; beyond it the longest waiting is only counted. */
const HELD_LIMIT = 1_000;
/** Groups with a window of their own; beyond it (names made up by somebody?) events of one type share a window. */
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
  /** When its window began: with its first message, and again with each digest. Before that, never. */
  openedAt: number;
  /** When an event of it last came in, told or not. */
  eventAt: number;
  /** Messages told one by one since a window was quiet. */
  told: number;
  held: Map<string, Held>;
  /** Subjects and events that were held and had to make room. */
  evicted: { subjects: number; events: number };
  timer: { at: number; handle: unknown } | undefined;
}

/**
 * Tells an event at most once per window. The first of its key goes out at once; what comes later waits for the end of
 * the window, where one digest per group gives each subject's last word. A newer event of a subject replaces the one
 * that waits, wherever that waits, so a stale word never follows a newer one.
 */
export function createThrottle({ clock: wallClock, windowMs, burst, emit }: ThrottleSettings): Throttle {
  const clock = createSteadyClock(wallClock);
  /** When each key was last told. */
  const toldAt = createRecencyMap<number>();
  const groups = new Map<string, Group>();
  /** The group each waiting subject waits in. */
  const waiting = createRecencyMap<Group>();

  const forgetOld = (now: number): void => {
    for (let oldest = toldAt.oldest(); oldest !== undefined; oldest = toldAt.oldest()) {
      if (now - oldest.value < windowMs) break;
      toldAt.delete(oldest.key);
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
      told: 0,
      held: new Map(),
      evicted,
      timer: undefined,
    };
    groups.set(name, group);
    return group;
  };

  /** Takes a subject's waiting event out. */
  const withdraw = (subject: string): Held | undefined => {
    const group = waiting.get(subject);
    const held = group?.held.get(subject);
    waiting.delete(subject);
    group?.held.delete(subject);
    return held;
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

  const tellHeld = (group: Group, isDue: (entry: Held) => boolean): void => {
    disarm(group);
    const now = clock.now();
    const due = [...group.held].filter(([, entry]) => isDue(entry)).toReversed();
    const entries = due.map(([, entry]) => entry);
    const newest = entries[0];
    if (newest !== undefined) {
      const digest = digestOf(group, entries, now);
      for (const [subject, entry] of due) {
        withdraw(subject);
        toldAt.set(entry.key, now);
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
    const ring = (): void => tellHeld(group, (entry) => entry.dueAt <= clock.now());
    group.timer = { at, handle: clock.setTimeout(ring, Math.max(0, at - clock.now())) };
  };

  const hold = (group: Group, subject: string, entry: Held): void => {
    group.held.set(subject, entry);
    waiting.set(subject, group);
    const longest = waiting.oldest();
    if (waiting.size > HELD_LIMIT && longest !== undefined) {
      const { evicted } = longest.value;
      evicted.events += withdraw(longest.key)?.count ?? 0;
      evicted.subjects += 1;
    }
    arm(group, entry.dueAt);
  };

  return {
    push(notification) {
      if (windowMs === 0) return emit(notification, undefined);
      const now = clock.now();
      forgetOld(now);
      const { key, group: name, subject } = eventKeys(notification);
      const earlier = withdraw(subject);
      const group = groupOf(name, `${notification.event} *`, now);
      group.eventAt = now;
      const last = toldAt.get(key);
      const entry = {
        notification,
        key,
        count: (earlier?.count ?? 0) + 1,
        since: earlier?.since ?? now,
        dueAt: Math.max(group.openedAt, last ?? -Infinity) + windowMs,
      };
      if (last !== undefined || group.told >= burst) return hold(group, subject, entry);
      group.told += 1;
      if (group.openedAt === -Infinity) group.openedAt = now;
      toldAt.set(key, now);
      emit(notification, earlier && { more: earlier.count, periodMs: now - earlier.since, others: [], unlisted: 0 });
    },
    flush() {
      const all = [...groups.values()];
      for (const group of all) tellHeld(group, () => true);
    },
  };
}
