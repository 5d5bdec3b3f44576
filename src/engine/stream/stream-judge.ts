import type { JudgeFacts } from '../../core/answers/judges.js';
import type { AnswerRejectedError } from '../../core/errors.js';

/** What of an attempt judges its stream. */
export interface JudgeHost {
  /** False: the call has no judge. */
  readonly judges: boolean;
  /** What the stream failed with by the call's judge, if it did. */
  judge(chunk: unknown, facts: JudgeFacts): AnswerRejectedError | undefined;
}

/** Asks the judge of a call about its stream: about each chunk until content is released, and once at the end. */
export class StreamJudge {
  readonly #host: JudgeHost;
  /** The chunk that said why the answer ended, else the last one. */
  #last: { chunk: unknown; isFinish: boolean } | undefined;

  constructor(host: JudgeHost) {
    this.#host = host;
  }

  note(chunk: unknown, isFinish: boolean): void {
    if (isFinish || !this.#last?.isFinish) this.#last = { chunk, isFinish };
  }

  ofChunk(chunk: unknown): AnswerRejectedError | undefined {
    return this.#host.judge(chunk, { end: false, hadContent: false });
  }

  atEnd(hadContent: boolean): AnswerRejectedError | undefined {
    return this.#host.judge(this.#last?.chunk, { end: true, hadContent });
  }
}
