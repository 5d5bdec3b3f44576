import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LoopbackProvider } from '../../examples/support/loopback-provider.ts';
import {
  answers,
  drops,
  endsEarly,
  stalls,
  startLoopbackProvider,
  streamError,
} from '../../examples/support/loopback-provider.ts';
import { createFailover } from '../../src/index.js';
import { createManualClock } from '../../src/testing/manual-clock.js';
import { until } from './event-loop.js';
import { ANSWER } from './sdk-cases.ts';
import type { Ask, SdkDriver } from './sdk-driver.ts';
import type { SdkName } from './sdk-expectations.ts';
import { expectationsFor } from './sdk-expectations.ts';

const IDLE_MS = 5000;

/** A piece of an answer; the last one of a whole answer carries the end mark. */
interface Piece {
  text: string;
  mark?: string;
}

/** Holds what the reader of a stream sees when it goes wrong below a failover: one stream or a typed error. */
export function holdStreams(sdk: SdkName, driver: SdkDriver): void {
  const expected = expectationsFor(sdk)['stream: answer'];
  const goodEnd = 'ends' in expected ? expected.ends : undefined;

  async function* piecesOf(ask: Ask): AsyncGenerator<Piece> {
    const stream = driver.stream?.(ask);
    if (stream === undefined) throw new Error(`${sdk} needs a driver with a stream`);
    try {
      for (;;) {
        const { done, value } = await stream.next();
        if (done !== true) yield { text: value };
        else {
          if (value !== undefined) yield { text: '', mark: value };
          return;
        }
      }
    } finally {
      await stream.return(undefined);
    }
  }

  describe(`streams of ${sdk} in a chain`, () => {
    let provider: LoopbackProvider;
    beforeAll(async () => {
      provider = await startLoopbackProvider();
    });
    afterEach(() => provider.clear());
    afterAll(() => provider.close());

    function open() {
      const clock = createManualClock();
      const failover = createFailover({ chain: ['p/one', 'p/two'], clock });
      const opening = failover.run(
        ({ model }, { fetch, signal }) => piecesOf({ url: provider.url(driver.wire), model, fetch, signal }),
        {
          isContent: ({ text }) => text !== '',
          isComplete: ({ mark }) => mark === goodEnd,
          idleTimeoutMs: IDLE_MS,
        },
      );
      return { clock, failover, opening };
    }

    async function read(stream: AsyncIterable<Piece>): Promise<{ text: string; error?: unknown }> {
      let text = '';
      try {
        for await (const piece of stream) text += piece.text;
        return { text };
      } catch (error) {
        return { text, error };
      }
    }

    test('an error event before the first content: the next tier takes over, and the reader sees one stream', async () => {
      provider.on('one', streamError({ status: 529 }));
      provider.on('two', answers(ANSWER));
      const { value, attempts } = await open().opening;
      expect(await read(value)).toEqual({ text: ANSWER });
      expect(attempts).toMatchObject([
        { tier: 'p/one', kind: 'overloaded' },
        { tier: 'p/two', ok: true },
      ]);
    });

    test.each([
      ['an error event', streamError({ status: 529, after: 'half an' }), 'overloaded'],
      ['a connection that is cut', drops('mid-stream', 'close'), 'network'],
      ['an end without the end mark', endsEarly('half an'), 'network'],
    ])('%s after content reaches the reader, is recorded, and nobody else is asked', async (_, reply, kind) => {
      provider.on('one', reply);
      const { failover, opening } = open();
      const { text, error } = await read((await opening).value);
      expect(text).not.toBe('');
      expect(error).toBeInstanceOf(Error);
      expect(await failover.state('default')).toMatchObject({ tier: 1, lastFailureKind: kind });
      expect(provider.calls('two')).toBe(0);
    });

    test('a stall after content is ended by idleTimeoutMs', async () => {
      provider.on('one', stalls('mid-stream'));
      const { clock, failover, opening } = open();
      const kinds: string[] = [];
      failover.on('attempt-failed', ({ kind }) => kinds.push(kind));
      const reading = read((await opening).value);
      await provider.stalled();
      await until(() => clock.pending > 0);
      await clock.advance(IDLE_MS);
      expect((await reading).error).toMatchObject({ code: 'TIERFALL_STREAM_STALLED', limit: 'idleTimeoutMs' });
      expect(kinds).toEqual(['timeout']);
    });
  });
}
