import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { deleteKeys, newPrefix, redisUrl } from './redis.ts';
import type { TrafficByPhase } from './simulated-fleet.ts';
import { phases, type Phase } from './tables.ts';
import { combine, noTraffic, type Traffic } from './traffic.ts';

/** The same outage in real time, of real processes. `pace`: how many times quicker. */
export async function runProcesses(count: number, pace = 1): Promise<TrafficByPhase> {
  const prefix = newPrefix();
  const script = fileURLToPath(new URL('fleet-process.ts', import.meta.url));
  const children = Array.from({ length: count }, (_, index) =>
    // A machine that starts so many at once is slow at first, and each would say so.
    fork(script, [prefix, `worker-${index}`], { execArgv: ['--no-warnings'] }),
  );
  const answers = async (question?: Phase | 'end'): Promise<Traffic> => {
    const all = await Promise.all(children.map(async (child) => answerOf(child, question)));
    return all.reduce((sum, each) => combine(sum, each), noTraffic());
  };
  const result: Partial<TrafficByPhase> = {};
  try {
    await answers();
    let before = noTraffic();
    const names = Object.keys(phases) as Phase[];
    for (const [index, name] of names.entries()) {
      // Their starts have taken a while already.
      await sleep((name === 'start' ? 2000 : phases[name]) / pace);
      const after = await answers(names[index + 1] ?? 'end');
      result[name] = combine(after, before, -1);
      before = after;
    }
    await Promise.all(children.map(async (child) => child.exitCode ?? new Promise((done) => child.once('exit', done))));
    return result as TrafficByPhase;
  } finally {
    for (const child of children) child.kill('SIGKILL');
    const client = new Redis(redisUrl);
    await deleteKeys(client, prefix);
    client.disconnect();
  }
}

/** What a process says next; it says something after its start, and when it is told a phase. */
async function answerOf(child: ChildProcess, question?: Phase | 'end'): Promise<Traffic> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('a process of the fleet ended too early'));
    child.once('exit', ended);
    child.once('message', (traffic) => {
      child.off('exit', ended);
      resolve(traffic as Traffic);
    });
    if (question !== undefined) child.send(question);
  });
}
