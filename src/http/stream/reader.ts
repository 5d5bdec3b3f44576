/** Characters that may wait for a slow reader; beyond it the connection is ended, and the reader comes back. */
const MOST_WAITING = 1_000_000;

const encoder = new TextEncoder();

/** One open stream. */
export class StreamReader {
  readonly body: ReadableStream<Uint8Array>;
  readonly #onClose: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#ended(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }),
    );
  }

  get isOpen(): boolean {
    return this.#controller !== undefined;
  }

  send(text: string): void {
    const controller = this.#controller;
    if (!controller) return;
    try {
      controller.enqueue(encoder.encode(text));
      if (controller.desiredSize! <= 0) this.close();
    } catch {
      this.#ended();
    }
  }

  close(): void {
    const controller = this.#controller;
    if (!controller) return;
    this.#ended();
    try {
      controller.close();
    } catch {
      // It had been ended from the other side.
    }
  }

  #ended(): void {
    if (!this.#controller) return;
    this.#controller = undefined;
    this.#onClose();
  }
}
