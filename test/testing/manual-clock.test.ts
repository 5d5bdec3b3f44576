import * as fc from '../support/fast-check.js';
import { describe, expect, test, vi } from 'vitest';
import { createManualClock } from '../../src/testing/manual-clock.js';

describe('the manual clock', () => {
  test('stands still until it is moved', async () => {
    const clock = createManualClock({ now: 1000 });
    let ran = false;
    clock.setTimeout(() => (ran = true), 1);
    await clock.settle();
    expect([clock.now(), ran]).toEqual([1000, false]);
    await clock.advance(1);
    expect([clock.now(), ran]).toEqual([1001, true]);
  });

  test('runs timers at their own time and those of one moment in the order they were set', async () => {
    const clock = createManualClock({ now: 0 });
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name}@${clock.now()}`);
    clock.setTimeout(note('late'), 30);
    clock.setTimeout(note('first'), 10);
    clock.setTimeout(note('second'), 10);
    clock.setTimeout(note('never'), 41);
    await clock.advance(40);
    expect(seen).toEqual(['first@10', 'second@10', 'late@30']);
    expect(clock.now()).toBe(40);
    expect(clock.delays).toEqual([1]);
  });

  test('lets long promise chains settle before the next timer', async () => {
    const clock = createManualClock({ now: 0 });
    const seen: string[] = [];
    const chain = async () => {
      for (let step = 0; step < 1000; step++) await Promise.resolve();
      seen.push(`chain@${clock.now()}`);
    };
    clock.setTimeout(() => void chain(), 1);
    clock.setTimeout(() => seen.push('timer@2'), 2);
    await clock.advance(5);
    expect(seen).toEqual(['chain@1', 'timer@2']);
  });

  test('runs timers that are set on the way, and those set by what was begun before', async () => {
    const clock = createManualClock({ now: 0 });
    const seen: number[] = [];
    const every = async () => {
      await Promise.resolve();
      clock.setTimeout(() => {
        seen.push(clock.now());
        void every();
      }, 10);
    };
    void every();
    await clock.advance(35);
    expect(seen).toEqual([10, 20, 30]);
  });

  test('a cleared timer never runs; clearing what is no timer is nothing', async () => {
    const clock = createManualClock();
    let ran = 0;
    const timer = clock.setTimeout(() => ran++, 10);
    clock.clearTimeout(timer);
    clock.clearTimeout(timer);
    clock.clearTimeout(undefined);
    clock.clearTimeout(7);
    expect(clock.pending).toBe(0);
    await clock.advance(100);
    expect(ran).toBe(0);
  });

  test('two advances one after the other, not awaited, take their turns', async () => {
    const clock = createManualClock({ now: 0 });
    await Promise.all([clock.advance(10), clock.advance(20)]);
    expect(clock.now()).toBe(30);
  });

  test.each([[['setImmediate']], [['setImmediate', 'MessageChannel']]])(
    'moves where a runtime has no %s',
    async (missing) => {
      for (const name of missing) vi.stubGlobal(name, undefined);
      vi.resetModules();
      try {
        const kit = await import('../../src/testing/manual-clock.js');
        const clock = kit.createManualClock({ now: 0 });
        const seen: number[] = [];
        const every = async () => {
          await Promise.resolve();
          clock.setTimeout(() => {
            seen.push(clock.now());
            void every();
          }, 10);
        };
        void every();
        await clock.advance(35);
        expect(seen).toEqual([10, 20, 30]);
      } finally {
        vi.unstubAllGlobals();
      }
    },
  );

  test('many timers that are cleared leave the others in their order', async () => {
    const clock = createManualClock({ now: 0 });
    const seen: number[] = [];
    const handles = Array.from({ length: 300 }, (_, index) => clock.setTimeout(() => seen.push(index), 300 - index));
    for (const [index, handle] of handles.entries()) if (index % 4 !== 0) clock.clearTimeout(handle);
    expect(clock.pending).toBe(75);
    await clock.advance(300);
    expect(seen).toEqual(Array.from({ length: 75 }, (_, index) => 296 - index * 4));
  });

  test('refuses to go back, and times that are none', () => {
    const clock = createManualClock();
    expect(() => clock.advance(-1)).toThrow(/expected 0 or more/);
    expect(() => clock.advance(Number.NaN)).toThrow(/finite number/);
    expect(() => createManualClock({ now: Number.POSITIVE_INFINITY })).toThrow(/now: expected a finite number/);
  });

  test('whatever is set and cleared, what is left runs in order of time', async () => {
    const timers = fc.array(fc.record({ delay: fc.nat(500), cleared: fc.boolean() }), { maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(timers, async (list) => {
        const clock = createManualClock({ now: 0 });
        const seen: number[] = [];
        const handles = list.map(({ delay }, index) => clock.setTimeout(() => seen.push(index), delay));
        list.forEach(({ cleared }, index) => cleared && clock.clearTimeout(handles[index]));
        const expected = [...list.keys()]
          .filter((index) => !list[index]!.cleared)
          .toSorted((one, other) => list[one]!.delay - list[other]!.delay || one - other);
        expect(clock.pending).toBe(expected.length);
        expect(clock.delays).toEqual(expected.map((index) => list[index]!.delay));
        await clock.advance(500);
        expect(seen).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
