import { afterEach, expect, it, vi } from 'vitest';
import { Live } from '../../src/elements/data/live.js';
import type { InstanceView } from '../../src/elements/data/types.js';
import { pauseOf, viewOf } from './support/given.js';

afterEach(() => vi.unstubAllGlobals());

/** A connection whose list of agents is answered when the test says so. */
function connection() {
  const lists: ((instances: InstanceView[]) => void)[] = [];
  vi.stubGlobal('fetch', (address: string) =>
    address.includes('/instances')
      ? new Promise((resolve) => lists.push((instances) => resolve(Response.json({ instances, next: null }))))
      : Promise.resolve(Response.json({}, { status: 404 })),
  );
  const live = new Live('http://operator.test', '');
  live.phase = 'live';
  const paused = () => [...live.agents.values()].map(({ name, paused: pause }) => `${name} ${pause?.by ?? 'runs'}`);
  const read = async () => {
    live.retry();
    await vi.waitFor(() => expect(lists).not.toEqual([]));
    const answer = lists.shift()!;
    return (...instances: InstanceView[]) => answer(instances);
  };
  return { live, read, paused };
}

it('takes the store to work once it is connected again, until it hears otherwise', async () => {
  const encoder = new TextEncoder();
  const controllers: ReadableStreamDefaultController<Uint8Array>[] = [];
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.stubGlobal('fetch', async (address: string) =>
    address.endsWith('/stream')
      ? new Response(new ReadableStream({ start: (controller) => void controllers.push(controller) }))
      : Response.json({}, { status: 404 }),
  );
  const live = new Live('http://operator.test', '');
  const stop = live.listen(() => undefined);
  const send = (event: string, data: object) =>
    controllers.at(-1)!.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  const hello = { actor: 'dana', can: ['read'], version: 1, now: 0 };
  await vi.waitFor(() => expect(controllers).toHaveLength(1));
  send('hello', hello);
  send('store', { ok: false });
  await vi.waitFor(() => expect(live.storeOk).toBe(false));
  controllers[0]!.close();
  await vi.waitFor(() => expect(live.phase).toBe('lost'));
  live.retry();
  await vi.waitFor(() => expect(controllers).toHaveLength(2));
  send('hello', hello);
  await vi.waitFor(() => expect(live.storeOk).toBe(true));
  stop();
});

const pausedBy = (by: string, name = 'a') => viewOf(name, { paused: pauseOf({ by }) });

it('a list of agents that was asked for before an agent changed does not undo the change', async () => {
  const { live, read, paused } = connection();
  const answer = await read();
  live.put(pausedBy('dana'));
  live.put(pausedBy('kim', 'new'));
  answer(viewOf('a'), viewOf('b'));
  await vi.waitFor(() => expect(live.isComplete).toBe(true));
  expect(paused()).toEqual(['a dana', 'new kim', 'b runs']);
  (await read())(viewOf('a'));
  await vi.waitFor(() => expect(paused()).toEqual(['a runs']));
});

it('nor does it undo a list that was asked for later', async () => {
  const { read, paused } = connection();
  const [earlier, later] = [await read(), await read()];
  later(pausedBy('dana'));
  await vi.waitFor(() => expect(paused()).toEqual(['a dana']));
  earlier(viewOf('a'), viewOf('b'));
  await vi.waitFor(() => expect(paused()).toEqual(['a dana', 'b runs']));
});
