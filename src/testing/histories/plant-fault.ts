import { clamp, normal } from './draw.js';
import type { HistoryFault, PlantedFault } from './faults.js';
import { DAY_MS, HOUR_MS, LONGER_MS, MINUTE_MS } from './time.js';
import type { Task, World } from './world.js';

/** What an agent does once something has gone wrong, and what is to be found of it. */
export interface Planted {
  tasks: Task[];
  fault: PlantedFault;
}

/** What an agent does from a moment on at which something goes wrong. `before` is what it did until then. */
export function plantFault(world: World, name: HistoryFault, from: number, before: Task[]): Planted {
  const { character, random } = world;
  const end = world.endAt + LONGER_MS;
  // A fault that few tasks a day show goes on for longer, until there were enough of them.
  const tasksOf = (pace: number, change: Parameters<World['task']>[1] = {}) =>
    Array.from(world.times(from, end, pace), (at) => world.task(at, change));
  /** Two hours after so many of them. */
  const after = (tasks: readonly Task[], count: number) => (tasks[count - 1]?.at ?? end) + 2 * HOUR_MS;
  const planted = (tasks: Task[], deadlineAt: number, domain: string | null = null): Planted => ({
    tasks,
    fault: { name, beginsAt: tasks[0]?.at ?? from, deadlineAt, domain },
  });
  switch (name) {
    case 'rejections': {
      const tasks = tasksOf(1, { reject: 0.4 + random() * 0.2 });
      const judged = tasks.filter(({ outcome }) => outcome !== 'failed');
      return planted(tasks, after(judged, 40));
    }
    case 'quality': {
      const spread = character.qualitySpread * Math.sqrt(1 + character.qualityDaySpread ** 2);
      for (const task of before) {
        task.quality ??= clamp(character.quality + character.qualitySpread * normal(random), 0, 1);
      }
      const tasks = tasksOf(1, { quality: -3 * spread });
      return planted(tasks, after(tasks, 40));
    }
    case 'cost': {
      const tasks = tasksOf(1, { cost: 6 });
      return planted(tasks, after(tasks, 40));
    }
    case 'pace-up': {
      const tasks = tasksOf(10);
      return planted(tasks, after(tasks, 40));
    }
    case 'pace-down': {
      const tasks = tasksOf(0.04);
      // A trickle has no limit of its own: three silences, or eight of the few tasks that are left.
      const deadlineAt = Math.max(silenceDeadline(world, before, from, 3), after(tasks, 8));
      return { tasks, fault: { name, beginsAt: before.at(-1)?.at ?? from, deadlineAt, domain: null } };
    }
    case 'silence': {
      const deadlineAt = silenceDeadline(world, before, from, 1);
      return { tasks: [], fault: { name, beginsAt: before.at(-1)?.at ?? from, deadlineAt, domain: null } };
    }
    case 'domain': {
      const { name: domain, rejects } = character.domains[0]!;
      const share = clamp(character.rejectShare * rejects + 0.45 + 0.2 * random(), 0, 0.95);
      const tasks = tasksOf(1, { domain, domainReject: share });
      const rejected = tasks.filter((task) => task.domain === domain && task.outcome === 'rejected');
      return planted(tasks, after(rejected, 25), domain);
    }
    default:
      return plantLoop(world, name, from);
  }
}

/** Twelve times the same, or two tasks in turn, and then on as usual. */
function plantLoop(world: World, name: 'loop' | 'cycle', from: number): Planted {
  const outcome = world.random() < 0.5 ? ('rejected' as const) : ('failed' as const);
  const members = (name === 'loop' ? [1] : [1, 2]).map((member) => {
    const { resultHash: _, quality: __, ...task } = world.task(from);
    return { ...task, outcome, reason: `step ${member} did not finish`, resultHash: `stuck-${member}` };
  });
  const everyMs = (10 + world.random() * 110) * 1000;
  const tasks = Array.from(
    { length: 12 },
    (_, index): Task => ({ ...members[index % members.length]!, at: Math.round(from + index * everyMs) }),
  );
  const last = tasks.at(-1)!.at;
  for (const at of world.times(last + 1, world.endAt, 1)) tasks.push(world.task(at));
  return { tasks, fault: { name, beginsAt: from, deadlineAt: last + 2 * HOUR_MS, domain: null } };
}

/** When so much working time is over since the last task before a silence: 2.5 times the longest pause, and 2 h. */
function silenceDeadline(world: World, before: readonly Task[], from: number, times: number): number {
  const step = 5 * MINUTE_MS;
  const works = (at: number) => world.rate(at) > 0.25;
  const working = (start: number, end: number): number => {
    let total = 0;
    for (let at = start; at < end; at += step) if (works(at)) total += Math.min(step, end - at);
    return total;
  };
  let longest = 0;
  const baseline = before.filter(({ at }) => at >= from - 28 * DAY_MS);
  for (const [index, task] of baseline.entries()) {
    const next = baseline[index + 1];
    if (next && next.at - task.at > 20 * MINUTE_MS) longest = Math.max(longest, working(task.at, next.at));
  }
  const needed = times * 2.5 * longest + 2 * HOUR_MS;
  let [at, worked] = [before.at(-1)?.at ?? from, 0];
  for (; worked < needed && at < world.endAt + LONGER_MS; at += step) if (works(at)) worked += step;
  return at;
}
