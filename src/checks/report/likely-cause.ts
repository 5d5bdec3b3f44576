import type { ActivityRow } from '../../core/activity/activity-row.js';
import { fisherGreater } from '../statistics/fisher.js';
import { duration, percent, plural, short, time } from '../words.js';
import type { FailurePlace, FailureReason, FailureReport } from './report.js';

/** What a cause is derived from. */
export type CauseFacts = Omit<FailureReport, 'likelyCause' | 'nextSteps'> & {
  rows: readonly ActivityRow[];
  /** The first of `byReason`: where something was rejected or failed there is one. */
  reason: FailureReason;
};

/** Words for what probably happened, and what to do about it. */
type Cause = Pick<FailureReport, 'likelyCause' | 'nextSteps'>;

/** A part of all failures that can be called most of them. */
const MOST = 0.5;
/** Chance by which a place may stand out by luck. */
const LEVEL = 0.001;

/**
 * The first of these that the figures support: one task that comes back, one tier, one domain, one reason, everything
 * at once. Says nothing that the figures do not.
 */
export function findCause(facts: CauseFacts): Cause {
  return repeatedTask(facts) ?? oneTier(facts) ?? oneDomain(facts) ?? oneReason(facts) ?? everything(facts);
}

function repeatedTask({ repeated, rejected, failed, instance, reason: main }: CauseFacts): Cause | undefined {
  if (!repeated || repeated.times < 5 || repeated.times < MOST * (rejected + failed)) return undefined;
  const { task, reason, times, firstAt, lastAt } = repeated;
  const words = reason ? ` with the same answer, “${short(reason, 120)}”` : ' with the same answer';
  return {
    likelyCause:
      `${instance} repeats itself: “${short(task, 80)}” came back ${times} times${words}, ` +
      `within ${duration(lastAt - firstAt)} since ${time(firstAt)}. It does not take in why it is refused.`,
    nextSteps: [
      `Pause ${instance}, so that it stops repeating itself.`,
      `Look at “${short(task, 80)}” and why it is refused: “${short(main.name, 120)}”.`,
      'Hand the reason back to the agent, or let it give up a task after a few tries; then resume it.',
    ],
  };
}

function oneTier(facts: CauseFacts): Cause | undefined {
  const stands = standsOut(facts.byTier, facts);
  if (!stands) return undefined;
  const { name, failureShare } = stands;
  const others = rest(stands, facts);
  const began = facts.rows.find((row) => row[7] === name)?.[1];
  const isNew = began !== undefined && began > facts.from + 60_000 && facts.rows[0]?.[7] !== name;
  const { reason } = facts;
  const since = isNew ? ` They began when its calls went to ${name}, at ${time(began)}.` : '';
  return {
    likelyCause:
      `${name} does this work worse than the other tiers: ` +
      `${percent(failureShare)} of what it did was rejected or failed, ${percent(others)} elsewhere.${since}` +
      ` Mostly: “${short(reason.name, 120)}”.`,
    nextSteps: [
      `Compare what ${name} answers with what the other tiers answer to the same task.`,
      `Adapt the prompt or the output format for ${name}, so that “${short(reason.name, 80)}” goes away.`,
      `Until then put another tier before ${name}, or hold ${facts.instance} off it.`,
    ],
  };
}

function oneDomain(facts: CauseFacts): Cause | undefined {
  const stands = standsOut(facts.byDomain, facts);
  if (!stands) return undefined;
  const others = rest(stands, facts);
  const { reason } = facts;
  return {
    likelyCause:
      `The trouble is in ${short(stands.name)}: ` +
      `${percent(stands.failureShare)} of its ${plural(stands.of, 'task')} were rejected or failed, ` +
      `${percent(others)} in the rest of the work. Mostly: “${short(reason.name, 120)}”.`,
    nextSteps: [
      `Ask who judges the work for ${short(stands.name)} what has changed there: its data, its rules, its access.`,
      `Look at the examples of “${short(reason.name, 80)}”.`,
      `Keep ${facts.instance} off ${short(stands.name)} until that is clear; the rest of its work is as usual.`,
    ],
  };
}

function oneReason(facts: CauseFacts): Cause | undefined {
  const { reason } = facts;
  if (reason.count < 5 || reason.share < 0.6) return undefined;
  return {
    likelyCause:
      `${reason.share === 1 ? 'All of it has one reason' : `One reason stands for ${percent(reason.share)} of it`}: ` +
      `“${short(reason.name, 160)}”, ${plural(reason.count, 'time')} since ${time(reason.firstAt)}.${across(facts)}`,
    nextSteps: [
      `Look at the examples of “${short(reason.name, 80)}” and at what changed before ${time(reason.firstAt)}.`,
      'Put the rule that is broken into the prompt, or check it before the work is handed in.',
    ],
  };
}

/** What equal trouble in several places says. */
function across({ byTier, byDomain, instance }: CauseFacts): string {
  const places = [byTier.length > 1 ? 'tiers' : '', byDomain.length > 1 ? 'domains' : ''].filter(
    (place) => place !== '',
  );
  if (places.length === 0) return '';
  const where = ` It is spread over ${places.join(' and ')}`;
  return `${where}, so it is in what ${instance} is asked to do, or in how it is judged.`;
}

function everything(facts: CauseFacts): Cause {
  const { failed, rejected, trend, instance, tasks } = facts;
  if (failed > rejected && failed >= 5) {
    return {
      likelyCause:
        `${plural(failed, 'task')} of ${tasks} did not finish, rather than being refused: ` +
        'the trouble is in running them, not in what they gave.',
      nextSteps: [
        `Look at the ledger of ${instance} for the same time: which tiers failed, and why.`,
        'Look at the limits of time and tokens the tasks run under.',
      ],
    };
  }
  if (trend === 'rising') {
    return {
      likelyCause:
        'More is rejected than before, for several reasons: something that all of its work shares has changed, ' +
        'such as the prompt, the model or the rules it is judged by.',
      nextSteps: [
        `Look at what was changed at ${instance} since ${time(facts.from)}.`,
        'Compare accepted tasks of the hours before with rejected ones of now.',
      ],
    };
  }
  return {
    likelyCause:
      `No single cause: ${plural(rejected + failed, 'task')} of ${tasks}, for several reasons, ` +
      'no more than chance explains in any one place.',
    nextSteps: ['Read the examples; nothing here has to be done at once.'],
  };
}

/** The place that holds most of the failures and fails far more than the rest does. */
function standsOut(places: readonly FailurePlace[], { tasks, rejected, failed }: CauseFacts): FailurePlace | undefined {
  const [first] = places;
  const bad = rejected + failed;
  if (!first || first.count < 5 || first.share < MOST || first.of === tasks) return undefined;
  const chance = fisherGreater(first.count, first.of, bad - first.count, tasks - first.of);
  return chance < LEVEL && first.failureShare >= 1.5 * ((bad - first.count) / (tasks - first.of)) ? first : undefined;
}

function rest(place: FailurePlace, { tasks, rejected, failed }: CauseFacts): number {
  return (rejected + failed - place.count) / Math.max(1, tasks - place.of);
}
