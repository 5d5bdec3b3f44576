import type { AnswerFailure, AnswerFormat } from '../../core/answers/answer-format.js';
import { isObject } from '../../core/answers/fields.js';
import { formatOf, formatOfMark } from '../../core/answers/formats.js';
import type { Logger } from '../../ports/logger.js';

type Mark = (chunk: never) => unknown;

/** What a host may say about the chunks of its streams. What it leaves out is recognised. */
export interface MarkOptions {
  readonly isContent?: Mark | undefined;
  readonly isComplete?: Mark | undefined;
}

export interface MarkHost {
  readonly options: MarkOptions;
  readonly logger: Logger | undefined;
}

/** How far one stream has come, by what its chunks say. */
export class StreamProgress {
  readonly #host: MarkHost;
  chunks = 0;
  hasContent = false;
  hasEndMark = false;
  /** `undefined` until the first chunk has decided, `null` where no format is known. */
  #format: AnswerFormat | null | undefined;
  /** `undefined` where every chunk is content. */
  #isContent: Mark | undefined;
  /** `undefined` where there is no end mark to wait for. */
  #isComplete: Mark | undefined;

  constructor(host: MarkHost) {
    this.#host = host;
    this.#isComplete = host.options.isComplete;
  }

  /** True when an end now is a good one, as far as marks can tell. */
  get hasEnded(): boolean {
    if (this.#isComplete) return this.hasEndMark;
    // Chunks that do not show their format are content.
    return this.hasContent || (this.#format === undefined && this.chunks > 0);
  }

  /** Takes a chunk in. Returns the failure it reports, if any. */
  note(chunk: unknown): AnswerFailure | undefined {
    this.chunks++;
    if (this.#format === undefined && !this.#recognise(chunk)) return undefined;
    if (!this.hasContent) this.hasContent = this.#isContent ? this.#ask(this.#isContent, chunk, true) : true;
    if (this.#isComplete && !this.hasEndMark) this.hasEndMark = this.#ask(this.#isComplete, chunk, false);
    return this.#format ? failureIn(this.#format, chunk, this.hasContent) : undefined;
  }

  /** True for a chunk that says why the answer ended, in a format that is known. */
  isFinish(chunk: unknown): boolean {
    try {
      return isObject(chunk) && this.#format?.isFinish(chunk) === true;
    } catch {
      return false;
    }
  }

  /** Chooses the marks by the first chunk. False: another chunk is needed to tell. */
  #recognise(chunk: unknown): boolean {
    const format = isObject(chunk) ? recognised(chunk) : undefined;
    if (format === 'undecided') return false;
    const { isContent, isComplete } = this.#host.options;
    // Marks of one known format say nothing about chunks of another.
    const [content, complete] = [formatOfMark(isContent), formatOfMark(isComplete)];
    const handedIn = content ?? complete;
    this.#format = format ?? handedIn ?? null;
    this.#isContent = isContent && (!content || !format) ? isContent : this.#format?.marks.isContent;
    this.#isComplete = isComplete && (!complete || !format) ? isComplete : this.#format?.marks.isComplete;
    return true;
  }

  /** A test of the host's that throws decides nothing: the chunk then counts as what is safe. */
  #ask(test: Mark, chunk: unknown, otherwise: boolean): boolean {
    try {
      const answer = test(chunk as never);
      if (isObject(answer) && 'then' in answer) {
        // It cannot be waited for: the reader waits for the chunk.
        Promise.resolve(answer).catch(() => undefined);
        this.#warn('returned a promise, which counts as true; they must answer at once');
      }
      return Boolean(answer);
    } catch {
      this.#warn('threw; the chunk was passed on');
      return otherwise;
    }
  }

  #warn(what: string): void {
    this.#host.logger?.warn(`tierfall: isContent or isComplete ${what}`);
  }
}

function recognised(chunk: Parameters<typeof formatOf>[0]): ReturnType<typeof formatOf> {
  try {
    return formatOf(chunk);
  } catch {
    // A chunk whose getters throw is of no known format.
    return undefined;
  }
}

function failureIn(format: AnswerFormat, chunk: unknown, hadContent: boolean): AnswerFailure | undefined {
  try {
    return isObject(chunk) ? format.failureOfChunk(chunk, hadContent) : undefined;
  } catch {
    return undefined;
  }
}
