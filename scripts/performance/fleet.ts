import { fitCounts, fitLine, at, lineText, ratioCell, shown, spreadOf, whole, type Fit } from './figures.ts';
import { runProcesses } from './process-fleet.ts';
import { measureWatchers } from './redis-cost.ts';
import { simulateFleet, type TrafficByPhase } from './simulated-fleet.ts';
import {
  busyPhases,
  CONFLICTS_ROW,
  fleetRow,
  fleetSizes,
  HEALTHY_ROW,
  HEARTBEATS_ROW,
  IN_MEMORY,
  LARGE_FLEET,
  largeRows,
  phases,
  PROCESSES,
  quantities,
  START_ROW,
  tables,
  watcherCounts,
  type BusyPhase,
  type Cells,
  type Quantity,
} from './tables.ts';
import { combine, noTraffic, type Traffic } from './traffic.ts';

const MB = 1e6;

/** Simulations of each number of workers: what is chance for few of them evens out. */
const seedsOf = (workers: number): number => Math.max(1, Math.round(64 / workers));

export interface FleetEffort {
  sizes: readonly number[];
  inMemory: number;
  processes: number;
  /** How many times quicker the real processes live through the outage. */
  pace: number;
  /** Of the commits that are told to processes that watch. */
  rounds: number;
}

export const fullFleet: FleetEffort = {
  sizes: fleetSizes,
  inMemory: IN_MEMORY,
  processes: PROCESSES,
  pace: 1,
  rounds: 9,
};

/** What of each phase grows how. */
interface Fits {
  start: Fit;
  own: Record<BusyPhase, Fit>;
  common: Record<BusyPhase, Fit>;
  leases: Record<BusyPhase, Fit>;
  bytesPerNotification: number;
  bytesPerRequest: number;
}

export async function measureFleet(
  effort: FleetEffort,
): Promise<Record<'fleet' | 'processes' | 'large' | 'watchers', Cells>> {
  const watchers = await measureWatchers(effort.rounds);
  const simulated = new Map<number, TrafficByPhase>();
  for (const workers of effort.sizes) simulated.set(workers, await meanOf(workers, 'redis'));
  const inMemory = await meanOf(effort.inMemory, 'memory');
  const real = await runProcesses(effort.processes, effort.pace);
  const fits = fitsOf(simulated, [...simulated, [effort.inMemory, inMemory]]);
  return {
    fleet: fleetCells(simulated, inMemory, fits),
    processes: processCells(real, fits, effort),
    large: largeCells(fits, watchers),
    watchers: Object.fromEntries(
      watcherCounts.map((count) => [`${count} processes watch`, [ratioCell(watchers.get(count)!)]]),
    ),
  };
}

async function meanOf(workers: number, place: 'redis' | 'memory'): Promise<TrafficByPhase> {
  const count = seedsOf(workers);
  const sums = new Map<string, Traffic>();
  for (let seed = 1; seed <= count; seed++) {
    const run = await simulateFleet(workers, seed, place);
    for (const [phase, traffic] of Object.entries(run)) {
      sums.set(phase, combine(sums.get(phase) ?? noTraffic(), traffic));
    }
  }
  const means = [...sums].map(([phase, sum]) => [
    phase,
    Object.fromEntries(Object.entries(sum).map(([name, value]) => [name, value / count])),
  ]);
  return Object.fromEntries(means) as TrafficByPhase;
}

function fitsOf(onRedis: Map<number, TrafficByPhase>, all: readonly (readonly [number, TrafficByPhase])[]): Fits {
  const busy = Object.keys(busyPhases) as BusyPhase[];
  const fit = (of: (run: TrafficByPhase) => number) => fitCounts(all.map(([n, run]) => [n, of(run)] as const));
  const each = (name: 'ownCommits' | 'commonCommits' | 'leases') =>
    Object.fromEntries(busy.map((phase) => [phase, fit((run) => run[phase][name])])) as Record<BusyPhase, Fit>;
  // A key and a version have a digit more in a larger fleet, and that is all.
  const largest = [...onRedis.values()].at(-1)!;
  const sum = busy.reduce((traffic, phase) => combine(traffic, largest[phase]), noTraffic());
  return {
    // In memory there is nothing to subscribe to.
    start: fitCounts([...onRedis].map(([n, { start }]) => [n, start.loads + start.others] as const)),
    own: each('ownCommits'),
    common: each('commonCommits'),
    leases: each('leases'),
    bytesPerNotification: sum.bytesNotified / sum.messages,
    bytesPerRequest: (sum.bytesFromServer - sum.bytesNotified) / requestsOf(sum),
  };
}

/** Requests of any kind but heartbeats. */
function requestsOf({ ownCommits, commonCommits, conflicts, loads, leases, others }: Traffic): number {
  return ownCommits + commonCommits + conflicts + loads + leases + others;
}

/**
 * What the fits say of a phase: everybody else reads a record for all, and is notified of its commits; of those of an
 * instance only the one that serves it is.
 */
function predicted(fits: Fits, phase: BusyPhase, n: number): Record<Quantity, number> {
  const ownCommits = fits.own[phase].at(n);
  const commonCommits = fits.common[phase].at(n);
  const leases = fits.leases[phase].at(n);
  const reads = commonCommits * (n - 1);
  const notifications = ownCommits + commonCommits * n;
  const requests = ownCommits + commonCommits + leases + reads;
  const bytes = notifications * fits.bytesPerNotification + requests * fits.bytesPerRequest;
  return { ownCommits, commonCommits, leases, reads, notifications, megabytes: bytes / MB };
}

function counted({ ownCommits, commonCommits, leases, loads, messages, bytesFromServer }: Traffic) {
  return {
    ownCommits,
    commonCommits,
    leases,
    reads: loads,
    notifications: messages,
    megabytes: bytesFromServer / MB,
  } satisfies Record<Quantity, number>;
}

function eachBusyRow(cells: (phase: BusyPhase, quantity: Quantity) => string[]): [string, string[]][] {
  return (Object.keys(busyPhases) as BusyPhase[]).flatMap((phase) =>
    (Object.keys(quantities) as Quantity[]).map((quantity): [string, string[]] => [
      fleetRow(phase, quantity),
      cells(phase, quantity),
    ]),
  );
}

function fleetCells(simulated: Map<number, TrafficByPhase>, inMemory: TrafficByPhase, fits: Fits): Cells {
  const runs = [...simulated.values()];
  const all = [...runs, inMemory];
  const textOf = (phase: BusyPhase, quantity: Quantity): string => {
    if (quantity === 'ownCommits') return fits.own[phase].text;
    if (quantity === 'commonCommits') return fits.common[phase].text;
    if (quantity === 'leases') return fits.leases[phase].text;
    if (quantity === 'reads') return 'commits for all x (n - 1)';
    if (quantity === 'notifications') return 'commits for all x n + the others';
    return `${whole(fits.bytesPerNotification)} B x notifications + ${whole(fits.bytesPerRequest)} B x requests`;
  };
  return Object.fromEntries([
    [
      START_ROW,
      [...all.map(({ start }) => shown(requestsOf(start))), fits.start.text, whole(fits.start.at(LARGE_FLEET))],
    ],
    [HEALTHY_ROW, [...all.map(({ healthy }) => shown(requestsOf(healthy))), '0', '0']],
    ...eachBusyRow((phase, quantity) => [
      ...runs.map((run) => shown(counted(run[phase])[quantity])),
      // Nothing goes through a socket, and everybody hears of every commit at once.
      quantity === 'megabytes' || quantity === 'notifications' ? '–' : shown(counted(inMemory[phase])[quantity]),
      textOf(phase, quantity),
      whole(predicted(fits, phase, LARGE_FLEET)[quantity]),
    ]),
  ]);
}

function processCells(real: TrafficByPhase, fits: Fits, { processes, pace }: FleetEffort): Cells {
  const busy = Object.keys(busyPhases) as BusyPhase[];
  const conflicts = busy.reduce((sum, phase) => sum + real[phase].conflicts, 0);
  const beats = real.healthy.pings / processes / (phases.healthy / pace / 1000);
  return Object.fromEntries([
    [START_ROW, [shown(requestsOf(real.start)), whole(fits.start.at(processes))]],
    [HEALTHY_ROW, [shown(requestsOf(real.healthy)), '0']],
    ...eachBusyRow((phase, quantity) => [
      shown(counted(real[phase])[quantity]),
      shown(predicted(fits, phase, processes)[quantity]),
    ]),
    [CONFLICTS_ROW, [shown(conflicts), '–']],
    [HEARTBEATS_ROW, [shown(beats), '1']],
  ]);
}

function largeCells(fits: Fits, watchers: ReadonlyMap<number, number[]>): Cells {
  const n = LARGE_FLEET;
  const busy = Object.keys(busyPhases) as BusyPhase[];
  const sum = (quantity: Quantity) => busy.reduce((all, phase) => all + predicted(fits, phase, n)[quantity], 0);
  const cost = fitLine([...watchers].map(([count, ratios]) => [count, spreadOf(ratios).median] as const));
  const [own, common] = [sum('ownCommits'), sum('commonCommits')];
  const values: Record<keyof typeof largeRows, string> = {
    connections: whole(2 * n),
    heartbeats: whole(n),
    start: whole(fits.start.at(n)),
    commits: whole(own + common),
    reads: whole(sum('reads')),
    notifications: whole(sum('notifications')),
    gigabytes: shown(sum('megabytes') / 1000),
    sets: `${whole(own * at(cost, 1) + common * at(cost, n))} (a commit: ${lineText(cost, 'n')})`,
  };
  return Object.fromEntries(
    tables.large.rows.map((row) => {
      const [name] = Object.entries(largeRows).find(([, text]) => text === row)!;
      return [row, [values[name as keyof typeof largeRows]]];
    }),
  );
}
