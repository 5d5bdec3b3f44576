import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTimeline } from '../../examples/support/timeline.js';

afterEach(() => vi.unstubAllEnvs());

function record(isTTY: boolean) {
  let text = '';
  const output = { isTTY, write: (more: string) => (text += more) };
  return { timeline: createTimeline(() => Date.UTC(2026, 0, 5, 9, 30), output), text: () => text };
}

function tellEverything({ timeline }: ReturnType<typeof record>): void {
  timeline.title('title');
  timeline.scene('scene');
  timeline.say('said');
  timeline.event('down', 'tier 1 -> tier 2');
  timeline.check('it is so', true);
}

describe('the timeline of the demo', () => {
  it('writes plain lines where there is no terminal', () => {
    const told = record(false);
    tellEverything(told);
    expect(told.text()).toBe(
      'title\n\n1. scene\n  said\n  09:30:00  down     tier 1 -> tier 2\n            checked  it is so\n',
    );
  });

  it('writes the same lines in colour on a terminal', () => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('TERM', 'xterm');
    const [plain, colourful] = [record(false), record(true)];
    tellEverything(plain);
    tellEverything(colourful);
    expect(colourful.text()).toContain('\u001b[33m');
    expect(stripVTControlCharacters(colourful.text())).toBe(plain.text());
  });

  it.each([
    ['NO_COLOR', '1'],
    ['TERM', 'dumb'],
  ])('keeps to plain lines on a terminal with %s=%s', (name, value) => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('TERM', 'xterm');
    vi.stubEnv(name, value);
    const told = record(true);
    tellEverything(told);
    expect(told.text()).not.toContain('\u001b');
  });

  it('throws for a claim that does not hold, and does not print it as checked', () => {
    const told = record(false);
    expect(() => told.timeline.check('the moon is made of cheese', false)).toThrow('this did not happen: the moon');
    expect(told.text()).toBe('');
  });

  it('takes its spinner away before a line', async () => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('TERM', 'xterm');
    vi.useFakeTimers();
    try {
      const told = record(true);
      const work = told.timeline.during(new Promise((resolve) => setTimeout(resolve, 100)));
      vi.advanceTimersByTime(100);
      told.timeline.say('meanwhile');
      await work;
      expect(told.text()).toBe('\r  |\r   \r  meanwhile\n');
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes its spinner away again, also when the work fails', async () => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('TERM', 'xterm');
    vi.useFakeTimers();
    try {
      const told = record(true);
      const failing = new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 200));
      const work = told.timeline.during(failing);
      vi.advanceTimersByTime(200);
      expect(told.text()).toContain('\r  |');
      await expect(work).rejects.toThrow('no answer');
      expect(told.text().endsWith('\r   \r')).toBe(true);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
