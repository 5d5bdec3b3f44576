import { nothing, type AgentCheck, type AgentView, type Finding } from '../agent/agent-check.js';
import { findLull } from '../agent/surge.js';
import { DAY_MS, HOUR_MS } from '../agent/time.js';
import { createWorkingTime, momentAfter } from '../agent/working-time.js';
import { duration, percent, plural, rounded, short, time } from '../words.js';

/** What `dormant-agent` is tuned by. */
export interface DormantAgentOptions {
  /** How many times the longest pause of its own working hours an agent may be silent. Default 2.3. */
  factor?: number | undefined;
  /** Shortest silence that can count, in milliseconds of working time. Default 6,300,000 (1 h 45 min). */
  minSilenceMs?: number | undefined;
  /** An agent silent for so long has been retired, in milliseconds. Default 1,209,600,000 (14 days). */
  retiredAfterMs?: number | undefined;
}

export const dormantAgentDefaults = {
  factor: 2.3,
  // Above an hour, so that the morning after a change of the clocks is no silence, with half an hour of coming late.
  minSilenceMs: 1.75 * HOUR_MS,
  retiredAfterMs: 14 * DAY_MS,
} as const;

/** Below these nothing is known of a rhythm. */
const MIN_TASKS = 20;
const MIN_DAYS = 3;
const FEW_TASKS = 6;
/** Tasks that must be usual in a window before a trickle is judged. */
const LEAST_EXPECTED = 25;
/** Of the days of a week the part on which an agent works that has weekends. */
const WORKING_PART = 0.8;
/** Days of work of one kind after which the emptiest of them says something. */
const TRICKLE_DAYS = 12;

/**
 * Silent for longer than 2.3 times the longest pause of its own working hours in 28 days. Hours of the week are weighed by
 * how likely the agent works in them, so that nights and weekends cost an office agent nothing. A multiple of the *median*
 * pause, which is often used, was simulated: with ten medians 79 of 100 healthy days see a false alert, since pauses are
 * spread exponentially at best. Ends with the next task, or after 14 days.
 */
export function dormantAgent(options: DormantAgentOptions = {}): AgentCheck {
  const factor = options.factor ?? dormantAgentDefaults.factor;
  const minSilenceMs = options.minSilenceMs ?? dormantAgentDefaults.minSilenceMs;
  const retiredAfterMs = options.retiredAfterMs ?? dormantAgentDefaults.retiredAfterMs;

  function find(view: AgentView): readonly Finding[] {
    const silence = findSilence(view);
    return silence.length > 0 ? silence : findTrickle(view);
  }

  function findSilence(view: AgentView): readonly Finding[] {
    const { instance, now, profile } = view;
    const { tasks, lastAt, gaps, calendar } = profile;
    const silence = now - lastAt;
    if (tasks < MIN_TASKS || silence < minSilenceMs || silence > retiredAfterMs) return nothing;
    const learnt = view.rhythm;
    if (learnt.active[0] + learnt.active[1] < MIN_DAYS) return nothing;
    const past = createWorkingTime(calendar, learnt, true);
    let longest = 0;
    for (let index = 0; index + 1 < gaps.length; index += 2) {
      longest = Math.max(longest, past(gaps[index] ?? 0, gaps[index + 1] ?? 0));
    }
    const present = createWorkingTime(calendar, learnt, false);
    const silent = present(lastAt, now);
    // The longest of few pauses says little of the longest of many.
    const limit = Math.max(minSilenceMs, factor * longest * (1 + FEW_TASKS / tasks));
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
        firstSeenAt: momentAfter(present, lastAt, limit, now) ?? now,
        lastSeenAt: now,
      },
    ];
  }

  /** A task now and then where there were dozens: pauses alone do not tell where it always had long ones. */
  function findTrickle(view: AgentView): readonly Finding[] {
    const { instance, now, hour, profile } = view;
    const { calendar, tasks, lastAt } = profile;
    if (tasks < MIN_TASKS || now - lastAt > retiredAfterMs) return nothing;
    if (profile.countSince(hour - 47) * 14 > tasks || view.past.days < TRICKLE_DAYS) return nothing;
    // A day and a half of work: the first hour after a weekend says nothing.
    const { past } = view;
    const lull = findLull(past, hour, Math.max(LEAST_EXPECTED, (1.5 * past.tasksOfDay) / WORKING_PART));
    if (!lull) return nothing;
    return [
      {
        severity: 'warning',
        title: `${short(instance)} has nearly gone silent`,
        detail:
          `${plural(lull.amount, 'task')} in the last ${lull.hours} h, where ${Math.round(lull.expected)} are usual. ` +
          `The emptiest such time in the 28 days before had ${percent(lull.pastRatio)} of the usual.`,
        evidence: {
          tasks: lull.amount,
          expected: rounded(lull.expected, 1),
          windowHours: lull.hours,
          lowestShareBefore: rounded(lull.pastRatio),
        },
        firstSeenAt: calendar.startAt + (hour - lull.hours + 1) * HOUR_MS,
        lastSeenAt: now,
      },
    ];
  }

  return { name: 'dormant-agent', category: 'health', start: () => ({ find }) };
}
