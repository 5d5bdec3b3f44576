/** One message of the stream, as it is sent. */
export interface StreamMessage {
  readonly number: number;
  /** Epoch milliseconds, by the server's clock. */
  readonly at: number;
  readonly text: string;
}

/** Messages kept for readers that come back. */
const MOST_MESSAGES = 1000;

/** The last messages of a stream, each with an id that says which process sent it, when, and in what order. */
export class EventLog {
  readonly #origin: string;
  #messages: StreamMessage[] = [];
  #number = 0;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Makes a message and keeps it. */
  add(event: string, data: unknown, at: number): StreamMessage {
    const number = ++this.#number;
    const message = { number, at, text: frame(event, data, this.#idOf(number, at)) };
    this.#messages.push(message);
    if (this.#messages.length > 2 * MOST_MESSAGES) this.#messages = this.#messages.slice(-MOST_MESSAGES);
    return message;
  }

  /** An id for what is sent to one reader only: it stands for all messages until now. */
  idNow(at: number): string {
    return this.#idOf(this.#number, at);
  }

  /**
   * What came after the message with this id: its text where all of it is kept here, else only the time from which a
   * reader may have missed something. `undefined`: the id is none of ours.
   */
  since(id: string): { messages: readonly StreamMessage[] } | { missedSince: number } | undefined {
    const [, origin = '', number = '', at = ''] = /^([\w-]{1,64})\.(\d{1,15})\.(\d{1,15})$/u.exec(id) ?? [];
    if (origin === '') return undefined;
    const first = this.#messages[0]?.number ?? this.#number + 1;
    const seen = Number(number);
    if (origin !== this.#origin || seen > this.#number || seen + 1 < first) return { missedSince: Number(at) };
    return { messages: this.#messages.filter((message) => message.number > seen) };
  }

  /** The messages so far do not cover what happened meanwhile: who comes back is told the time instead. */
  forget(): void {
    this.#messages = [];
    this.#number += 1;
  }

  #idOf(number: number, at: number): string {
    return `${this.#origin}.${number}.${Math.max(0, Math.floor(at))}`;
  }
}

/** A message in the format of server-sent events. JSON holds no line break. */
export function frame(event: string, data: unknown, id: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
