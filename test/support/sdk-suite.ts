import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoopbackProvider } from '../../examples/support/loopback-provider.ts';
import { startLoopbackProvider } from '../../examples/support/loopback-provider.ts';
import { classifyError } from '../../src/core/classify/classify-error.js';
import type { Outcome } from './sdk-cases.ts';
import { sdkCaseNames, sdkCases } from './sdk-cases.ts';
import type { SdkDriver } from './sdk-driver.ts';
import type { Expectation, SdkName } from './sdk-expectations.ts';
import { expectationsFor } from './sdk-expectations.ts';
import { holdRecording } from './sdk-recordings.ts';
import { thrownShape } from './sdk-shape.ts';

const NOW = Date.UTC(2026, 0, 1);

/** Drives one SDK through every case there is and holds what its caller sees and what we make of it. */
export function holdVerdicts(sdk: SdkName, driver: SdkDriver): void {
  describe(`verdicts on ${sdk}`, () => {
    let provider: LoopbackProvider;
    beforeAll(async () => {
      provider = await startLoopbackProvider();
    });
    afterAll(() => provider.close());

    const expectations = expectationsFor(sdk);
    const calls = driver.call === undefined ? [] : sdkCaseNames('call');
    const streams = driver.stream === undefined ? [] : sdkCaseNames('stream');
    test.each([...calls, ...streams])('%s', async (name) => {
      provider.clear();
      const outcome = await sdkCases[name].play({ driver, provider, model: 'model-1' });
      const expectation = expectations[name];
      if (outcome.type === 'thrown') await holdRecording(sdk, name, thrownShape(outcome.error), expectation);
      const { seen, explained } = look(outcome, 'text' in expectation);
      // The explanation is in the diff when a cell fails; it is not held.
      expect({ ...seen, explained }).toEqual({ ...held(expectation), explained: expect.any(String) });
    });
  });
}

/** The part of an outcome that is held, and what helps where it is another. */
function look(outcome: Outcome, withText: boolean): { seen: object; explained: string } {
  if (outcome.type === 'hung') return { seen: { hangs: true }, explained: 'its timeout did not fire' };
  if (outcome.type === 'ended') {
    const { mark: ends, text } = outcome;
    return { seen: withText ? { ends, text } : { ends }, explained: `ended with ${text}` };
  }
  const verdict = classifyError(outcome.error, { now: NOW });
  const { kind, retryAfterMs } = verdict;
  return { seen: { kind, retryAfterMs }, explained: `${JSON.stringify(verdict)} of ${String(outcome.error)}` };
}

/** What is held, without the reason beside it. */
function held(expectation: Expectation): object {
  const { why: _why, ...rest } = expectation;
  return rest;
}
