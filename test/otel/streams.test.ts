import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFailover } from '../../src/index.js';
import { instrumentFailover } from '../../src/otel/index.js';
import { chain, streamOf } from './calls.js';
import { untyped } from '../ai-sdk/mocks.js';
import { createTelemetry, type TestTelemetry } from './telemetry.js';

let telemetry: TestTelemetry;
beforeEach(() => {
  telemetry = createTelemetry();
});
afterEach(() => telemetry.close());

function observed() {
  const { tracerProvider, meterProvider } = telemetry;
  return instrumentFailover(createFailover({ chain }), { tracerProvider, meterProvider });
}

test('the call lasts until its stream ends, and the reader gets every chunk', async () => {
  const failover = observed();

  const { value } = await failover.run((tier) =>
    tier.model === 'gpt-5' ? streamOf(['a', 'b']) : streamOf([], { status: 529 }),
  );
  const ended = telemetry.spans().map(({ name }) => name);
  const chunks: string[] = [];
  for await (const chunk of value) chunks.push(chunk);
  const [operation, first, second] = telemetry.spans();

  expect(ended).toEqual(['chat gemini-3']);
  expect(chunks).toEqual(['a', 'b']);
  expect(first?.attributes).toMatchObject({ 'error.type': 'overloaded', 'gen_ai.request.stream': true });
  expect(second?.attributes).toMatchObject({ 'tierfall.outcome': 'ok', 'gen_ai.request.stream': true });
  expect(operation?.attributes).toMatchObject({ 'tierfall.outcome': 'ok', 'gen_ai.request.stream': true });
});

test('a readable stream that is read to its end has ended well', async () => {
  const failover = observed();
  const { value } = await failover.run(
    () =>
      new ReadableStream<string>({
        start(controller) {
          for (const chunk of ['a', 'b']) controller.enqueue(chunk);
          controller.close();
        },
      }),
  );
  const reader = value.getReader();
  const read = [await reader.read(), await reader.read()].map((result) => result.value);

  expect([read, telemetry.spans()]).toEqual([['a', 'b'], []]);
  expect(await reader.read()).toEqual({ done: true, value: undefined });
  expect(telemetry.spans().map(({ attributes }) => attributes['tierfall.outcome'])).toEqual(['ok', 'ok']);
});

test('a failure after content ends both with its kind', async () => {
  const failover = observed();
  const { value } = await failover.run(() => streamOf(['a'], { status: 503 }));
  const read = async () => {
    for await (const _ of value);
  };

  await expect(read()).rejects.toEqual({ status: 503 });
  expect(telemetry.spans().map(({ attributes }) => attributes['error.type'])).toEqual(['server_error', 'server_error']);
});

test('a reader that leaves is told apart from one that read to the end', async () => {
  const failover = observed();
  const iterable = await failover.run(() => streamOf(['a', 'b']));
  for await (const _ of iterable.value) break;
  let cancelled: unknown;
  const readable = await failover.run(
    () =>
      new ReadableStream<string>({
        start: (controller) => controller.enqueue('a'),
        cancel: (reason) => void (cancelled = reason),
      }),
  );
  expect(readable.value).toBeInstanceOf(ReadableStream);
  const reader = readable.value.getReader();
  await reader.read();
  await reader.cancel('enough');

  expect(cancelled).toBe('enough');
  expect(telemetry.spans().map(({ attributes }) => attributes['tierfall.outcome'])).toEqual(Array(4).fill('left'));
});

test('a caller that aborts between two reads ends both, whoever reads on', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const { value } = await observed().run(() => streamOf(['a', 'b', 'c']), { signal });
  const reader = value[Symbol.asyncIterator]();
  await reader.next();
  controller.abort();

  expect(telemetry.spans().map(({ attributes }) => attributes['tierfall.outcome'])).toEqual(['aborted', 'aborted']);
  await expect(reader.next()).rejects.toBe(signal.reason);
  expect(telemetry.spans()).toHaveLength(2);
});

test('a stream that is over leaves nothing on a signal that lives on', async () => {
  const { signal } = new AbortController();
  const failover = observed();
  for (const leave of [false, true]) {
    const { value } = await failover.run(() => streamOf(['a', 'b']), { signal });
    for await (const _ of value) if (leave) break;
  }

  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  const outcomes = telemetry.spans().map(({ attributes }) => String(attributes['tierfall.outcome']));
  expect(outcomes.toSorted((one, other) => one.localeCompare(other))).toEqual(['left', 'left', 'ok', 'ok']);
});

test('`stream: false` hands a stream through untouched', async () => {
  const stream = streamOf(['a']);
  const { value } = await observed().run(() => stream, { stream: false });

  expect(value).toBe(stream);
  expect(telemetry.spans()).toHaveLength(2);
});

/** A failover whose calls end in this value, however a real one would wrap it. */
function answering(value: unknown) {
  const { tracerProvider, meterProvider } = telemetry;
  const run = async () => ({ value, index: 0 });
  return instrumentFailover(untyped({ chain, run, on: () => () => undefined }), {
    tracerProvider,
    meterProvider,
  });
}

const outcomes = () => telemetry.spans().map(({ attributes }) => attributes['tierfall.outcome']);

test('a byte stream stays one: its reader may bring its own buffer', async () => {
  const parts = [[1, 2], [3]];
  const bytes = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const part = parts.shift();
      if (part) return controller.enqueue(Uint8Array.from(part));
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  const { value } = await answering(bytes).run(() => bytes);
  const reader = value.getReader({ mode: 'byob' });
  const first = await reader.read(new Uint8Array(8));
  const second = await reader.read(new Uint8Array(8));
  const end = await reader.read(new Uint8Array(8));

  expect([first.value, second.value].map((chunk) => [...(chunk ?? [])])).toEqual([[1, 2], [3]]);
  expect(end.done).toBe(true);
  expect(outcomes()).toEqual(['ok']);
});

test('a generator keeps its return value, `throw` and `await using`', async () => {
  const caught: unknown[] = [];
  let isClosed = false;
  async function* generate(): AsyncGenerator<string, string> {
    try {
      yield 'a';
      yield 'b';
    } catch (error) {
      caught.push(error);
    } finally {
      isClosed = true;
    }
    return 'the end';
  }
  const observe = async (): Promise<AsyncGenerator<string>> =>
    untyped((await answering(generate()).run(() => generate())).value);
  const whole = await observe();
  await whole.next();
  await whole.next();
  expect(await whole.next()).toEqual({ done: true, value: 'the end' });

  const thrown = await observe();
  await thrown.next();
  expect(await thrown.throw('enough')).toEqual({ done: true, value: 'the end' });
  expect(caught).toEqual(['enough']);

  isClosed = false;
  {
    await using disposed = await observe();
    await disposed.next();
  }
  expect(isClosed).toBe(true);
  expect(outcomes()).toEqual(['ok', 'left', 'left']);
});
