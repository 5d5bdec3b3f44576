/** The parts of a channel's answer that are read. */
export interface ChannelAnswer {
  status: number;
  /** The wait in `Retry-After`, in milliseconds. */
  retryAfterMs: number | undefined;
  /** The beginning of the body, where `needsText` asked for it. */
  text: string;
}

export interface PostRequest {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Whether the text of an answer with this status is needed to understand it. */
  readonly needsText: (status: number) => boolean;
}

/** Bytes of an answer that are read: ten times what a channel sends. */
const READ_LIMIT = 16_384;

/** Posts JSON and reads as much of the answer as a channel needs. */
export async function postJson(fetch: typeof globalThis.fetch, request: PostRequest): Promise<ChannelAnswer> {
  const response = await fetch(request.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...request.headers },
    body: request.body,
    signal: request.signal,
    // A redirect would carry the message, and a signature made for one address, to another.
    redirect: 'manual',
  });
  const { status } = response;
  const text = request.needsText(status) ? await readStart(response) : skip(response);
  return { status, retryAfterMs: retryAfterOf(response), text };
}

/** The address has moved. Browsers hide redirects and report status 0. */
export function isRedirect(status: number): boolean {
  return status === 0 || (status >= 300 && status < 400);
}

/** A body that is not needed may never end; waiting for it would turn a success into a timeout. */
function skip({ body }: Response): '' {
  body?.cancel().catch(() => undefined);
  return '';
}

async function readStart(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (text.length < READ_LIMIT) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
  reader.cancel().catch(() => undefined);
  return text.slice(0, READ_LIMIT);
}

/** Seconds only: Telegram and Slack send no dates, and a date needs a clock that agrees with theirs. */
function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  return header !== null && /^\d{1,7}$/.test(header.trim()) ? Number(header) * 1000 : undefined;
}
