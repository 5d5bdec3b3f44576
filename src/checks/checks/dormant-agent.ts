import { nothing, type AgentCheck, type AgentView, type Finding } from '../agent/agent-check.js';
import { DAY_MS, HOUR_MS } from '../agent/time.js';
import { createWorkingTime, momentAfter } from '../agent/working-time.js';
import { duration, rounded, short, time } from '../words.js';

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

  function find({ instance, now, hour, profile, rhythm }: AgentView): readonly Finding[] {
    const { tasks, lastAt, gaps, calendar } = profile;
    const silence = now - lastAt;
    if (tasks < MIN_TASKS || silence < minSilenceMs || silence > retiredAfterMs) return nothing;
    const learnt = rhythm(Math.min(hour, profile.hourOf(lastAt) + 1));
    if ((learnt.active[0] ?? 0) + (learnt.active[1] ?? 0) < MIN_DAYS) return nothing;
    const past = createWorkingTime(calendar, learnt, true);
    let longest = 0;
    for (let index = 0; index + 1 < gaps.length; index += 2) {
      longest = Math.max(longest, past(gaps[index] ?? 0, gaps[index + 1] ?? 0));
    }
    const present = createWorkingTime(calendar, learnt, false);
    const silent = present(lastAt, now);
    const limit = Math.max(minSilenceMs, factor * longest);
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

  return { name: 'dormant-agent', category: 'health', start: () => ({ find }) };
}
