import { expect } from 'vitest';
import { createConsoleNotifier, type ConsoleNotifierOptions } from '../../src/notifiers/index.js';
import type { Notification } from '../../src/ports/notifier.js';
import { settle } from './event-loop.js';
import { attach } from './notifier-host.js';

/** What the console shows of one event: a line each, and whether it is a warning. */
export async function shown(
  notification: Notification,
  options: ConsoleNotifierOptions = {},
): Promise<{ level: string; lines: string[] }> {
  const written: { level: string; lines: string[] }[] = [];
  const write = (level: string) => (text: string) =>
    void written.push({ level, lines: text.replace(/^tierfall: /u, '').split('\n') });
  const host = attach(createConsoleNotifier({ ...options, output: { info: write('info'), warn: write('warn') } }));
  host.notify(notification);
  await settle();
  await host.close();
  expect(written).toHaveLength(1);
  return written[0]!;
}
