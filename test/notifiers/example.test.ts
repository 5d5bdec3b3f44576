import { expect, it, vi } from 'vitest';

it('the Telegram example runs and tells twice', async () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  await import('../../examples/telegram-alert.ts');
  expect(lines.map((line) => line.split('\n')[0])).toEqual([
    '🔻 <b>Stepped down to tier 2</b>',
    '↩️ <b>Reset to tier 1</b>',
    '21 questions, 2 messages; the last answer: claude-opus-4-8 says hello',
  ]);
});
