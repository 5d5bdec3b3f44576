/** One server-sent event. */
export interface Received {
  id: string;
  event: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests say what they expect of it
  data: any;
}

/** Reads a stream of server-sent events one by one. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(response: Response) {
    if (!response.body) throw new Error('the answer has no body');
    this.#reader = response.body.getReader();
  }

  /** The next event, comments left out; `undefined` at the end. */
  async next(): Promise<Received | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const received = parse(block);
        if (received) return received;
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** The next event of this type. */
  async until(event: string, fits: (data: Received['data']) => boolean = () => true): Promise<Received> {
    for (;;) {
      const received = await this.next();
      if (!received) throw new Error(`the stream ended before ${event}`);
      if (received.event === event && fits(received.data)) return received;
    }
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}

function parse(block: string): Received | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(':', 1)[0]!, line.slice(line.indexOf(':') + 1).trim()]),
  );
  const event = fields.get('event');
  return event === undefined
    ? undefined
    : { event, id: fields.get('id') ?? '', data: JSON.parse(fields.get('data') ?? 'null') };
}
