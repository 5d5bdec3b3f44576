import { expect, test } from 'vitest';
import { Admissions } from '../../src/engine/fleet/admissions.js';

const MINUTE = 60_000;

/** The admission of a target, whose lease the fleet always grants. */
function openAdmission() {
  const times = { wall: 1e12, elapsed: 0 };
  const clock = {
    now: () => times.wall,
    elapsed: () => times.elapsed,
    isFaked: false,
    setTimeout: () => undefined,
    clearTimeout: () => undefined,
  };
  const leased: number[] = [];
  const admissions = new Admissions({ clock, onChange: () => undefined });
  let released = 0;
  const admission = admissions.open('agent', {
    acquire: async (ttlMs) => leased.push(ttlMs) > 0,
    release: () => void released++,
    onEnd: () => undefined,
  });
  const find = async () => {
    await admissions.prepare();
    return admissions.find(() => true);
  };
  const pass = (ms: number) => {
    times.wall += ms;
    times.elapsed += ms;
  };
  return { admission, admissions, find, pass, times, leased, released: () => released };
}

test('a trial that never ends is over after a minute, also where the wall clock was set back meanwhile', async () => {
  const { admissions, find, pass, times } = openAdmission();
  (await find())!.take();
  expect(admissions.isOpen).toBe(false);
  times.wall -= 60 * MINUTE;
  pass(MINUTE);
  expect(admissions.isOpen).toBe(true);
  expect(await find()).toBeDefined();
});

test('the lease of a trial that took longer than an idle one lasts, and found nothing out, is given back', async () => {
  const { find, pass, leased, released } = openAdmission();
  const trial = (await find())!.take();
  await Promise.resolve();
  pass(MINUTE / 2);
  trial.end('unreached');
  expect([leased, released()]).toEqual([[20_000, 90_000], 1]);
});

test('a lease that is granted after its trial has ended is given back', async () => {
  const { find, released } = openAdmission();
  const trial = (await find())!.take();
  trial.end('unreached');
  expect(released()).toBe(1);
  await Promise.resolve();
  expect(released()).toBe(2);
});

test('a lease that is granted after its pause is over is given back', async () => {
  const { admissions, find, released, admission } = openAdmission();
  const asked = find();
  admission.close();
  await asked;
  expect([admissions.isOpen, released()]).toEqual([false, 1]);
});
