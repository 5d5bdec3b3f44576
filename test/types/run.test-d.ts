import { describe, expectTypeOf, it } from 'vitest';
import {
  createFailover,
  judges,
  resolveWithFallback,
  type Attempt,
  type CallContext,
  type CallResult,
} from '../../src/index.js';

const failover = createFailover({
  chain: [
    { provider: 'anthropic', model: 'opus', region: 'us' },
    { provider: 'openai', model: 'gpt', region: 'eu' },
  ],
});
type T = (typeof failover.chain)[number];

interface Chunk {
  readonly text: string;
}
async function* chunks(): AsyncGenerator<Chunk> {
  yield { text: '' };
}
/** What SDKs return: an async iterable with methods of its own. */
interface SdkStream extends AsyncIterable<Chunk> {
  abort(): void;
}
declare const sdkStream: SdkStream;
declare const readable: ReadableStream<Chunk>;

async function withPrefix<V extends { text: string }>(call: () => Promise<V>): Promise<string> {
  const { value } = await resolveWithFallback(failover, call, { stream: false });
  return `> ${value.text}`;
}

describe('the value type comes from the call', () => {
  it('is T for a value or a promise of one', async () => {
    const { value, tier, index, attempts } = await resolveWithFallback(failover, () => Promise.resolve({ text: 'hi' }));
    expectTypeOf(value).toEqualTypeOf<{ text: string }>();
    expectTypeOf(tier).toEqualTypeOf<T>();
    expectTypeOf(index).toEqualTypeOf<number>();
    expectTypeOf(attempts).toEqualTypeOf<Attempt[]>();
    expectTypeOf((await resolveWithFallback(failover, () => 5)).value).toEqualTypeOf<number>();
    expectTypeOf((await resolveWithFallback(failover, async () => undefined)).value).toEqualTypeOf<undefined>();
  });

  it('is AsyncIterable<C> for a stream, whatever else the SDK put on it', async () => {
    const fromSdk = await resolveWithFallback(failover, async () => sdkStream);
    expectTypeOf(fromSdk.value).toEqualTypeOf<AsyncIterable<Chunk>>();
    expectTypeOf(fromSdk.value).not.toHaveProperty('abort');
  });

  it('is a generator for a generator, with what it returns and takes', async () => {
    const { value } = await resolveWithFallback(failover, () => chunks());
    expectTypeOf(value).toEqualTypeOf<AsyncGenerator<Chunk>>();
    const call = async () => ({}) as AsyncGenerator<Chunk, { tokens: number }, string>;
    expectTypeOf((await failover.run(call)).value).toEqualTypeOf<AsyncGenerator<Chunk, { tokens: number }, string>>();
  });

  it('is ReadableStream<C> for a ReadableStream', async () => {
    const { value } = await resolveWithFallback(failover, () => readable);
    expectTypeOf(value).toEqualTypeOf<ReadableStream<Chunk>>();
  });

  it('is what the call returned with `stream: false`', async () => {
    const fromSdk = await resolveWithFallback(failover, async () => sdkStream, { stream: false });
    expectTypeOf(fromSdk.value).toEqualTypeOf<SdkStream>();
  });

  it('is a union where tiers return different things', async () => {
    const { value } = await resolveWithFallback(failover, (tier) => (tier.provider === 'openai' ? 'text' : 5));
    expectTypeOf(value).toEqualTypeOf<string | number>();
  });

  it('is the same through run, and through run bound to an instance', async () => {
    expectTypeOf((await failover.run(() => chunks())).value).toEqualTypeOf<AsyncGenerator<Chunk>>();
    expectTypeOf((await failover.run(() => sdkStream)).value).toEqualTypeOf<AsyncIterable<Chunk>>();
    expectTypeOf((await failover.for('a').run(() => readable)).value).toEqualTypeOf<ReadableStream<Chunk>>();
    expectTypeOf((await failover.for('a').run(() => sdkStream, { stream: false })).value).toEqualTypeOf<SdkStream>();
    expectTypeOf((await failover.for('a').run((tier) => tier)).tier).toEqualTypeOf<T>();
  });
});

describe('what a call is given', () => {
  it('is the tier and a context', () => {
    void resolveWithFallback(failover, (tier, context) => {
      expectTypeOf(tier).toEqualTypeOf<T>();
      expectTypeOf(context).toEqualTypeOf<CallContext<T>>();
      expectTypeOf(context.remaining).toEqualTypeOf<readonly T[]>();
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(context.fetch).toEqualTypeOf<typeof globalThis.fetch>();
      expectTypeOf(context.attempt).toEqualTypeOf<number>();
    });
  });

  it('narrows by provider', () => {
    const run = failover.run((tier) => {
      if (tier.provider === 'openai') expectTypeOf(tier.region).toEqualTypeOf<'eu'>();
      // @ts-expect-error no tier of this chain is Mistral's
      if (tier.provider === 'mistral') return 'never';
      return tier.provider;
    });
    expectTypeOf(run).resolves.toHaveProperty('value').toExtend<string>();
  });
});

describe('options', () => {
  it('infer the chunk of isContent and isComplete from the call', () => {
    void resolveWithFallback(failover, () => chunks(), {
      isContent: (chunk) => {
        expectTypeOf(chunk).toEqualTypeOf<Chunk>();
        return chunk.text !== '';
      },
      isComplete: (chunk) => chunk.text === 'end',
    });
    void resolveWithFallback(failover, async (tier) => (tier.provider === 'openai' ? sdkStream : chunks()), {
      isContent: (chunk) => {
        expectTypeOf(chunk).toEqualTypeOf<Chunk>();
        return true;
      },
    });
    void failover.run(() => readable, {
      isContent: (chunk) => {
        expectTypeOf(chunk).toEqualTypeOf<Chunk>();
        return true;
      },
    });
    void failover.for('a').run(() => chunks(), {
      isContent: (chunk) => {
        expectTypeOf(chunk).toEqualTypeOf<Chunk>();
        return true;
      },
    });
  });

  it('leave the instance to `for`', () => {
    // @ts-expect-error the instance is bound already
    expectTypeOf(failover.for('a').run(() => 1, { instance: 'b' })).resolves.not.toBeAny();
  });

  it('name a pin or fallback by index, pair or id', () => {
    const runs = [
      failover.run(() => 1, { pinned: 0 }),
      failover.run(() => 1, { pinned: 'openai/gpt' }),
      failover.run(() => 1, { pinned: { provider: 'openai', model: 'gpt' } }),
      failover.run(() => 1, { pinned: failover.chain[0]! }),
      failover.run(() => 1, { fallbacks: [1, 'openai/gpt', { provider: 'openai', model: 'gpt' }] }),
    ];
    expectTypeOf(runs).toEqualTypeOf<Promise<CallResult<number, T>>[]>();
    // @ts-expect-error a pin is no boolean
    void failover.run(() => 1, { pinned: true });
    // @ts-expect-error no such option
    void failover.run(() => 1, { timeoutMs: 5 });
  });

  it('can be built beforehand', () => {
    const options = { instance: 'a', deadlineMs: 5, signal: AbortSignal.abort() };
    expectTypeOf(resolveWithFallback(failover, () => 1, options))
      .resolves.toHaveProperty('value')
      .toEqualTypeOf<number>();
  });
});

describe('a function around it', () => {
  it('can be generic over the failover and the value', async () => {
    expectTypeOf(withPrefix(async () => ({ text: 'a' }))).resolves.toEqualTypeOf<string>();
  });
});

describe('a judge', () => {
  it('is given the chunks of a stream, or a whole answer', () => {
    void failover.run(() => chunks(), { judge: (chunk) => (expectTypeOf(chunk).toEqualTypeOf<Chunk>(), undefined) });
    void failover.run(() => ({ text: 'hi' }), {
      judge: (answer, { end }) => (expectTypeOf(answer).toEqualTypeOf<{ text: string }>(), end && 'server_error'),
    });
    void failover.run(() => readable, {
      stream: false,
      judge: (answer) => (expectTypeOf(answer).toEqualTypeOf<ReadableStream<Chunk>>(), { kind: 'timeout' }),
    });
    void failover.run(() => sdkStream, { judge: judges.all });
    // @ts-expect-error no kind
    void failover.run(() => 5, { judge: () => 'refused' });
  });
});
