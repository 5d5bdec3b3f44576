import type { CheckName } from '../../core/alert.js';
import type { ActivityCursor, ActivitySource, AgentRows, InstanceLedger } from '../../ports/activity.js';
import type { CheckOptions } from '../check-options.js';
import { parseQuiet } from '../quiet.js';
import { AgentState } from './agent-state.js';
import { baselineStart, createCalendar, type Calendar } from './calendar.js';
import { agentChecks } from './check-set.js';

/** The agents of a source as the checks know them, read on from run to run. */
export interface Records {
  /**
   * Brings every agent to `now` and hands them over, sorted by name. One reading at a time: a second one waits.
   */
  read<T>(now: number, use: (agents: readonly AgentState[]) => T): Promise<T>;
}

interface Memory {
  calendar: Calendar;
  now: number;
  cursor: ActivityCursor;
  agents: Map<string, AgentState>;
}

export function createRecords(source: ActivitySource, names: readonly CheckName[], options: CheckOptions): Records {
  const checks = agentChecks(names, options);
  const isQuiet = parseQuiet(options.quiet);
  let memory: Memory | undefined;
  let busy: Promise<unknown> = Promise.resolve();

  async function bringTo(now: number): Promise<readonly AgentState[]> {
    const startAt = baselineStart(now);
    // Another day begins with another baseline; time that runs backwards has folded in too much.
    const isUsable = memory !== undefined && memory.calendar.startAt === startAt && memory.now <= now;
    const present: Memory = isUsable && memory ? memory : forget(startAt);
    memory = undefined;
    const query = present.cursor === undefined ? { since: startAt } : { since: startAt, after: present.cursor };
    const late = new Set<string>();
    for await (const page of source.readActivity(query)) {
      if (page.isFresh) present.agents.clear();
      present.cursor = page.cursor;
      for (const agent of page.agents) takeIn(present, agent, now, late);
    }
    // Afterwards: a source may have but one connection, and be using it.
    for (const instance of late) await readAnew(present, instance, now);
    present.now = now;
    for (const [instance, agent] of present.agents) {
      agent.take([], now);
      if (agent.isEmpty) present.agents.delete(instance);
    }
    memory = present;
    return [...present.agents.values()].sort((one, other) => (one.instance < other.instance ? -1 : 1));
  }

  function forget(startAt: number): Memory {
    const calendar = createCalendar(startAt, isQuiet, options.timeZone ?? 'UTC');
    return { calendar, now: Number.NEGATIVE_INFINITY, cursor: undefined, agents: new Map() };
  }

  /** @param late agents of which a record came late: what is new of them is in no order with what is known */
  function takeIn(
    { agents, calendar }: Memory,
    { instance, isAll, rows }: AgentRows,
    now: number,
    late: Set<string>,
  ): void {
    if (checks.length === 0 || late.has(instance)) return;
    const agent = (isAll ? undefined : agents.get(instance)) ?? new AgentState(instance, calendar, checks);
    agents.set(instance, agent);
    if (!agent.take(rows, now)) late.add(instance);
  }

  async function readAnew({ agents, calendar }: Memory, instance: string, now: number): Promise<void> {
    const rows = await source.readAgent(instance, { since: calendar.startAt, until: Number.POSITIVE_INFINITY });
    const agent = new AgentState(instance, calendar, checks);
    agent.take(rows, now);
    agents.set(instance, agent);
  }

  return {
    async read(now, use) {
      const before = busy;
      const turn = before.then(async () => use(await bringTo(now)));
      busy = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** The newest task that an instance's first tier finished, epoch milliseconds; before all time where there is none. */
export async function answersOf(
  source: ActivitySource,
  { instance, primary }: InstanceLedger,
  since: number,
  now: number,
): Promise<number> {
  if (primary === null) return Number.NEGATIVE_INFINITY;
  const rows = await source.readAgent(instance, { since, until: now + 1 });
  return rows.findLast((row) => row[7] === primary && row[2] !== 2)?.[1] ?? Number.NEGATIVE_INFINITY;
}
