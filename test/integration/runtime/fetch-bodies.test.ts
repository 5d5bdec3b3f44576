import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createFailover } from '../../../src/index.js';
import { createManualClock } from '../../../src/testing/manual-clock.js';
import { settle } from '../../support/event-loop.js';

const ERROR = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
const events = { 'content-type': 'text/event-stream' };

const routes: Record<string, RequestListener> = {
  '/events': (_request, response) => response.writeHead(200, events).end('data: {"text":"x"}\n\ndata: [DONE]\n\n'),
  '/error': (_request, response) => response.writeHead(200, events).end(`${ERROR}\n\n`),
  '/cut-error': (_request, response) => response.writeHead(200, events).end(ERROR),
  '/failed': (_request, response) =>
    response.writeHead(200, events).end('data: {"type":"message-end","delta":{"finish_reason":"ERROR"}}\n\n'),
  '/talks-of-errors': (_request, response) =>
    response.writeHead(200, events).end('data: {"text":"x","delta":{"finish_reason":"COMPLETE","error":""}}\n\n'),
  '/empty-error': (_request, response) => response.writeHead(200, events).end('event: error\n\ndata: {"text":"x"}\n\n'),
  '/moved': (_request, response) => response.writeHead(302, { location: '/events' }).end(),
  '/broken': (_request, response) => response.writeHead(500).end('{}'),
  '/busy': (_request, response) => response.writeHead(429, { 'retry-after': '60' }).end('{}'),
};

const servers: Server[] = [];
let url: string;
let otherUrl: string;
beforeAll(async () => {
  url = await serve();
  otherUrl = await serve();
});
afterAll(() => {
  for (const server of servers) server.close();
});

async function serve(): Promise<string> {
  const server = createServer((request, response) => routes[request.url ?? '']?.(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** Text of a stream's good events, as of an SDK that passes over all others. */
async function* textOf(response: Response): AsyncGenerator<string> {
  let all = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) all += chunk;
  for (const [, text] of all.matchAll(/"text":"(\w+)"/g)) yield text!;
}

async function* stream(fetch: typeof globalThis.fetch, ...addresses: string[]): AsyncGenerator<string> {
  for (const address of addresses) yield* textOf(await fetch(address));
}

async function read(chunks: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const chunk of chunks) all += chunk;
  return all;
}

describe('Runtime: what the handed-out fetch sees of a body', () => {
  test('an error event with which a stream breaks off, without a line break after it', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const { value, attempts } = await failover.run((_tier, { index, fetch }) =>
      stream(fetch, index === 0 ? `${url}/cut-error` : `${url}/events`),
    );
    expect(await read(value)).toBe('x');
    expect(attempts[0]).toMatchObject({ ok: false, kind: 'overloaded' });
  });

  test("an answer whose last event says that it failed, as Cohere's do: the provider broke, unless its words say more", async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const { value, attempts } = await failover.run((_tier, { index, fetch }) =>
      stream(fetch, index === 0 ? `${url}/failed` : `${url}/talks-of-errors`),
    );
    expect(await read(value)).toBe('x');
    expect(attempts).toMatchObject([{ ok: false, kind: 'server_error' }, { ok: true }]);
    expect((await failover.state('default')).tiers[1]).toMatchObject({ failures: 0 });
  });

  test('an event that is called an error and says nothing is none, and what follows it is content', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const { value, index } = await failover.run((_tier, { fetch }) => stream(fetch, `${url}/empty-error`));
    expect([await read(value), index]).toEqual(['x', 0]);
  });

  test.each(['text/event-stream', 'application/json'])(
    'a body of %s is read no further than it is asked for',
    async (type) => {
      const asked = { pulls: 0 };
      const source = () =>
        new ReadableStream(
          { pull: (controller) => controller.enqueue(new TextEncoder().encode(`data: ${asked.pulls++}\n\n`)) },
          { highWaterMark: 0 },
        );
      const response = new Response(source(), { headers: { 'content-type': type } });
      vi.stubGlobal('fetch', async () => response);
      onTestFinished(() => void vi.unstubAllGlobals());
      const failover = createFailover({ chain: ['a/1'] });
      const { value } = await failover.run((_tier, { fetch }) => fetch(url));
      await settle();
      expect(asked.pulls).toBe(0);
      const reader = value.body!.getReader();
      for (let chunks = 1; chunks <= 3; chunks++) {
        await reader.read();
        await settle();
        expect(asked.pulls).toBe(chunks);
      }
      // What there is nothing to be seen in is handed through as it is.
      expect(value === response).toBe(type === 'application/json');
    },
  );

  test('an error the call got over by itself, with another request, is none of the stream it gave', async () => {
    const failover = createFailover({ chain: ['a/1', 'b/2'] });
    const { value, index } = await failover.run((_tier, { fetch }) => stream(fetch, `${url}/error`, `${url}/events`));
    expect(await read(value)).toBe('x');
    expect(index).toBe(0);
    expect((await failover.state('default')).lastFailureKind).toBeNull();
  });

  test.each([{}, { deadlineMs: 60_000 }])('tries made before a stream are counted (%j)', async (options) => {
    const failover = createFailover({ chain: ['a/1'] });
    const { attempts } = await failover.run(async (_tier, { fetch }) => {
      const first = await fetch(`${url}/broken`);
      return textOf(first.ok ? first : await fetch(`${url}/events`));
    }, options);
    expect(attempts.map(({ ok, kind }) => [ok, kind])).toEqual([
      [false, 'server_error'],
      [true, undefined],
    ]);
  });

  test('a response that is watched still says where it came from', async () => {
    const failover = createFailover({ chain: ['a/1'] });
    const facts = ({ status, url: from, redirected, type }: Response) => ({ status, from, redirected, type });
    for (const path of ['/events', '/moved']) {
      const { value } = await failover.run(async (_tier, { fetch }) => fetch(url + path), { idleTimeoutMs: 1000 });
      const plain = await fetch(url + path);
      expect(facts(value)).toEqual(facts(plain));
      expect(await value.text()).toBe(await plain.text());
    }
  });

  test('a wait that is over is over for an SDK that kept it, too', async () => {
    const clock = createManualClock();
    const failover = createFailover({ chain: ['a/1'], clock });
    const { value } = await failover.run(async (_tier, { fetch }) => {
      const statuses = [(await fetch(`${url}/busy`)).status];
      for (const waitMs of [59_999, 1]) {
        await clock.advance(waitMs);
        statuses.push((await fetch(`${url}/events`)).status);
      }
      return statuses;
    });
    expect(value).toEqual([429, 429, 200]);
  });

  test('a wait holds for who named it: a request to another origin is made', async () => {
    const failover = createFailover({ chain: ['a/1'] });
    const { value } = await failover.run(async (_tier, { fetch }) => {
      const statuses: number[] = [];
      for (const address of [
        `${url}/busy`,
        `${url}/events`,
        `${otherUrl}/events`,
        `${otherUrl}/busy`,
        new URL(`${url}/events`),
      ]) {
        statuses.push((await fetch(address)).status);
      }
      return statuses;
    });
    expect(value).toEqual([429, 429, 200, 429, 429]);
  });
});
