import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes of the heap that are in use once everything unreachable is gone. */
export function usedHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
