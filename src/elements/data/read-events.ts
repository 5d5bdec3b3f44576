/** One server-sent event. */
export interface ServerEvent {
  id: string;
  event: string;
  data: unknown;
}

/** The server says something every 15 s. A connection this long without a word is gone, whatever it looks like. */
const SILENCE_MS = 45_000;
/** How often is looked whether it is silent; by the time of day, which goes on while a computer sleeps. */
const LISTEN_MS = 5000;

/**
 * Reads server-sent events from an answer: `EventSource` sends no header, and a token does not belong in an address.
 *
 * @param heard called whenever anything comes, also what is no event
 */
export async function* readEvents(body: ReadableStream<Uint8Array>, heard: () => void): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let heardAt = Date.now();
  const listening = setInterval(() => {
    if (Date.now() - heardAt > SILENCE_MS) reader.cancel().catch(() => undefined);
  }, LISTEN_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heardAt = Date.now();
      heard();
      text += decoder.decode(value, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = parse(text.slice(0, end));
        text = text.slice(end + 2);
        if (event) yield event;
      }
    }
  } finally {
    clearInterval(listening);
    reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): ServerEvent | undefined {
  const event = { id: '', event: '', data: '' };
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^(id|event|data): ?(.*)$/u.exec(line) ?? [];
    if (field === 'data') event.data += value;
    else if (field === 'id' || field === 'event') event[field] = value;
  }
  return event.event === '' ? undefined : { ...event, data: JSON.parse(event.data) as unknown };
}
