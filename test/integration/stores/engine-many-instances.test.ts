import { expect, onTestFinished, test } from 'vitest';
import { usedHeap } from '../../support/used-heap.js';
import { backends, joining } from './backends.js';

const COUNT = 100_000;
const AT_ONCE = 100;
/** What 80,000 instances would take if they were kept is ten times as much. */
const FLAT_BYTES = 4_000_000;

test('100,000 instances use one failover in turn, and those nobody uses are let go: memory stays flat', async () => {
  const place = backends[0]!.place();
  onTestFinished(() => place.clear());
  const { failover } = await joining(place);
  let first = 0;
  for (let index = 0; index < COUNT; index += AT_ONCE) {
    const crowd = Array.from({ length: AT_ONCE }, (_, each) => `agent-${index + each}`);
    await Promise.all(crowd.map((instance) => failover.run(() => 1, { instance })));
    if (index === COUNT / 5) first = usedHeap();
  }
  expect(usedHeap() - first).toBeLessThan(FLAT_BYTES);
  await failover.close();
}, 120_000);
