import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import type { OperatorHandler } from '../../../src/http/index.js';

/** A handler in somebody's server: where it answers, and how that server is ended. */
export interface Mounted {
  origin: string;
  close(): Promise<void>;
}

/** Each way the docs show, under `/ops`. */
export const mounts: Readonly<Record<string, (handler: OperatorHandler) => Promise<Mounted>>> = {
  async hono(handler) {
    const app = new Hono();
    app.all('/ops', (context) => handler(context.req.raw));
    app.all('/ops/*', (context) => handler(context.req.raw));
    app.get('/', (context) => context.text('the host'));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },

  async express(handler) {
    const app = express();
    const listener = getRequestListener(handler);
    app.all(['/ops', '/ops/*path'], (request, response) => void listener(request, response));
    app.use(express.json());
    app.get('/', (_request, response) => void response.send('the host'));
    return listening(app.listen(0, '127.0.0.1'));
  },

  async 'plain node'(handler) {
    const listener = getRequestListener(handler);
    const server = createServer((request, response) => {
      if (/^\/ops(?:[/?]|$)/u.test(request.url ?? '')) void listener(request, response);
      else response.end('the host');
    });
    return listening(server.listen(0, '127.0.0.1'));
  },

  async fastify(handler) {
    const app = fastify({ forceCloseConnections: true });
    const listener = getRequestListener(handler);
    await app.register(async (scope) => {
      // Bodies are left to the handler, which counts and reads them itself.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      for (const url of ['/ops', '/ops/*']) {
        scope.all(url, (request, reply) => {
          reply.hijack();
          void listener(request.raw, reply.raw);
        });
      }
    });
    app.get('/', () => 'the host');
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { origin: originOf(app.server), close: () => app.close() };
  },

  /** `app/ops/[[...path]]/route.ts` of Next exports the handler as GET, POST and PUT; its server calls it like this. */
  async 'a route handler of Next'(handler) {
    const route = { GET: handler, POST: handler, PUT: handler, HEAD: handler };
    const listener = getRequestListener(async (request) => {
      const method = route[request.method as keyof typeof route];
      return method ? method(request) : handler(request);
    });
    return listening(createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1'));
  },
};

async function listening(server: Server): Promise<Mounted> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  return {
    origin: originOf(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
