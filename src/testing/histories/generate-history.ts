import type { ActivityTask } from '../../core/activity/activity-task.js';
import { ConfigError } from '../../core/errors.js';
import type { Random } from '../../ports/clock.js';
import { aboveZero, anything, checkOptions, wholeNumber } from '../check-options.js';
import { createSeededRandom } from '../simulation/seeded-random.js';
import { pick } from './draw.js';
import { historyFaults, type HistoryFault, type PlantedFault } from './faults.js';
import { plantFault } from './plant-fault.js';
import { drawCharacter, historyShapes, type HistoryShape } from './shapes.js';
import { HOUR_MS } from './time.js';
import { World, type Task } from './world.js';

/** A Monday. */
const DEFAULT_START = Date.UTC(2026, 0, 5);

/** What `generateHistory` takes. */
export interface HistoryOptions {
  /** The same seed gives the same history. */
  seed: number;
  /** Days it covers, 14 or more. Default 35. */
  days?: number | undefined;
  /** Default: drawn. */
  shape?: HistoryShape | undefined;
  /** What goes wrong near its end. Default `null`: nothing. */
  fault?: HistoryFault | null | undefined;
  /** When it begins, epoch milliseconds. Default: Monday, 5 January 2026. */
  startAt?: number | undefined;
}

/** What one agent did, and what went wrong. */
export interface History {
  /** Name of the agent. */
  instance: string;
  /** How it works: office hours, round the clock, ... */
  shape: HistoryShape;
  /** When the history begins, epoch milliseconds. */
  startAt: number;
  /** When it ends, epoch milliseconds. */
  endAt: number;
  /** In the order in which they were recorded, which is not always that of their times. */
  tasks: ActivityTask[];
  /** What goes wrong in it; `null`: nothing. */
  fault: PlantedFault | null;
  /** Days without work that a calendar names, as `options.quiet` of `runChecks` takes them, in UTC. */
  quiet: { from: number; until: number }[];
  /** First day on which the agent worked as it should, epoch milliseconds. */
  healthyFrom: number;
  /** The last such day, epoch milliseconds. */
  healthyUntil: number;
}

/**
 * Draws what one agent did over some weeks: office hours and round the clock, sessions and pauses, days that differ
 * from each other, weekends, holidays, a change of the clocks, agents that are new or retired, records that come
 * late. With `fault`, one thing goes wrong in it.
 *
 * @throws {ConfigError} an option is unknown or wrong
 */
export function generateHistory(options: HistoryOptions): History {
  checkOptions(options, { seed: wholeNumber, days: aboveZero, shape: anything, fault: anything, startAt: wholeNumber });
  const { seed, days = 35, fault: faultName = null, startAt = DEFAULT_START } = options;
  if (options.shape !== undefined && !historyShapes.includes(options.shape)) {
    throw new ConfigError([{ path: 'shape', message: `expected one of ${historyShapes.join(', ')}` }]);
  }
  if (faultName !== null && !historyFaults.includes(faultName)) {
    throw new ConfigError([{ path: 'fault', message: `expected one of ${historyFaults.join(', ')}, or null` }]);
  }
  if (days < 14) throw new ConfigError([{ path: 'days', message: 'expected 14 or more' }]);
  const random = createSeededRandom(seed * 7919 + 17);
  const shape = options.shape ?? pick(historyShapes, () => 1, random);
  const character = drawCharacter(shape, random);
  const world = new World(character, random, startAt, days);
  const { tasks, fault } = play(world, faultName);
  if (random() < 0.15) comeLate(tasks, random);
  return {
    instance: `agent-${seed}`,
    shape,
    startAt,
    endAt: world.endAt,
    tasks: tasks.map((task) => ({ instance: `agent-${seed}`, ...task })),
    fault,
    quiet: world.quiet,
    healthyFrom: world.bornAt,
    healthyUntil: fault?.beginsAt ?? Math.min(world.endAt, world.retiredAt),
  };
}

/** Plays the whole history; a fault begins in its last third, while the agent works. */
function play(world: World, name: HistoryFault | null): { tasks: Task[]; fault: PlantedFault | null } {
  const { random, startAt, endAt, character } = world;
  const length = endAt - startAt;
  if (name === null && random() < 0.08) world.retiredAt = startAt + (0.5 + random() * 0.4) * length;
  if (name !== null) world.bornAt = Math.min(world.bornAt, startAt + length * 0.4);
  // Against the rest: there has to be one.
  const { domains } = character;
  if (name === 'domain' && domains.length < 2) domains.push({ name: 'domain-2', weight: 1, rejects: 1 });
  const faultAt = name === null ? endAt : world.workingMoment();
  const before = Array.from(world.times(startAt, faultAt, 1), (at) => world.task(at));
  if (name === null) return { tasks: before, fault: null };
  const { tasks, fault } = plantFault(world, name, faultAt, before);
  world.endAt = Math.max(endAt, fault.deadlineAt + HOUR_MS);
  return { tasks: [...before, ...tasks].filter(({ at }) => at < world.endAt), fault };
}

/** A stretch of records is handed in after what came behind it, and one record twice. */
function comeLate(tasks: Task[], random: Random): void {
  if (tasks.length < 60) return;
  const from = Math.floor(random() * (tasks.length - 50));
  const late = tasks.splice(from, 20);
  tasks.splice(from + 20, 0, ...late, ...late.slice(0, 1));
}
