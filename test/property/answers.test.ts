import * as fc from '../support/fast-check.js';
import { expect, test } from 'vitest';
import { createFailover, isTierfallError } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';

/** Words that known formats use, so that values come close to them. */
const names = ['type', 'object', 'choices', 'delta', 'finish_reason', 'candidates', 'finishReason', 'content', 'error'];
const words = ['error', 'start', 'finish', 'stop', 'message_start', 'response.failed', 'text-delta', 'failed', 'ping'];
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...words),
    fc.constant(null),
    fc.integer(),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 3 }),
  object: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 4 }),
})).value;

async function* from(chunks: readonly unknown[]): AsyncGenerator {
  yield* chunks;
}

test('whatever a stream holds, its reader gets a beginning of it, and all of it or one of our errors', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(json, { maxLength: 5 }), async (chunks) => {
      const failover = createFailover({ chain: ['a/1'], clock: createManualClock() });
      const seen: unknown[] = [];
      let error: unknown;
      try {
        const { value } = await failover.run(() => from(chunks));
        for await (const chunk of value) seen.push(chunk);
      } catch (thrown) {
        error = thrown;
      }
      expect(chunks.slice(0, seen.length)).toEqual(seen);
      if (error === undefined) expect(seen).toHaveLength(chunks.length);
      else expect(isTierfallError(error)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('whatever a whole answer is, a call that nobody answers better resolves with it', async () => {
  await fc.assert(
    fc.asyncProperty(json, json, async (first, second) => {
      const failover = createFailover({ chain: ['a/1', 'b/2'], clock: createManualClock() });
      const { value, index, attempts } = await failover.run(({ provider }) => (provider === 'a' ? first : second));
      expect(value).toBe(index === 0 ? first : second);
      expect(attempts.at(index)!.ok).toBe(true);
      const alone = createFailover({ chain: ['a/1'], clock: createManualClock() });
      expect((await alone.run(() => first)).value).toBe(first);
    }),
    { numRuns: 500 },
  );
});
