import type { ScriptedOutcome } from './script.js';

type Stream = Extract<ScriptedOutcome, { does: 'streams' }>;

/** Opens a scripted stream. It stops when its reader leaves or the call is aborted. */
export function openScripted(
  script: Stream,
  signal: AbortSignal,
  pass: (ms: number) => Promise<void>,
): AsyncIterable<unknown> | ReadableStream<unknown> {
  const source = read(script, signal, pass);
  if (!script.readable) return source;
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const result = await source.next();
        if (result.done) controller.close();
        else controller.enqueue(result.value);
      },
      async cancel() {
        await source.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* read(
  { chunks, end, everyMs }: Stream,
  signal: AbortSignal,
  pass: (ms: number) => Promise<void>,
): AsyncGenerator<unknown, undefined> {
  for (const chunk of chunks) {
    if (everyMs > 0) await pass(everyMs);
    signal.throwIfAborted();
    yield chunk;
  }
  if (end.does === 'fails') throw end.makeError();
  if (end.does === 'stalls') await untilAborted(signal);
  return undefined;
}

/** Never resolves; rejects with the signal's reason. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
