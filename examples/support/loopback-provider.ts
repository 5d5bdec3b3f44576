import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Reply } from './loopback-reply.ts';
import { answers } from './loopback-reply.ts';
import { sendReply } from './loopback-send.ts';
import type { Asked, Wire } from './loopback-wire.ts';
import { wires } from './loopback-wires.ts';

export type { Reply } from './loopback-reply.ts';
export { answers, brokenJson, drops, endsEarly, htmlError, httpError, stalls, streamError } from './loopback-reply.ts';

export type WireName = keyof typeof wires;

/** One request as the provider saw it. The prompt and the credential are not kept. */
export interface RecordedRequest {
  /** Absent when no wire speaks at that path; the provider answered 404. */
  readonly wire?: WireName;
  readonly path: string;
  readonly model: string;
  readonly streaming: boolean;
  /** Whether a credential came with it. */
  readonly authorised: boolean;
  /** The name in a credential that holds no more than that: `key-of-NAME`. */
  readonly account?: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Decides on a reply when the request is there; `turn` counts the requests to this target from 0. */
export type Answering = (request: RecordedRequest, turn: number) => Reply | Promise<Reply>;

/**
 * What a script applies to: a model (`gpt-5`), a wire (`openai`), a model on one wire (`openai/gpt-5`) or `*`.
 * The most specific one that has a reply answers.
 */
export type Target = string;

/** Model providers on loopback that follow a script. */
export interface LoopbackProvider {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** The base URL to hand to that provider's own SDK. */
  url(wire: WireName): string;
  /** Sets the reply from now on. Ends what was scripted before. */
  on(target: Target, reply: Reply | Answering): void;
  /** Sets the next replies, one request each; after them the one of `on`, or a good answer. */
  script(target: Target, replies: readonly (Reply | Answering)[]): void;
  /** Every request so far, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** How many requests came in for this target, or in all. */
  calls(target?: Target): number;
  /** Forgets scripts and requests; connections stay. */
  clear(): void;
  /** Resolves when a reply has reached its `stalls` point, once for each; at once if one has already. */
  stalled(): Promise<RecordedRequest>;
  /** Destroys every connection whose request has no complete answer yet, and accepts new ones. */
  disconnect(): void;
  /** Destroys every connection at once and frees the port. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a provider on a free port of 127.0.0.1. */
export async function startLoopbackProvider(): Promise<LoopbackProvider> {
  const requests: RecordedRequest[] = [];
  const queues = new Map<Target, (Reply | Answering)[]>();
  const standing = new Map<Target, Reply | Answering>();
  const unanswered = new Set<ServerResponse>();
  const stalls = createRendezvous<RecordedRequest>();

  const calls = (target?: Target): number => requests.filter((request) => isFor(request, target)).length;

  const choose = (request: RecordedRequest): Reply | Promise<Reply> => {
    for (const target of targetsOf(request)) {
      const next = queues.get(target)?.shift() ?? standing.get(target);
      if (next !== undefined) return typeof next === 'function' ? next(request, calls(target) - 1) : next;
    }
    return answers(`hello from ${request.model}`);
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const asked = await ask(incoming);
    const { request } = asked;
    requests.push(request);
    if (asked.speaker === undefined) {
      outgoing.writeHead(404, { 'content-type': 'text/plain' }).end(`no loopback provider at ${request.path}\n`);
      return;
    }
    await sendReply(outgoing, asked.speaker.wire, asked.speaker.asked, await choose(request), () =>
      stalls.arrive(request),
    );
  };

  const server = createServer((incoming, outgoing) => {
    unanswered.add(outgoing);
    outgoing.once('close', () => unanswered.delete(outgoing));
    handle(incoming, outgoing).catch((error: unknown) => {
      // A client may disconnect. A script that throws is a defect of the script.
      if (!outgoing.destroyed) throw error;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the loopback provider has no TCP port');
  const origin = `http://127.0.0.1:${address.port}`;

  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };

  return {
    origin,
    requests,
    calls,
    close,
    [Symbol.asyncDispose]: close,
    disconnect() {
      for (const outgoing of unanswered) outgoing.destroy();
    },
    stalled: () => stalls.meet(),
    url: (wire) => `${origin}/${wire}${wires[wire].basePath}`,
    on(target, reply) {
      queues.delete(target);
      standing.set(target, reply);
    },
    script(target, replies) {
      queues.set(target, [...replies]);
    },
    clear() {
      queues.clear();
      standing.clear();
      stalls.forget();
      requests.length = 0;
    },
  };
}

const credentialHeaders = ['authorization', 'x-api-key', 'x-goog-api-key'];

function targetsOf(request: RecordedRequest): Target[] {
  const { wire = '', model } = request;
  return [`${wire}/${model}`, model, wire, '*'];
}

function isFor(request: RecordedRequest, target: Target | undefined): boolean {
  return target === undefined || targetsOf(request).includes(target);
}

interface Question {
  request: RecordedRequest;
  speaker?: { wire: Wire; asked: Asked };
}

async function ask(incoming: IncomingMessage): Promise<Question> {
  const at = Date.now();
  const { pathname: path } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const body = parseBody(await readBody(incoming));
  for (const name of wireNames()) {
    if (!path.startsWith(`/${name}/`)) continue;
    const wire = wires[name];
    const asked = wire.match(path.slice(name.length + 1), body);
    if (asked === undefined) continue;
    const credentials = credentialHeaders.map((header) => String(incoming.headers[header] ?? ''));
    const authorised = credentials.some((credential) => credential !== '');
    const account = /\bkey-of-(\w+)$/u.exec(credentials.find((credential) => credential !== '') ?? '')?.[1];
    const { model, streaming } = asked;
    const whose = account === undefined ? {} : { account };
    return { request: { wire: name, path, model, streaming, authorised, ...whose, at }, speaker: { wire, asked } };
  }
  return { request: { path, model: '', streaming: false, authorised: false, at } };
}

function wireNames(): WireName[] {
  return Object.keys(wires).filter((name): name is WireName => Object.hasOwn(wires, name));
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

function parseBody(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** Events that can be awaited, also when they have already happened. */
function createRendezvous<T>(): { arrive(value: T): void; meet(): Promise<T>; forget(): void } {
  let arrived: T[] = [];
  let waiting: ((value: T) => void)[] = [];
  return {
    arrive(value) {
      const waiter = waiting.shift();
      if (waiter === undefined) arrived.push(value);
      else waiter(value);
    },
    meet: () =>
      new Promise((resolve) => {
        const value = arrived.shift();
        if (value === undefined) waiting.push(resolve);
        else resolve(value);
      }),
    forget() {
      arrived = [];
      waiting = [];
    },
  };
}
