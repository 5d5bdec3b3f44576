import { expect, test } from 'vitest';
import { resolveWithFallback } from '../../src/index.js';
import { overloaded } from '../support/scripted.js';
import { MINUTE, setUp } from './set-up.js';

// A call that a monitor lets through its pause goes on to other tiers where its trial fails: what was paused meanwhile counts.

/** The trial of provider `a` is under way; `end` makes it fail. */
async function trialOfProvider() {
  const world = setUp({ tiers: 2 });
  await world.calls(5);
  await world.clock.advance(6 * MINUTE);
  const asked: string[] = [];
  let end = (): void => undefined;
  const call = resolveWithFallback(world.failover, ({ provider: name }) => {
    asked.push(name);
    if (name !== 'a') return Promise.resolve(name);
    return new Promise<never>((_, reject) => (end = () => reject(overloaded())));
  }).then(
    ({ value }) => value,
    (error: { code?: string }) => error.code,
  );
  await world.clock.settle();
  expect(asked).toEqual(['a']);
  return { ...world, asked, call, end: () => end() };
}

const all = { rule: 'page', reason: 'a page', by: 'pager', target: { all: true } } as const;

test('a person has paused the instance, and a monitor everything', async () => {
  const { failover, monitor, asked, call, end } = await trialOfProvider();
  await monitor.alert(all);
  await failover.pause('default', { by: 'ann', reason: 'a look' });
  end();
  expect(await call).toBe('TIERFALL_PAUSED');
  expect(asked).toEqual(['a']);
});

test('a monitor has paused everything: the trial was of a provider', async () => {
  const { monitor, asked, call, end } = await trialOfProvider();
  await monitor.alert(all);
  end();
  expect(await call).toBe('TIERFALL_CHAIN_EXHAUSTED');
  expect(asked).toEqual(['a']);
});

test('nobody has paused anything else: it goes on', async () => {
  const { asked, call, end } = await trialOfProvider();
  end();
  expect(await call).toBe('b');
  expect(asked).toEqual(['a', 'b']);
});

test('a trial of everything goes on through that pause, and ends at a person’s of the instance', async () => {
  const world = setUp({ tiers: 2 });
  await world.monitor.alert(all);
  await world.clock.advance(6 * MINUTE);
  expect(await world.call()).toBe('b');
  expect(world.asked).toEqual(['a', 'b']);
  await world.monitor.alert(all);
  await world.failover.pause('default', { by: 'ann', reason: 'a look' });
  await world.clock.advance(30 * MINUTE);
  world.asked.length = 0;
  expect(await world.call()).toBe('TIERFALL_PAUSED');
  expect(world.asked).toEqual([]);
});
