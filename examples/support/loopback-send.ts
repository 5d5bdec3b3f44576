import type { ServerResponse } from 'node:http';
import type { Failure, Reply } from './loopback-reply.ts';
import type { Asked, Frame, Wire } from './loopback-wire.ts';
import { waitHeaders } from './loopback-wire.ts';

/** Sends one reply. `onStall` is called when nothing more will be sent. */
export async function sendReply(
  outgoing: ServerResponse,
  wire: Wire,
  asked: Asked,
  reply: Reply,
  onStall: () => void,
): Promise<void> {
  switch (reply.type) {
    case 'http':
      return sendFailure(outgoing, wire, reply.failure, reply.headers, reply.body);
    case 'text':
      for (const [name, value] of Object.entries(reply.headers ?? {})) outgoing.setHeader(name, value);
      return sendText(outgoing, asked, reply.pieces, 'whole');
    case 'early-end':
      return sendText(outgoing, asked, reply.pieces, 'cut short');
    case 'broken-json':
      return sendBroken(outgoing, asked);
    case 'stream-error':
      if (!asked.streaming) return sendFailure(outgoing, wire, reply.failure, {}, undefined);
      return sendStreamFailure(outgoing, asked, reply.failure, reply.pieces);
    case 'stall':
      if (reply.at === 'headers') await sendHeaders(outgoing, asked);
      if (reply.at === 'mid-stream') await sendBeginning(outgoing, asked);
      return onStall();
    case 'drop':
      if (reply.at === 'mid-stream') await sendBeginning(outgoing, asked);
      if (reply.how === 'reset') outgoing.socket?.resetAndDestroy();
      else outgoing.socket?.destroy();
  }
}

function sendFailure(
  outgoing: ServerResponse,
  wire: Wire,
  failure: Failure,
  headers: Readonly<Record<string, string>>,
  given: unknown,
): void {
  // A body given by the script may be a proxy's, so the wire adds none of its headers.
  const { headers: own, body } =
    given === undefined ? wire.failure(failure) : { headers: waitHeaders(failure), body: given };
  const contentType = typeof body === 'string' ? 'text/plain' : 'application/json';
  outgoing.writeHead(failure.status, { 'content-type': contentType, ...own, ...headers });
  outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function sendText(
  outgoing: ServerResponse,
  asked: Asked,
  pieces: readonly string[],
  extent: 'whole' | 'cut short',
): void {
  writeHead(outgoing, asked);
  if (!asked.streaming) {
    const whole = JSON.stringify(asked.format.whole(asked.model, pieces.join('')));
    outgoing.end(extent === 'whole' ? whole : firstHalf(whole));
    return;
  }
  const { opening, content, ending } = asked.format.stream(asked.model, pieces);
  for (const frame of [...opening, ...content]) outgoing.write(frame);
  if (extent === 'whole') for (const frame of ending) outgoing.write(frame);
  outgoing.end();
}

function sendBroken(outgoing: ServerResponse, asked: Asked): void {
  writeHead(outgoing, asked);
  if (asked.streaming) {
    for (const frame of asked.format.stream(asked.model, []).opening) outgoing.write(frame);
    outgoing.end(asked.format.brokenFrame());
  } else {
    outgoing.end(firstHalf(JSON.stringify(asked.format.whole(asked.model, 'half'))));
  }
}

function sendStreamFailure(outgoing: ServerResponse, asked: Asked, failure: Failure, pieces: readonly string[]): void {
  writeHead(outgoing, asked);
  if (pieces.length > 0) {
    const { opening, content } = asked.format.stream(asked.model, pieces);
    for (const frame of [...opening, ...content]) outgoing.write(frame);
  }
  for (const frame of asked.format.streamFailure(failure)) outgoing.write(frame);
  outgoing.end();
}

/** Status, headers and the first content, handed to the kernel before anything else happens. */
async function sendBeginning(outgoing: ServerResponse, asked: Asked): Promise<void> {
  writeHead(outgoing, asked);
  if (!asked.streaming) return write(outgoing, firstHalf(JSON.stringify(asked.format.whole(asked.model, 'half an'))));
  const { opening, content } = asked.format.stream(asked.model, ['half', ' an']);
  for (const frame of [...opening, ...content]) await write(outgoing, frame);
}

function sendHeaders(outgoing: ServerResponse, asked: Asked): Promise<void> {
  writeHead(outgoing, asked);
  outgoing.flushHeaders();
  return Promise.resolve();
}

function writeHead(outgoing: ServerResponse, asked: Asked): void {
  outgoing.writeHead(200, { 'content-type': asked.streaming ? asked.format.contentType : 'application/json' });
}

function write(outgoing: ServerResponse, frame: Frame): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.write(frame, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

function firstHalf(json: string): string {
  return json.slice(0, Math.floor(json.length / 2));
}
