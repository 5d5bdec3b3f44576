import { describe, expect, it } from 'vitest';
import { createConsoleNotifier } from '../../src/notifiers/index.js';
import { settle } from '../support/event-loop.js';
import { attach } from '../support/notifier-host.js';
import { restored, steppedDown } from '../support/notifications.js';

describe('the console notifier', () => {
  it('warns of what got worse and informs of the rest', async () => {
    const lines: string[] = [];
    const output = {
      warn: (line: string) => lines.push(`warn ${line}`),
      info: (line: string) => lines.push(`info ${line}`),
    };
    const host = attach(createConsoleNotifier({ output }));
    host.notify(steppedDown());
    host.notify(restored());
    await settle();
    expect(lines.map((line) => line.split('\n')[0])).toEqual([
      'warn tierfall: 🔻 Stepped down to tier 2',
      'info tierfall: ✅ Back on tier 1',
    ]);
    await host.close();
  });

  it('writes no escape sequence of a terminal, whatever a model is called', async () => {
    const lines: string[] = [];
    const host = attach(createConsoleNotifier({ output: { warn: (line) => lines.push(line), info: () => undefined } }));
    host.notify(steppedDown({ to: { index: 1, provider: 'x', model: '\u001b[2J\u009b31mcleared\r\nINFO all good' } }));
    await settle();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('To: x/[2J 31mcleared INFO all good (tier 2)');
  });

  it('refuses an output that cannot write', () => {
    expect(() => createConsoleNotifier(Object.assign({ output: console }, { output: {} }))).toThrow(/^output: /);
  });
});
