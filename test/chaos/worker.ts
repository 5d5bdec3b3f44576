/**
 * One process of a stampede: commits transitions to one instance, as often as told, and writes a line
 * `<number> <version>` once each is acknowledged. Its argument is JSON: `{ target, name, commits }`.
 */
import { writeSync } from 'node:fs';
import { openTarget, type Target } from './targets.ts';
import { KEY, stateOf, transition } from './transitions.ts';

interface Order {
  target: Target;
  name: string;
  commits: number;
}

function readOrder(): Order {
  return JSON.parse(process.argv[2] ?? '') as Order;
}

async function work({ target, name, commits }: Order): Promise<void> {
  const { store, close } = openTarget(target);
  let found = await store.load(KEY);
  for (let number = 1; number <= commits; ) {
    const { state, events } = transition(stateOf(found?.state), `${name}:${number}`, Date.now());
    const result = await store.commit(KEY, found?.version ?? 0, state, events);
    if (!result.ok) {
      found = result.current;
      continue;
    }
    writeSync(1, `${number} ${result.version}\n`);
    found = { state, version: result.version };
    number += 1;
  }
  await close();
}

void work(readOrder());
