import { explainInstance, type Explanation, type Next } from '../../core/view/explain-instance.js';
import { kindWords } from '../../core/view/kind-words.js';
import { isAllPaused, isEverything, targetId, targetName } from '../data/targets.js';
import type { Live } from '../data/live.js';
import type { Alert, HealthPause, InstanceView, Target } from '../data/types.js';
import { sinceOf, type Filter } from '../table/table-model.js';

export type Group = 'person' | 'itself' | 'decided';

/** Lines of a group before the rest is summed up. */
const MOST = 5;

/** One line of the situation. */
export interface Line {
  id: string;
  group: Group;
  /** What stands at its left. */
  sign:
    | { kind: 'agent'; view: InstanceView }
    | { kind: 'tier'; index: number }
    | { kind: 'stop'; isFilled: boolean }
    | { kind: 'critical' };
  /** Name first, then verb. */
  what: string;
  why: string;
  since: number | null;
  /** In the place of how long. */
  sinceNote?: string;
  next: Next;
  condition: string;
  actions: LineAction[];
}

export type LineAction =
  | { kind: 'resume' | 'reset' | 'pause' | 'open' | 'report'; name: string }
  | { kind: 'resume-target'; target: Target }
  | { kind: 'filter'; filter: Filter }
  | { kind: 'retry' };

/** A group with its lines: the longest first, and how many more there are. */
export interface SituationGroup {
  group: Group;
  title: string;
  count: number;
  lines: Line[];
  more: number;
  filter: Filter;
}

const TITLES: Readonly<Record<Group, string>> = {
  person: 'Needs you',
  itself: 'Recovers by itself',
  decided: 'Decided by a person',
};

/** What is wrong, by who must act. */
export function situation(live: Live): SituationGroup[] {
  // Who is stopped stands before what goes wrong: nobody answers for them.
  const lines = [...serverLines(live), ...agentLines(live), ...healthLines(live), ...alertLines(live)];
  const groups = (['person', 'itself', 'decided'] as const).map((group) => {
    const found = lines.filter((line) => line.group === group);
    const kind = ({ sign }: Line) => (group === 'person' && sign.kind === 'critical' ? 1 : 0);
    const sorted = found.sort((one, other) => kind(one) - kind(other) || (one.since ?? 0) - (other.since ?? 0));
    return {
      group,
      title: TITLES[group],
      count: found.length,
      lines: sorted.slice(0, MOST),
      more: Math.max(0, found.length - MOST),
      filter: group === 'itself' ? ('fallback' as const) : ('paused' as const),
    };
  });
  return groups.filter(({ count }) => count > 0);
}

function serverLines({ storeOk, health, isComplete, agentsProblem }: Live): Line[] {
  const isAway = !storeOk || health.value?.storeOk === false;
  // Before they were read once, the table says so.
  if (!isAway && (agentsProblem === '' || !isComplete)) return [];
  return [
    {
      id: 'store',
      group: 'person',
      sign: { kind: 'critical' },
      what: isAway ? 'The store cannot be read' : 'The agents cannot be read',
      why: isAway ? 'What is shown is from this process alone' : agentsProblem,
      since: null,
      next: { text: 'It is tried again every few seconds' },
      condition: 'Calls go on from memory',
      actions: [{ kind: 'retry' }],
    },
  ];
}

function alertLines(live: Live): Line[] {
  const critical = (live.alerts.value?.alerts ?? []).filter(({ severity }) => severity === 'critical');
  // An alert about an agent that is stopped anyway joins its line.
  return critical
    .filter(({ instance }) => !isStopped(live.agents.get(instance ?? '')))
    .map((alert) => alertLine(alert, live));
}

function alertLine({ id, title, detail, firstSeenAt, instance }: Alert, live: Live): Line {
  const isKnown = instance !== null && live.agents.has(instance);
  const isPaused = isKnown && live.agents.get(instance)?.paused;
  return {
    id: `alert:${id}`,
    group: 'person',
    sign: { kind: 'critical' },
    what: title,
    why: detail,
    since: firstSeenAt,
    next: { text: 'It goes on until someone stops it' },
    condition: 'Checks only watch; they stop nobody',
    actions: isKnown
      ? [{ kind: 'report', name: instance }, ...(isPaused ? [] : [{ kind: 'pause' as const, name: instance }])]
      : [],
  };
}

function healthLines({ health }: Live): Line[] {
  return (health.value?.pauses ?? []).flatMap((pause): Line[] => {
    const name = targetName(pause.target);
    // A paused agent has a line of its own.
    if (typeof pause.target === 'string') return [];
    const isAll = isEverything(pause.target);
    const byPerson = pause.source === 'operator';
    const needs = isAll && !byPerson && pause.resumesAt === null && pause.clearSince === null;
    return [
      {
        id: `target:${targetId(pause.target)}`,
        group: byPerson ? 'decided' : needs ? 'person' : 'itself',
        sign: { kind: 'stop', isFilled: needs },
        what: isAll ? 'Everything is paused' : `${name} is paused for everyone`,
        why: byPerson ? `by ${pause.by}: ${pause.reason}` : pause.reason,
        since: pause.since,
        ...healthNext(pause, byPerson),
        actions: [{ kind: 'resume-target', target: pause.target }],
      },
    ];
  });
}

function healthNext({ resumesAt, clearSince }: HealthPause, byPerson: boolean): Pick<Line, 'next' | 'condition'> {
  if (byPerson) {
    return resumesAt === null
      ? { next: { text: 'Nothing, until someone resumes it' }, condition: '' }
      : { next: { text: 'Resumes by itself', at: resumesAt, style: 'at' }, condition: '' };
  }
  if (resumesAt !== null)
    return {
      next: { text: 'One trial call', at: resumesAt, style: 'in' },
      condition: 'If it answers, traffic returns',
    };
  return clearSince === null
    ? { next: { text: 'Not clear yet' }, condition: 'A trial call follows when it is' }
    : { next: { text: 'One trial call now' }, condition: 'If it answers, traffic returns' };
}

function agentLines(live: Live): Line[] {
  const nothingRuns = isAllPaused(live.health.value);
  const lines: Line[] = [];
  const byReason = new Map<string, Stopped[]>();
  const byTier = new Map<number, InstanceView[]>();
  for (const view of live.agents.values()) {
    const { group, why, next } = explainInstance(view);
    if (group === null || (nothingRuns && view.paused)) continue;
    const isLast = view.tier.index === view.tiers.length - 1 && view.tiers.length > 1;
    if (view.paused || group !== 'itself')
      add(byReason, `${group}:${why}:${group === 'decided' ? view.name : ''}`, { view, group, why, next });
    else if (isLast) lines.push(lastTierLine(view));
    else add(byTier, view.tier.index, view);
  }
  for (const stopped of byReason.values()) lines.push(stoppedLine(stopped, live));
  for (const [index, views] of byTier) lines.push(fallbackLine(index, views));
  return lines;
}

/** An agent that is stopped or held, and why. */
interface Stopped extends Explanation {
  view: InstanceView;
  group: Group;
}

/** What agents that are stopped for the same reason have in common. */
function stoppedLine(stopped: readonly Stopped[], live: Live): Line {
  const [{ view, why, group, next: after }] = stopped as [Stopped];
  const first = oldest(stopped.map((each) => each.view));
  const next = after ?? { text: '' };
  if (stopped.length > 1) {
    return {
      id: `stopped:${why}`,
      group,
      sign: { kind: 'stop', isFilled: group === 'person' },
      what: `${stopped.length} agents are stopped`,
      why,
      since: first,
      sinceNote: 'the longest of them',
      next,
      condition: '',
      actions: [{ kind: 'filter', filter: 'paused' }],
    };
  }
  const { name, paused } = view;
  const alert = live.alerts.value?.alerts.find(({ instance }) => instance === name);
  const isHold = paused === null;
  return {
    id: `agent:${name}`,
    group,
    sign: { kind: 'agent', view },
    what: isHold
      ? `${name} stays off ${why.slice(0, why.indexOf(' held')).toLowerCase()}`
      : group === 'person'
        ? `${name} is stopped`
        : `${name} is paused`,
    why: [isHold ? why : stopReason(view, why), alert?.title].filter(Boolean).join('; '),
    since: first,
    next: group === 'person' ? { text: 'Nothing, until someone resumes it' } : next,
    condition: paused?.source === 'exhausted' ? 'The chain says: pause when used up' : (paused?.reason ?? ''),
    actions: paused
      ? [
          { kind: 'resume', name },
          { kind: 'reset', name },
        ]
      : [{ kind: 'open', name }],
  };
}

/** `No tier left: rate limited, timed out`. */
function stopReason({ paused, tiers }: InstanceView, why: string): string {
  if (paused?.source !== 'exhausted') return why;
  const kinds = tiers.flatMap(({ lastFailureKind }) => (lastFailureKind === null ? [] : [kindWords(lastFailureKind)]));
  return kinds.length === 0 ? 'No tier left' : `No tier left: ${kinds.join(', ')}`;
}

function lastTierLine(view: InstanceView): Line {
  const { next, why } = explainInstance(view);
  const failures = view.tiers
    .slice(0, -1)
    .flatMap(({ index, lastFailureKind }) =>
      lastFailureKind === null ? [] : [`tier ${index + 1} ${kindWords(lastFailureKind)}`],
    );
  return {
    id: `agent:${view.name}`,
    group: 'itself',
    sign: { kind: 'agent', view },
    what: `${view.name} is on its last tier`,
    why: failures.join(', ') || why,
    since: view.since,
    next: next ?? { text: 'The next answer decides' },
    condition: '',
    actions: [{ kind: 'open', name: view.name }],
  };
}

function fallbackLine(index: number, views: readonly InstanceView[]): Line {
  const reasons = new Map<string, number>();
  for (const view of views) {
    const words =
      view.trial === null
        ? view.cause === null
          ? 'held'
          : kindWords(view.cause)
        : `trying tier ${view.trial + 1} now`;
    reasons.set(words, (reasons.get(words) ?? 0) + 1);
  }
  const [only] = views as [InstanceView];
  const times = views.map(({ retryAt }) => retryAt ?? 0).filter((at) => at > 0);
  const isOne = views.length === 1;
  return {
    id: `tier:${index}`,
    group: 'itself',
    sign: { kind: 'tier', index },
    what: isOne ? `${only.name} is on tier ${index + 1}` : `${views.length} agents are on tier ${index + 1}`,
    why: [...reasons].map(([words, count]) => (isOne ? words : `${count} ${words}`)).join(', '),
    since: oldest(views),
    ...(isOne ? {} : { sinceNote: 'the longest of them' }),
    next:
      times.length === 0
        ? { text: 'The next answer decides' }
        : { text: isOne ? 'A better tier is tried' : 'The first is tried again', at: Math.min(...times), style: 'in' },
    condition: '',
    actions: isOne ? [{ kind: 'open', name: only.name }] : [{ kind: 'filter', filter: 'fallback' }],
  };
}

function oldest(views: readonly InstanceView[]): number | null {
  const times = views.map(sinceOf).filter((at) => at > 0);
  return times.length === 0 ? null : Math.min(...times);
}

function isStopped(view: InstanceView | undefined): boolean {
  return view !== undefined && view.paused !== null && explainInstance(view).group === 'person';
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
