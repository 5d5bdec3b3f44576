import { describe, expect, it } from 'vitest';
import { Live } from '../../src/elements/data/live.js';
import type { Alert, HealthPause, HealthStatus, HealthWindow, InstanceView } from '../../src/elements/data/types.js';
import { barOf, healthTargets } from '../../src/elements/health/health-model.js';
import { headline } from '../../src/elements/page/headline.js';
import { situation, type Line, type SituationGroup } from '../../src/elements/page/situation-model.js';
import { chooseAgents, countAgents, keepOrder, windowOf } from '../../src/elements/table/table-model.js';
import { alertOf, healthPauseOf, pauseOf, tiersOf, viewOf } from './support/given.js';

const now = new Date(2026, 3, 15, 12, 0, 0).getTime();
const MINUTE = 60_000;

interface Known {
  agentsProblem?: string;
  agents?: InstanceView[];
  pauses?: HealthPause[];
  alerts?: Alert[];
  storeOk?: boolean;
}

/** What is known of a server. */
function liveOf({ agentsProblem = '', agents = [], pauses, alerts, storeOk = true }: Known): Live {
  const live = new Live('/ops', '');
  for (const view of agents) live.agents.set(view.name, view);
  live.isComplete = true;
  live.storeOk = storeOk;
  live.agentsProblem = agentsProblem;
  if (pauses) live.health.value = { enabled: true, pauses, rules: [], checkedAt: now, storeOk: true };
  if (alerts) live.alerts.value = { alerts, total: alerts.length, checkedAt: now };
  return live;
}

const groupsOf = (known: Known): SituationGroup[] => situation(liveOf(known));
const linesOf = (known: Known): Line[] => groupsOf(known).flatMap(({ lines }) => lines);
/** A line as it is read: who, why, what is next, under which condition, and what can be done. */
const told = (known: Known): string[] =>
  groupsOf(known).flatMap(({ title, lines }) =>
    lines.map(({ what, why, next, condition, actions }) =>
      [title, what, why, next.text, condition, actions.map(({ kind }) => kind).join(' ')]
        .filter((part) => part !== '')
        .join(' | '),
    ),
  );

const exhausted = pauseOf({ source: 'exhausted', by: 'tierfall', reason: 'chain exhausted' });
const down = (name: string, change: Partial<InstanceView> = {}) =>
  viewOf(
    name,
    {
      cause: 'rate_limit',
      since: now - MINUTE,
      retryAt: now + MINUTE,
      tiers: tiersOf({ restUntil: now + MINUTE, failures: 1, lastFailureKind: 'rate_limit' }),
      ...change,
    },
    1,
  );

describe('the situation says', () => {
  it('that the store cannot be read, before all that has a time', () => {
    expect(told({ storeOk: false, agents: [viewOf('a', { paused: exhausted })] })).toEqual([
      'Needs you | a is stopped | No tier left | Nothing, until someone resumes it | The chain says: pause when used up | resume reset',
      'Needs you | The store cannot be read | What is shown is from this process alone | It is tried again every few seconds | Calls go on from memory | retry',
    ]);
  });

  it('which kinds used up a chain, and the alert of an agent that is stopped anyway', () => {
    const tiers = tiersOf({ lastFailureKind: 'rate_limit' }, { lastFailureKind: 'timeout' });
    expect(
      told({
        agents: [viewOf('a', { paused: exhausted, tiers })],
        alerts: [alertOf('1', { instance: 'a', title: 'a repeats itself' })],
      }),
    ).toEqual([
      'Needs you | a is stopped | No tier left: rate limited, timed out; a repeats itself | Nothing, until someone resumes it | The chain says: pause when used up | resume reset',
    ]);
  });

  it('how many agents are stopped for the same reason', () => {
    const [line, ...others] = linesOf({
      agents: [viewOf('a', { paused: { ...exhausted, since: 500 } }), viewOf('b', { paused: exhausted })],
    });
    expect(line).toMatchObject({
      what: '2 agents are stopped',
      since: 500,
      sinceNote: 'the longest of them',
      next: { text: 'Until someone resumes it' },
      actions: [{ kind: 'filter', filter: 'paused' }],
    });
    expect(others).toEqual([]);
    const none = tiersOf(...[0, 1, 2].map(() => ({ restUntil: now + MINUTE })));
    expect(told({ agents: [viewOf('a', { tiers: none }), viewOf('b', { tiers: none })] })).toEqual([
      'Needs you | 2 agents are stopped | No tier may be asked now | filter',
    ]);
  });

  it('of a pause and of a hold by a person who it was, apart for each agent', () => {
    const hold = now + 60 * MINUTE;
    expect(
      told({
        agents: [
          viewOf('a', { paused: pauseOf() }),
          viewOf('b', { paused: pauseOf({ until: hold }) }),
          viewOf('c', { tiers: tiersOf({ heldUntil: hold }) }, 1),
        ],
      }),
    ).toEqual([
      'Decided by a person | c stays off tier 1 | Tier 1 held back | Hold ends | open',
      'Decided by a person | a is paused | Paused by dana | Until someone resumes it | looking | resume reset',
      'Decided by a person | b is paused | Paused by dana | Resumes by itself | looking | resume reset',
    ]);
  });

  it('how far down agents are, and why, one line for each tier but the last', () => {
    expect(told({ agents: [down('a')] })).toEqual([
      'Recovers by itself | a is on tier 2 | rate limited | A better tier is tried | open',
    ]);
    const trial = down('d', { trial: 0 });
    const free = down('e', { cause: null, tiers: tiersOf(), retryAt: null, since: null });
    const [line] = linesOf({ agents: [down('a'), down('b', { retryAt: now + 5 * MINUTE }), trial, free] });
    expect(line).toMatchObject({
      what: '4 agents are on tier 2',
      why: '2 rate limited, 1 trying tier 1 now, 1 held',
      next: { text: 'The first is tried again', at: now + MINUTE },
      sinceNote: 'the longest of them',
    });
    expect(linesOf({ agents: [free] })[0]).toMatchObject({ since: null, next: { text: 'The next answer decides' } });
  });

  it('what keeps an agent on its last tier', () => {
    const last = (change: Partial<InstanceView>) => told({ agents: [viewOf('a', change, 2)] });
    const tiers = tiersOf(
      { restUntil: now + MINUTE, lastFailureKind: 'rate_limit' },
      { restUntil: now + MINUTE, lastFailureKind: 'timeout' },
    );
    expect(last({ tiers, retryAt: now + MINUTE })).toEqual([
      'Recovers by itself | a is on its last tier | tier 1 rate limited, tier 2 timed out | Tier 1 is tried again | open',
    ]);
    expect(last({ tiers: tiersOf({ restUntil: now + MINUTE }) })).toEqual([
      'Recovers by itself | a is on its last tier | Tier 1 is at rest | The next answer decides | open',
    ]);
  });

  it('of a pause of a provider what comes next', () => {
    const pauses = [
      healthPauseOf(),
      healthPauseOf({ target: { provider: 'openai' }, clearSince: now }),
      healthPauseOf({ target: { provider: 'mistral' }, clearSince: now, resumesAt: now + MINUTE }),
      healthPauseOf({ target: 'an-agent' }),
    ];
    expect(told({ pauses })).toEqual([
      'Recovers by itself | google is paused for everyone | 31 of 38 calls failed | Not clear yet | A trial call follows when it is | resume-target',
      'Recovers by itself | openai is paused for everyone | 31 of 38 calls failed | One trial call now | If it answers, traffic returns | resume-target',
      'Recovers by itself | mistral is paused for everyone | 31 of 38 calls failed | One trial call | If it answers, traffic returns | resume-target',
    ]);
    const byPerson = healthPauseOf({ source: 'operator', by: 'dana', reason: 'looking' });
    expect(told({ pauses: [byPerson] })).toEqual([
      'Decided by a person | google is paused for everyone | by dana: looking | Nothing, until someone resumes it | resume-target',
    ]);
    expect(told({ pauses: [{ ...byPerson, resumesAt: now + MINUTE }] })).toEqual([
      'Decided by a person | google is paused for everyone | by dana: looking | Resumes by itself | resume-target',
    ]);
  });

  it('of a pause of everything one line, and none for each agent that it stops', () => {
    const all = healthPauseOf({ target: { all: true } });
    const agents = [viewOf('a', { paused: pauseOf() })];
    const [group] = groupsOf({ pauses: [all], agents });
    expect(group).toMatchObject({ title: 'Needs you', count: 1, lines: [{ what: 'Everything is paused' }] });
    for (const change of [{ clearSince: now }, { resumesAt: now }])
      expect(groupsOf({ pauses: [{ ...all, ...change }], agents })[0]?.title).toBe('Recovers by itself');
    expect(groupsOf({ pauses: [{ ...all, source: 'operator' }], agents })[0]?.title).toBe('Decided by a person');
  });

  it('of a critical alert what can be done about its agent', () => {
    const alerts = [
      alertOf('1', { instance: 'a' }),
      alertOf('2', { instance: 'b' }),
      alertOf('3', { instance: 'gone' }),
      alertOf('4'),
      alertOf('5', { severity: 'warning' }),
    ];
    const agents = [viewOf('a'), viewOf('b', { paused: pauseOf() })];
    const lines = linesOf({ alerts, agents }).filter(({ id }) => id.startsWith('alert:'));
    expect(lines.map(({ what, actions }) => [what, actions.map(({ kind }) => kind).join(' ')])).toEqual([
      ['alert 1', 'report pause'],
      ['alert 2', 'report'],
      ['alert 3', ''],
      ['alert 4', ''],
    ]);
  });

  it('how many more there are than five of a group, and which agents these are', () => {
    const agents = Array.from({ length: 7 }, (_, index) => viewOf(`agent ${index}`, { paused: pauseOf() }));
    expect(groupsOf({ agents })[0]).toMatchObject({ count: 7, more: 2, filter: 'paused', lines: { length: 5 } });
  });
});

describe('the headline', () => {
  const read = (known: Known) => {
    const { title, first, rest, isWell } = headline(liveOf(known), groupsOf(known), now);
    return { title, text: `${first} ${rest}`.trim(), isWell };
  };

  it('says that all is well, since when, and what else is well', () => {
    expect(read({ agents: [viewOf('a')] })).toEqual({
      title: 'The one agent answers from its first choice',
      text: '',
      isWell: true,
    });
    expect(read({ agents: [viewOf('a', { since: now }), viewOf('b')], pauses: [], alerts: [] })).toEqual({
      title: 'All 2 agents answer from their first choice',
      text: 'Nothing has stepped down since 12:00. Every provider is clear, no alerts are active.',
      isWell: true,
    });
    expect(read({ agents: [viewOf('a')], alerts: [] }).text).toBe('No alerts are active.');
  });

  it('says no more than is known: of alerts, of checks that never ran, of service health', () => {
    const live = liveOf({ agents: [viewOf('a')], pauses: [], alerts: [alertOf('1', { severity: 'warning' })] });
    const text = () => headline(live, situation(live), now).rest;
    expect(text()).toBe('Every provider is clear, 1 alert is active.');
    live.alerts.value = { alerts: [], total: 0, checkedAt: null };
    expect(text()).toBe('Every provider is clear.');
    const limits = { ratio: 0.5, minimumCalls: 10 };
    const windows: HealthWindow[] = [{ windowMs: MINUTE, count: 45, calls: 100, ratio: 0.45, limits }];
    const near = { name: 'share', target: { provider: 'google' }, tripped: false, windows };
    live.health.value = { enabled: true, pauses: [], rules: [near], checkedAt: now, storeOk: true };
    expect(text()).toBe('');
    live.health.value = { enabled: false, pauses: [], rules: [], checkedAt: now, storeOk: true };
    expect(text()).toBe('');
    live.health.problem = live.alerts.problem = 'The store cannot be read now.';
    expect(headline(live, situation(live), now)).toMatchObject({
      rest: '',
      isWell: false,
    });
  });

  it('does not say that all is well where the agents could be read once, and then no more', () => {
    const agentsProblem = 'The store cannot be read now.';
    expect(read({ agents: [viewOf('a')], agentsProblem })).toEqual({
      title: '1 thing needs you',
      text: 'The agents cannot be read. 1 of 1 agents answer, 1 of them from their first choice.',
      isWell: false,
    });
    expect(read({ agentsProblem }).title).toBe('1 thing needs you');
    expect(told({ agents: [viewOf('a')], agentsProblem })).toEqual([
      'Needs you | The agents cannot be read | The store cannot be read now. | It is tried again every few seconds' +
        ' | Calls go on from memory | retry',
    ]);
  });

  it('takes a provider and an agent for what they are, whatever their names', () => {
    const provider = { provider: 'everything' };
    const { text, title } = read({ agents: [viewOf('everything')], pauses: [healthPauseOf({ target: provider })] });
    expect(title).toBe('Nothing needs you, 1 thing recovers by itself');
    expect(text).toContain('1 of 1 agents answer');
    const all = read({ agents: [viewOf('a')], pauses: [healthPauseOf({ target: { all: true } })] });
    expect(all.text).toContain('No provider is called for any agent');
    const pauses = [healthPauseOf({ target: 'google' }), healthPauseOf({ target: { provider: 'google' } })];
    const status: HealthStatus = { enabled: true, pauses, rules: [], checkedAt: now, storeOk: true };
    expect(healthTargets(status).map(({ pause }) => pause?.target)).toEqual(['google', { provider: 'google' }]);
  });

  it('says what concerns most when something does not answer', () => {
    expect(read({ agents: [viewOf('a', { paused: { ...exhausted, since: now } }), viewOf('b')] })).toEqual({
      title: '1 thing needs you',
      text: 'a has been stopped since 12:00. 1 of 2 agents answer, 1 of them from their first choice.',
      isWell: false,
    });
    const pauses = [healthPauseOf({ resumesAt: now + 4 * MINUTE })];
    expect(read({ agents: [down('a')], pauses })).toEqual({
      title: 'Nothing needs you, 2 things recover by themselves',
      text: 'google is paused for everyone and is tried again in 4 min. 1 of 1 agents answer, 0 of them from their first choice.',
      isWell: false,
    });
    expect(read({ agents: [viewOf('b')], pauses: [healthPauseOf()] })).toMatchObject({
      title: 'Nothing needs you, 1 thing recovers by itself',
      text: 'google is paused for everyone. 1 of 1 agents answer, 1 of them from their first choice.',
    });
    const stopped = viewOf('a', { paused: exhausted });
    expect(read({ agents: [stopped], alerts: [alertOf('1')] }).title).toBe('2 things need you');
    expect(read({ agents: [viewOf('a', { paused: pauseOf() })] }).title).toBe('Nothing needs you');
    expect(read({ agents: [stopped], pauses: [healthPauseOf({ target: { all: true } })] }).title).toBe(
      'Everything is paused',
    );
    expect(read({ agents: [viewOf('a')], storeOk: false }).title).toBe('The store cannot be read');
    expect(read({ storeOk: false }).text).toMatch(/^What you see is from this process alone/u);
    expect(read({}).title).toBe('No agents yet');
  });
});

describe('service health as bars', () => {
  const window = (change: Partial<HealthWindow>): HealthWindow => ({
    windowMs: 4 * MINUTE,
    count: 0,
    calls: 0,
    ratio: null,
    limits: {},
    ...change,
  });

  it('a share of the calls is young below its fewest calls, and is over at its limit', () => {
    const limits = { ratio: 0.5, minimumCalls: 10 };
    expect(barOf(window({ limits }))).toMatchObject({ value: 0, isYoung: true, isOver: false, ofCalls: true });
    expect(barOf(window({ limits, count: 6, calls: 10, ratio: 0.6 }))).toMatchObject({
      value: 0.6,
      limit: 0.5,
      isYoung: false,
      isOver: true,
      reached: 1.2,
    });
  });

  it('a number of failures is no share of calls, unless the rule asks for calls', () => {
    expect(barOf(window({ limits: { count: 5 }, count: 5 }))).toMatchObject({
      value: 0.8,
      isOver: true,
      ofCalls: false,
    });
    expect(barOf(window({ limits: { count: 5, minimumCalls: 10 }, count: 5, calls: 9 }))).toMatchObject({
      isYoung: true,
      isOver: false,
      ofCalls: true,
    });
    expect(barOf(window({ limits: {}, count: 1 }))).toMatchObject({ isOver: true });
  });

  it('paused targets come first, then near ones, then clear ones and those with too few calls', () => {
    const rule = (provider: string, ratio: number, minimumCalls = 1) => ({
      name: 'share',
      target: { provider },
      tripped: false,
      windows: [window({ limits: { ratio: 0.5, minimumCalls }, ratio, calls: 2, count: 1 })],
    });
    const status: HealthStatus = {
      enabled: true,
      pauses: [healthPauseOf()],
      rules: [rule('young', 0.9, 100), rule('clear', 0.1), rule('near', 0.4), rule('google', 0.9)],
      checkedAt: now,
      storeOk: true,
    };
    expect(healthTargets(status).map(({ name, state, reached }) => [name, state, reached])).toEqual([
      ['google', 'paused', 1.8],
      ['near', 'near', 0.8],
      ['young', 'clear', undefined],
      ['clear', 'clear', 0.2],
    ]);
  });
});

describe('the table', () => {
  const agents = [
    viewOf('zeta'),
    viewOf('alpha', { since: 5000 }),
    down('beta', { since: 9000 }),
    viewOf('held', { paused: pauseOf({ since: 7000 }) }),
    viewOf('stopped', { paused: exhausted, icon: '⛽' }),
  ];
  const names = (choice: Partial<Parameters<typeof chooseAgents>[1]>) =>
    chooseAgents(agents, { filter: 'all', search: '', sort: 'tier', ...choice }).map(({ name }) => name);

  it('sorts the worst first, by name, or the newest first', () => {
    expect(names({})).toEqual(['stopped', 'held', 'beta', 'alpha', 'zeta']);
    expect(names({ sort: 'agent' })).toEqual(['alpha', 'beta', 'held', 'stopped', 'zeta']);
    expect(names({ sort: 'since' })).toEqual(['beta', 'held', 'alpha', 'stopped', 'zeta']);
    const same = [viewOf('b'), viewOf('a')];
    expect(chooseAgents(same, { filter: 'all', search: '', sort: 'since' }).map(({ name }) => name)).toEqual([
      'a',
      'b',
    ]);
  });

  it('leaves what a filter and every word of a search fit', () => {
    expect(names({ filter: 'paused' })).toEqual(['stopped', 'held']);
    expect(names({ filter: 'fallback' })).toEqual(['beta']);
    expect(names({ filter: 'budget' })).toEqual(['stopped']);
    expect(names({ filter: 'of a newer page' as never })).toHaveLength(5);
    expect(names({ search: ' GPT  be' })).toEqual(['beta']);
    expect(countAgents(agents)).toEqual({ all: 5, paused: 2, fallback: 1, budget: 1 });
  });

  it('keeps the places of rows that are looked at, and says where a fresh sort would differ', () => {
    expect(keepOrder(['b', 'gone', 'a'], ['a', 'b', 'new'])).toEqual({ order: ['b', 'a', 'new'], isOff: true });
    expect(keepOrder(['a'], ['a', 'b'])).toEqual({ order: ['a', 'b'], isOff: false });
  });

  it('draws the rows that are seen, with the space of all others around them', () => {
    expect(windowOf([10, 20, 10, 20, 10], 25, 45)).toEqual({ from: 1, to: 4, before: 10, after: 10 });
    expect(windowOf([10, 20], 100, 200)).toEqual({ from: 2, to: 2, before: 30, after: 0 });
  });
});
