import { afterEach, expect, it, vi } from 'vitest';
import { Live } from '../../src/elements/data/live.js';
import type { InstanceView } from '../../src/elements/data/types.js';
import { pauseOf, viewOf } from './support/given.js';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

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

const hello = { actor: 'dana', can: ['read'], version: 1, now: 0 };

/** A connection whose stream says what the test says, and whose other answers are given by path. */
function streaming(answers: Record<string, () => Response> = {}) {
  const encoder = new TextEncoder();
  const controllers: ReadableStreamDefaultController<Uint8Array>[] = [];
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.stubGlobal('fetch', async (address: string, { signal }: { signal?: AbortSignal } = {}) => {
    const { pathname } = new URL(address);
    if (pathname !== '/stream' || answers[pathname]) return answers[pathname]?.() ?? Response.json({}, { status: 404 });
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      controllers.push(controller);
      signal?.addEventListener('abort', () => controller.error(signal.reason));
    };
    return new Response(new ReadableStream({ start }));
  });
  const live = new Live('http://operator.test', '');
  const stop = live.listen(() => undefined);
  const say = (text: string) => controllers.at(-1)!.enqueue(encoder.encode(text));
  const send = (event: string, data: object) => say(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  return { live, stop, controllers, say, send };
}

it('takes the store to work once it is connected again, until it hears otherwise', async () => {
  const { live, stop, controllers, send } = streaming();
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

it('a connection that went silent, as after a computer slept, is lost and made anew', async () => {
  vi.useFakeTimers();
  const { live, stop, controllers, say, send } = streaming();
  await vi.advanceTimersByTimeAsync(0);
  send('hello', hello);
  for (let beat = 0; beat < 4; beat++) {
    await vi.advanceTimersByTimeAsync(15_000);
    say(': still here\n\n');
  }
  await vi.advanceTimersByTimeAsync(40_000);
  expect(live.phase).toBe('live');
  const heardAt = Date.now() - 40_000;
  await vi.advanceTimersByTimeAsync(11_000);
  expect(live.phase).toBe('lost');
  expect(live.lostAt).toBe(heardAt);
  await vi.advanceTimersByTimeAsync(1000);
  expect(controllers).toHaveLength(2);
  send('hello', hello);
  await vi.advanceTimersByTimeAsync(0);
  expect(live.phase).toBe('live');
  stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(vi.getTimerCount()).toBe(0);
});

it('a gateway that answers for a server that is away is no server without room for a stream', async () => {
  const away = () => new Response('Service Unavailable', { status: 503 });
  const answers: Record<string, () => Response> = { '/stream': away, '/instances': away };
  const { live, stop } = streaming(answers);
  await vi.waitFor(() => expect(live.phase).toBe('lost'));
  expect(live.isOnline).toBe(false);
  answers['/instances'] = () => Response.json({ instances: [], next: null });
  await vi.waitFor(() => expect(live.nextTryAt).toBeGreaterThan(0));
  live.retry();
  await vi.waitFor(() => expect(live.phase).toBe('full'));
  stop();
});

it('elements that were away for an hour do not say that what they show is from now', async () => {
  vi.useFakeTimers();
  const answers: Record<string, () => Response> = {};
  const { live, stop, send } = streaming(answers);
  await vi.advanceTimersByTimeAsync(0);
  send('hello', hello);
  await vi.advanceTimersByTimeAsync(0);
  stop();
  const leftAt = Date.now();
  await vi.advanceTimersByTimeAsync(3_600_000);
  answers['/stream'] = () => new Response('Bad Gateway', { status: 502 });
  const leave = live.listen(() => undefined);
  expect(live.isOnline).toBe(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(live).toMatchObject({ phase: 'lost', lostAt: leftAt });
  leave();
});

it('reads by itself what could not be read, and everything once the store is back', async () => {
  vi.useFakeTimers();
  const broken = () => Response.json({ detail: 'The store cannot be read now.' }, { status: 503 });
  const list = (...instances: InstanceView[]) => Response.json({ instances, next: null });
  const answers = { '/instances': () => list(viewOf('a')), '/alerts': broken };
  const { live, stop, send } = streaming(answers);
  await vi.advanceTimersByTimeAsync(0);
  send('hello', hello);
  await vi.advanceTimersByTimeAsync(0);
  expect(live.alerts.problem).toBe('The store cannot be read now.');
  answers['/instances'] = broken;
  send('store', { ok: false });
  send('refresh', {});
  await vi.advanceTimersByTimeAsync(0);
  expect([...live.agents.keys()]).toEqual(['a']);
  expect(live.agentsProblem).toBe('The store cannot be read now.');
  answers['/alerts'] = () => Response.json({ alerts: [], total: 0, checkedAt: 1 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(live.alerts).toMatchObject({ value: { checkedAt: 1 }, problem: '' });
  expect(live.agentsProblem).toBe('The store cannot be read now.');
  answers['/instances'] = () => list(viewOf('a'), viewOf('b'));
  send('store', { ok: true });
  await vi.advanceTimersByTimeAsync(0);
  expect([...live.agents.keys()]).toEqual(['a', 'b']);
  expect(live.agentsProblem).toBe('');
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
