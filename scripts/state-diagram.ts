import { readFileSync, writeFileSync } from 'node:fs';
import {
  applyOutcome,
  initialState,
  parseConfig,
  pause,
  reset,
  resume,
  selectTier,
  type FailoverConfig,
  type LedgerEvent,
  type Outcome,
  type PolicyOptions,
  type State,
} from 'tierfall';

// Draws the diagram of docs/state-machine.md by trying out the state machine: whatever can happen to a chain of two is done to every
// state that this leads to, and the diagram is what came of it.
//   npm run docs:states

/** What a reader tells apart. `tierN`: calls go there. */
const names = {
  tier1: 'Calls go to tier 1',
  tier2: 'Calls go to tier 2, tier 1 rests',
  waiting: 'Calls go to tier 2, tier 1 may be tried',
  trial: 'One call tries tier 1, the others go to tier 2',
  usedUp: 'The chain is used up',
  paused: 'Paused',
};
type Name = keyof typeof names;

/** One way from a state to another. */
export interface Edge {
  from: Name;
  what: string;
  /** What has to be so beside it, where the same leads elsewhere otherwise; else empty. */
  provided: string;
  to: Name;
  /** What listeners hear, e.g. `tier-change up`; several where it depends on what was told before. */
  heard: Set<string>;
}

interface Found {
  state: State;
  now: number;
}

/** As far as it takes until nothing new comes up: further steps repeat what was found. */
const STEPS = 7;
/** A failure that passes by itself, and one that only a person mends. */
const failureKinds = ['overloaded', 'auth'] as const;

/** Everything that can happen to a chain of two under this policy, as ways between the states above. */
export function findEdges(policy: PolicyOptions = {}): Edge[] {
  const { config } = parseConfig({ chain: ['one/model', 'two/model'], policy });
  const edges = new Map<string, Edge>();
  const seen = new Set<string>();
  let found: Found[] = [{ state: initialState(config), now: Date.UTC(2026, 0, 1) }];
  for (let step = 0; step < STEPS; step++) {
    const next: Found[] = [];
    for (const each of found) {
      for (const { what, provided, state, events, now } of whatCanHappen(each, config)) {
        const [from, to] = [nameOf(each, config), nameOf({ state, now }, config)];
        const key = [from, what, provided, to].join();
        const edge = edges.get(key) ?? { from, what, provided, to, heard: new Set() };
        edges.set(key, edge);
        edge.heard.add(heardOf(events));
        const shape = JSON.stringify([
          to,
          state.tier,
          state.reportedTier,
          state.tiers.map((tier) => restOf(tier, now)),
        ]);
        if (seen.has(shape)) continue;
        seen.add(shape);
        next.push({ state, now: now + 1 });
      }
    }
    found = next;
  }
  return withoutNeedlessConditions([...edges.values()]);
}

/** Where the same leads to one state whatever else is so, that is one way. */
function withoutNeedlessConditions(edges: readonly Edge[]): Edge[] {
  const merged = new Map<string, Edge>();
  for (const edge of edges) {
    const same = edges.filter(({ from, what }) => from === edge.from && what === edge.what);
    const provided = same.every(({ to }) => to === edge.to) ? '' : edge.provided;
    const key = [edge.from, edge.what, provided, edge.to].join();
    const heard = new Set([...(merged.get(key)?.heard ?? []), ...edge.heard]);
    merged.set(key, { ...edge, provided, heard });
  }
  return [...merged.values()];
}

type Happened = Found & Pick<Edge, 'what' | 'provided'> & { events: readonly LedgerEvent[] };

function whatCanHappen({ state, now }: Found, config: FailoverConfig): Happened[] {
  const happened: Happened[] = [];
  const selection = selectTier(state, config, now);
  const asked = selection.ok ? [selection.index, selection.otherwise].filter((tier) => tier !== null) : [];
  for (const tier of new Set(asked)) {
    const isAlone = (state.tiers[1 - tier]!.restUntil ?? 0) > now;
    const provided = isAlone ? `while tier ${2 - tier} rests` : '';
    const happens = (how: string, outcome: Outcome) =>
      happened.push({ what: `tier ${tier + 1} ${how}`, provided, now, ...applyOutcome(state, outcome, config, now) });
    happens('answers', { tier, ok: true });
    for (const kind of failureKinds) happens('fails', { tier, ok: false, kind });
  }
  state.tiers.forEach(({ restUntil }, tier) => {
    if (restUntil !== null && restUntil > now) {
      happened.push({ what: `the rest of tier ${tier + 1} is over`, provided: '', now: restUntil, state, events: [] });
    }
  });
  const by = 'ann';
  const acted = {
    pause: pause(state, { source: 'operator', by, reason: 'deploy' }, now),
    resume: resume(state, { source: 'operator', by }, now),
    reset: reset(state, { by }, now),
  };
  for (const [what, transition] of Object.entries(acted)) happened.push({ what, provided: '', now, ...transition });
  return happened;
}

function nameOf({ state, now }: Found, config: FailoverConfig): Name {
  const selection = selectTier(state, config, now);
  if (!selection.ok && selection.reason === 'paused') return 'paused';
  if (state.exhaustedAt !== null || !selection.ok) return 'usedUp';
  if (selection.probe) return 'trial';
  if (selection.index === 0) return 'tier1';
  return (state.tiers[0]!.restUntil ?? 0) > now ? 'tier2' : 'waiting';
}

function heardOf(events: readonly LedgerEvent[]): string {
  const heard = events.flatMap((event) => {
    if (event.type === 'tier-change') return [`tier-change ${event.direction}`];
    return event.type === 'exhausted' ? ['exhausted'] : [];
  });
  return heard.join(', ');
}

function restOf({ restUntil, failures }: State['tiers'][number], now: number): unknown {
  return [restUntil !== null && restUntil > now ? restUntil - now : 0, failures];
}

/** The diagram in Mermaid, and a sentence about what it leaves out. */
export function renderDiagram(edges: readonly Edge[]): string {
  const drawn = edges.filter(({ from, to, what }) => from !== to && !['pause', 'resume', 'reset'].includes(what));
  const running = [...new Set(drawn.flatMap(({ from, to }) => [from, to]))].filter((name) => name !== 'paused');
  const order = Object.keys(names);
  running.sort((one, other) => order.indexOf(one) - order.indexOf(other));
  // What is said in words below has to be so.
  const leads = (what: string, from: Name) => edges.filter((edge) => edge.what === what && edge.from === from);
  for (const name of running) {
    if (leads('pause', name).some(({ to }) => to !== 'paused')) throw new Error(`a pause does not pause: ${name}`);
    if (leads('reset', name).some(({ to }) => to !== 'tier1')) throw new Error(`a reset does not begin anew: ${name}`);
    if (!leads('resume', 'paused').some(({ to }) => to === name)) throw new Error(`no resume leads to: ${name}`);
  }
  if (leads('reset', 'paused').some(({ to }) => to !== 'tier1')) throw new Error('a reset does not end a pause');
  const lines = drawn.map((edge) => {
    const { from, to, heard } = edge;
    const events = [...heard].toSorted((one, other) => Number(one === '') - Number(other === ''));
    const told = events.map((text) => (text === '' ? 'no event' : text)).join(' or ');
    return `    ${from} --> ${to}: ${causeOf(edge)}${told === 'no event' ? '' : ` (${told})`}`;
  });
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  accTitle: The states of a chain of two',
    `  accDescr: ${describe(drawn)}`,
    '  state "Calls are made" as running {',
    ...running.map((name) => `    state "${names[name]}" as ${name}`),
    '    [*] --> tier1',
    ...lines,
    '  }',
    `  state "${names.paused}" as paused`,
    '  running --> paused: pause',
    '  paused --> running: resume, to where it was',
    '```',
    '',
    'What changes nothing here is not drawn. A reset leads to tier 1 from everywhere. In brackets is what listeners hear.',
  ].join('\n');
}

/** The same in words, for readers who do not see it. */
function describe(drawn: readonly Edge[]): string {
  const ways = drawn.map((edge) => `${names[edge.from]}: when ${causeOf(edge)}, ${lowered(names[edge.to])}`);
  return `${ways.join('. ')}. Any of these can be paused and resumed.`;
}

function causeOf({ what, provided }: Edge): string {
  return provided === '' ? what : `${what} ${provided}`;
}

function lowered(text: string): string {
  return text[0]!.toLowerCase() + text.slice(1);
}

const START = '<!-- diagram: written by npm run docs:states -->';
const END = '<!-- diagram: end -->';

/** The page with the diagram of today in it. */
export function withDiagram(page: string): string {
  const [from, to] = [page.indexOf(START), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/state-machine.md has no ${START} … ${END}`);
  return `${page.slice(0, from)}${START}\n${renderDiagram(findEdges())}\n${page.slice(to)}`;
}

if (import.meta.main) {
  const file = new URL('../docs/state-machine.md', import.meta.url);
  writeFileSync(file, withDiagram(readFileSync(file, 'utf8')));
  console.log('docs/state-machine.md');
}
