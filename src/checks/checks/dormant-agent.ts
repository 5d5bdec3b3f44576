import { nothing, type AgentCheck, type AgentView, type Finding } from '../agent/agent-check.js';
import { SPAN } from '../agent/activity-profile.js';
import { DAY_MS, HOUR_MS } from '../agent/time.js';
import { momentAfter, type WorkingTime } from '../agent/working-time.js';
import { duration, rounded, short, time } from '../words.js';

/** What `dormant-agent` is tuned by. */
export interface DormantAgentOptions {
  /** How many times the longest pause of its own working hours an agent may be silent. Default 2.3. */
  factor?: number | undefined;
  /**
   * Shortest silence that can count, in milliseconds of working time. Default 3,600,000 (1 h); where an agent has
   * breaks, 45 min more.
   */
  minSilenceMs?: number | undefined;
  /** An agent silent for so long has been retired, in milliseconds. Default 1,209,600,000 (14 days). */
  retiredAfterMs?: number | undefined;
}

export const dormantAgentDefaults = {
  factor: 2.3,
  minSilenceMs: HOUR_MS,
  retiredAfterMs: 14 * DAY_MS,
} as const;

/** Below these nothing is known of a rhythm. */
const MIN_TASKS = 20;
const MIN_DAYS = 3;
const FEW_TASKS = 6;
/**
 * Where there are nights or weekends: so that the first morning and evening after a change of the clocks are no
 * silence, with half an hour of coming late or leaving early.
 */
const BREAK_MARGIN_MS = 0.75 * HOUR_MS;
/** And of a trickle. */
const MIN_TASKS_OF_TRICKLE = 150;
const MIN_DAYS_OF_TRICKLE = 8;

/**
 * Silent for longer than 2.3 times the longest pause of its own working hours in 28 days. Hours of the week are
 * weighed by how likely the agent works in them, so that nights and weekends cost an office agent nothing. A multiple
 * of the *median* pause, which is often used, was simulated: with ten medians 79 of 100 healthy days see a false
 * alert, since pauses are spread exponentially at best. Ends with the next task, or after 14 days.
 */
export function dormantAgent(options: DormantAgentOptions = {}): AgentCheck {
  const factor = options.factor ?? dormantAgentDefaults.factor;
  const minSilenceMs = options.minSilenceMs ?? dormantAgentDefaults.minSilenceMs;
  const retiredAfterMs = options.retiredAfterMs ?? dormantAgentDefaults.retiredAfterMs;

  function find(view: AgentView): readonly Finding[] {
    const { now, profile } = view;
    const { tasks, lastAt } = profile;
    if (tasks < MIN_TASKS || now - lastAt > retiredAfterMs) return nothing;
    const spanAt = profile.recent.at(-SPAN)!;
    // Most agents most of the time: neither can be too long.
    if (now - lastAt < minSilenceMs && now - spanAt < SPAN * minSilenceMs) return nothing;
    const learnt = view.past.rhythm;
    const days = learnt.active[0] + learnt.active[1];
    if (days < MIN_DAYS) return nothing;
    const least = minSilenceMs + (learnt.hasBreaks ? BREAK_MARGIN_MS : 0);
    // The longest of few pauses says little of the longest of many.
    const enough = factor * (1 + FEW_TASKS / tasks);
    const { past, present } = view.past.workingTime();
    return [
      ...findSilence(view, past, present, least, enough),
      ...findTrickle(view, past, present, SPAN * least, enough, spanAt, days),
    ].slice(0, 1);
  }

  function findSilence(
    { instance, now, profile }: AgentView,
    past: WorkingTime,
    present: WorkingTime,
    least: number,
    enough: number,
  ): readonly Finding[] {
    const { lastAt } = profile;
    const longest = profile.gaps.longest(past, Number.POSITIVE_INFINITY);
    const silent = present(lastAt, now);
    const limit = Math.max(least, enough * longest);
    if (silent <= limit) return nothing;
    const longestText = longest > 0 ? duration(longest) : 'less than 30 min';
    return [
      {
        severity: silent > 2 * limit ? 'critical' : 'warning',
        title: `${short(instance)} has gone silent`,
        detail:
          `No task since ${time(lastAt)}: ${duration(silent)} of its working hours. ` +
          `Its longest pause in the 28 days before was ${longestText}.`,
        evidence: {
          silentSince: lastAt,
          workingMs: Math.round(silent),
          longestPauseMs: Math.round(longest),
          limitMs: Math.round(limit),
          factor: longest > 0 ? rounded(silent / longest, 2) : null,
        },
        firstSeenAt: momentAfter(present, lastAt, limit, now),
        lastSeenAt: now,
      },
    ];
  }

  /** A task now and then where there were dozens: several pauses together longer than they ever were. */
  function findTrickle(
    { instance, now, profile }: AgentView,
    past: WorkingTime,
    present: WorkingTime,
    least: number,
    enough: number,
    spanAt: number,
    days: number,
  ): readonly Finding[] {
    if (profile.tasks < MIN_TASKS_OF_TRICKLE || days < MIN_DAYS_OF_TRICKLE) return nothing;
    // Those of the newest tasks are not the past: they would hide what they are part of.
    const longest = profile.spans.longest(past, profile.recent[0]!);
    const length = present(spanAt, now);
    const limit = Math.max(least, enough * longest);
    if (length <= limit) return nothing;
    return [
      {
        severity: 'warning',
        title: `${short(instance)} has nearly gone silent`,
        detail:
          `${SPAN} tasks in ${duration(length)} of its working hours, the last at ${time(profile.lastAt)}. ` +
          `In the 28 days before as many never took longer than ${duration(Math.max(longest, limit / enough))}.`,
        evidence: {
          tasks: SPAN,
          workingMs: Math.round(length),
          longestBeforeMs: Math.round(longest),
          limitMs: Math.round(limit),
        },
        firstSeenAt: momentAfter(present, spanAt, limit, now),
        lastSeenAt: now,
      },
    ];
  }

  return { name: 'dormant-agent', category: 'health', start: () => ({ find }) };
}
