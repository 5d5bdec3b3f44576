import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';

export type ChannelName = 'telegram' | 'slack' | 'webhook';

/** How a channel answers one request. `hang`: never; `cut`: the connection breaks off. */
export type ChannelReply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string }
  | 'hang'
  | 'cut';

/** One request as a channel received it. */
export interface ChannelRequest {
  readonly channel: ChannelName;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it was sent. */
  readonly text: string;
  /** Its JSON. */
  readonly body: Record<string, unknown>;
}

/** Telegram, Slack and a webhook endpoint on loopback. */
export interface LoopbackChannels {
  /** For `apiRoot` of a Telegram notifier. */
  readonly telegramRoot: string;
  /** For `webhookUrl` of a Slack notifier. */
  readonly slackUrl: string;
  /** For `url` of a webhook notifier. */
  readonly webhookUrl: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly ChannelRequest[];
  /** The next replies, one request each; after them, and without any, success. */
  script(channel: ChannelName, ...replies: ChannelReply[]): void;
  close(): Promise<void>;
}

/** Answers as https://core.telegram.org/bots/api documents them and the live service words them. */
export const telegramReplies = {
  sent: telegram(200, { ok: true, result: { message_id: 1, date: 0, chat: { id: 1, type: 'private' } } }),
  parseError: refusal(400, `Bad Request: can't parse entities: Unsupported start tag "x" at byte offset 0`),
  chatNotFound: refusal(400, 'Bad Request: chat not found'),
  unauthorized: refusal(401, 'Unauthorized'),
  blocked: refusal(403, 'Forbidden: bot was blocked by the user'),
  notFound: refusal(404, 'Not Found'),
  broken: refusal(502, 'Bad Gateway'),
  rateLimited: (seconds: number): ChannelReply =>
    refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds }),
  migrated: (chatId: number): ChannelReply =>
    refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: chatId }),
} as const;

/** Answers of Slack's incoming webhooks: one word of plain text. */
export const slackReplies = {
  sent: slack(200, 'ok'),
  invalidBlocks: slack(400, 'invalid_blocks'),
  prohibited: slack(403, 'action_prohibited'),
  noService: slack(404, 'no_service'),
  archived: slack(410, 'channel_is_archived'),
  broken: slack(500, 'rollup_error'),
  rateLimited: (seconds: number): ChannelReply => slack(429, 'rate_limited', { 'retry-after': String(seconds) }),
} as const;

/** Starts the three on a free port of 127.0.0.1. */
export async function startLoopbackChannels(): Promise<LoopbackChannels> {
  const requests: ChannelRequest[] = [];
  const scripts = new Map<ChannelName, ChannelReply[]>();

  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing);
  });

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const text = await readAll(incoming);
    const path = incoming.url ?? '/';
    const channel = channelOf(path);
    if (incoming.method !== 'POST' || channel === undefined) return void outgoing.writeHead(404).end();
    requests.push({ channel, path, headers: incoming.headers, text, body: parseBody(text) });
    const reply = scripts.get(channel)?.shift() ?? successOf(channel);
    if (reply === 'hang') return;
    if (reply === 'cut') return void incoming.socket.destroy();
    outgoing.writeHead(reply.status, reply.headers).end(reply.body);
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the loopback channels have no TCP port');
  const origin = `http://127.0.0.1:${address.port}`;

  return {
    telegramRoot: `${origin}/telegram`,
    slackUrl: `${origin}/slack/services/T0/B0/loopback`,
    webhookUrl: `${origin}/webhook`,
    requests,
    script: (channel, ...replies) => void scripts.set(channel, [...(scripts.get(channel) ?? []), ...replies]),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function channelOf(path: string): ChannelName | undefined {
  if (/^\/telegram\/bot\d+:[\w-]+\/sendMessage$/.test(path)) return 'telegram';
  if (path.startsWith('/slack/services/')) return 'slack';
  return path === '/webhook' ? 'webhook' : undefined;
}

function successOf(channel: ChannelName): ChannelReply {
  if (channel === 'telegram') return telegramReplies.sent;
  return channel === 'slack' ? slackReplies.sent : { status: 204, body: '' };
}

function telegram(status: number, body: Record<string, unknown>): ChannelReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function refusal(status: number, description: string, parameters?: Record<string, unknown>): ChannelReply {
  return telegram(status, { ok: false, error_code: status, description, ...(parameters && { parameters }) });
}

function slack(status: number, body: string, headers: Readonly<Record<string, string>> = {}): ChannelReply {
  return { status, headers: { 'content-type': 'text/plain', ...headers }, body };
}

function parseBody(text: string): Record<string, unknown> {
  const body: unknown = JSON.parse(text);
  if (typeof body !== 'object' || body === null) throw new Error(`the request body is no JSON object: ${text}`);
  return Object.fromEntries(Object.entries(body));
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
