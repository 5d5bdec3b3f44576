import { createFailover, createMemoryStore } from '../../../src/index.js';
import { createOperatorHandler, trustHost } from '../../../src/http/index.js';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { launch, listen, openTab, type Tab } from './browser.js';
import { configOf } from './given.js';

/** What is answered: JSON, a `Response`, or a function of the request that gives one of these. */
type Answer = unknown;

/** A server whose answers a test gives; the page and its scripts are the real ones. */
interface GivenServer {
  readonly origin: string;
  /** By method and path: `GET /alerts`. What is not given is absent. */
  readonly answers: Record<string, Answer>;
  /** What was asked to be changed: `POST /instances/a/pause {"reason":"looking"}`. */
  readonly asked: string[];
  /** Sends an event to every open stream. */
  send(event: string, data: unknown): void;
  /** Ends every open stream. */
  hangUp(): void;
  close(): Promise<void>;
}

/** A refusal as the server words it. */
export function refused(status: number, problem: object = {}, headers: Record<string, string> = {}): () => Response {
  return () =>
    new Response(JSON.stringify(problem), {
      status,
      headers: { 'content-type': 'application/problem+json', ...headers },
    });
}

async function givenServer(answers: Record<string, Answer>): Promise<GivenServer> {
  const failover = createFailover({ chain: ['a/one'], store: createMemoryStore() });
  const page = createOperatorHandler({ failover, authorize: trustHost(() => 'dana') });
  const streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const asked: string[] = [];
  const frame = (event: string, data: unknown) =>
    new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const given: Record<string, Answer> = {
    'GET /stream': () => {
      let mine: ReadableStreamDefaultController<Uint8Array>;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          mine = controller;
          streams.add(mine);
          const hello = { actor: 'dana', can: ['read', 'operate', 'configure'], version: 1, now: Date.now() };
          mine.enqueue(frame('hello', { ...hello, ...(given['hello'] as object) }));
        },
        cancel: () => void streams.delete(mine),
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
    'GET /instances': { instances: [], next: null },
    'GET /config': () => Response.json(configOf(), { headers: { etag: '"4"' } }),
    hello: {},
    ...answers,
  };
  const server = await listen(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/' || pathname.startsWith('/assets/')) return page(request);
    const key = `${request.method} ${decodeURIComponent(pathname)}`;
    if (request.method !== 'GET') asked.push(`${key} ${await request.clone().text()}`);
    const fallback = key.endsWith('/events') ? { events: [], next: null } : refused(404, { detail: 'Not here.' });
    const answer = key in given ? given[key] : fallback;
    const value: unknown =
      typeof answer === 'function' ? await (answer as (asked: Request) => unknown)(request) : answer;
    return value instanceof Response ? value : Response.json(value);
  });
  const hangUp = () => {
    for (const stream of streams) stream.close();
    streams.clear();
  };
  return {
    origin: server.origin,
    answers: given,
    asked,
    send(event, data) {
      for (const stream of streams) stream.enqueue(frame(event, data));
    },
    hangUp,
    async close() {
      hangUp();
      await server.close();
      await failover.close();
    },
  };
}

/** For the tests of a file: one browser, and for each test a page on a server whose answers it gives. */
export function givenPages() {
  let browser: Browser;
  let server: GivenServer;
  let tab: Tab;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await tab.context.close();
    await server.close();
    if (tab.problems.length > 0) throw new Error(tab.problems.join('\n'));
  });
  return {
    get server() {
      return server;
    },
    open: async (given: Record<string, Answer>, options: { path?: string; width?: number; height?: number } = {}) => {
      server = await givenServer(given);
      tab = await openTab(browser, options);
      await tab.page.goto(`${server.origin}${options.path ?? ''}`);
      return tab.page;
    },
  };
}

/** A button by its whole name. */
export function button(page: Page, name: string | RegExp): Locator {
  return page.getByRole('button', { name, exact: true });
}
