import { expect, onTestFinished, test, vi } from 'vitest';
import { createFailover } from '../../src/index.js';

const limitsNothing = { chain: ['a/1'], policy: { tokenBudget: { limit: 1000, windowMs: 60_000 } } } as const;

function processWarnings() {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockReturnValue();
  onTestFinished(() => emitWarning.mockRestore());
  return emitWarning.mock.calls;
}

test('a budget that limits nothing is a warning of the process where there is no logger', async () => {
  const told = processWarnings();
  await createFailover(limitsNothing).close();
  expect(told).toEqual([
    [expect.stringContaining("onExceeded: 'pause' limits it"), { type: 'TierfallWarning', code: 'TIERFALL_CONFIG' }],
  ]);
});

test('the logger gets it where there is one, and the process nothing', async () => {
  const told = processWarnings();
  const logger = {
    debug: vi.fn<() => void>(),
    info: vi.fn<() => void>(),
    warn: vi.fn<() => void>(),
    error: vi.fn<() => void>(),
  };
  await createFailover({ ...limitsNothing, logger }).close();
  expect(logger.warn.mock.calls).toEqual([[expect.stringContaining('token_budget')]]);
  expect(told).toEqual([]);
});
