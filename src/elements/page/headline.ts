import type { Live } from '../data/live.js';
import { countdown, since } from '../parts/times.js';
import type { SituationGroup } from './situation-model.js';
import { isAllPaused, targetName } from '../data/targets.js';
import { healthTargets } from '../health/health-model.js';

/** The headline, and the sentence under it: its first clause matters most. */
export interface Headline {
  title: string;
  first: string;
  rest: string;
  isWell: boolean;
}

/** The state of everything in two sentences. */
export function headline(live: Live, groups: readonly SituationGroup[], now: number): Headline {
  const agents = [...live.agents.values()];
  const count = (group: string) => groups.find((each) => each.group === group)?.count ?? 0;
  const needs = count('person');
  const recovers = count('itself');
  const decided = count('decided');
  const nothingRuns = isAllPaused(live.health.value);
  if (live.isComplete && agents.length === 0 && !nothingRuns && needs === 0) {
    return {
      title: 'No agents yet',
      first: '',
      rest: 'The failover is running and this page is connected to it. Nothing has called through it so far.',
      isWell: false,
    };
  }
  const answering = agents.filter(({ paused }) => paused === null);
  const well = answering.filter(({ tier }) => tier.index === 0);
  const answer = `${answering.length} of ${agents.length} agents answer`;
  const totals = `${answer}, ${well.length} of them from their first choice.`;
  if (!live.storeOk || live.health.value?.storeOk === false) {
    return {
      title: 'The store cannot be read',
      first: '',
      rest: `What you see is from this process alone. ${totals}`,
      isWell: false,
    };
  }
  if (nothingRuns)
    return {
      title: 'Everything is paused',
      first: '',
      rest: 'No provider is called for any agent until someone resumes.',
      isWell: false,
    };
  if (needs > 0) {
    const line = groups.find(({ group }) => group === 'person')?.lines[0];
    const clause = line
      ? `${line.what.replace(/ is (stopped|paused)$/u, ' has been $1')}${
          line.since === null ? '' : ` since ${since(line.since, now)}`
        }.`
      : '';
    return {
      title: needs === 1 ? '1 thing needs you' : `${needs} things need you`,
      first: clause,
      rest: `${widest(live, now)}${totals}`,
      isWell: false,
    };
  }
  if (recovers > 0) {
    const things = recovers === 1 ? '1 thing recovers by itself' : `${recovers} things recover by themselves`;
    return { title: `Nothing needs you, ${things}`, first: '', rest: `${widest(live, now)}${totals}`, isWell: false };
  }
  if (decided > 0) return { title: 'Nothing needs you', first: '', rest: totals, isWell: false };
  const last = Math.max(...agents.map((view) => view.since ?? 0));
  const parts = [last > 0 ? `Nothing has stepped down since ${since(last, now)}.` : '', restWords(live)].filter(
    Boolean,
  );
  const title =
    agents.length === 1
      ? 'The one agent answers from its first choice'
      : `All ${agents.length} agents answer from their first choice`;
  return {
    title,
    first: '',
    rest: parts.map((part) => (part.endsWith('.') ? part : `${part}.`)).join(' '),
    isWell: live.isComplete && live.health.problem === '' && live.alerts.problem === '',
  };
}

/** What else is well, as far as that is known: nothing where nobody counts, one is near a limit, or no check ran. */
function restWords({ health, alerts }: Live): string {
  const status = health.problem === '' ? health.value : undefined;
  const found = alerts.problem === '' ? alerts.value : undefined;
  const isClear = status?.enabled && healthTargets(status).every(({ state }) => state === 'clear');
  const count = found?.alerts.length ?? 0;
  const many = `${count} alert${count === 1 ? ' is' : 's are'} active`;
  const words = [
    isClear ? 'every provider is clear' : '',
    count > 0 ? many : found?.checkedAt ? 'no alerts are active' : '',
  ];
  const text = words.filter(Boolean).join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The pause that concerns most. */
function widest(live: Live, now: number): string {
  const pause = live.health.value?.pauses.find(({ target }) => typeof target === 'object');
  if (!pause) return '';
  const again = pause.resumesAt === null ? '' : ` and is tried again ${countdown(pause.resumesAt, now)}`;
  return `${targetName(pause.target)} is paused for everyone${again}. `;
}
