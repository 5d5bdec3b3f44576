import type { Fields } from './fields.js';

/** Recognises the content and the end mark in chunks of one wire format; fits `isContent` and `isComplete`. */
export interface StreamMarks {
  /** True for a chunk that holds something for the reader, beyond preamble. */
  readonly isContent: (chunk: unknown) => boolean;
  /** True for the chunk that marks a good end. */
  readonly isComplete: (chunk: unknown) => boolean;
}

/** A failure that a provider reports in an answer of status 200. */
export interface AnswerFailure {
  /** The error as the provider put it; `undefined` where the answer names none. */
  readonly inside: unknown;
  /** What the answer says, for a message, e.g. `finish reason error`. */
  readonly reason: string;
}

/** Everything that is known of one format: one file each. */
export interface AnswerFormat {
  /** True for a first chunk that only this format begins with. */
  readonly isChunk: (chunk: Fields) => boolean;
  readonly marks: StreamMarks;
  /**
   * The failure a chunk reports, if any.
   *
   * @param hadContent Whether this chunk or one before it held content.
   */
  readonly failureOfChunk: (chunk: Fields, hadContent: boolean) => AnswerFailure | undefined;
  /**
   * Fields that a whole answer of this format has one of. Only own fields count: a getter may do anything, such as
   * start to read a stream.
   */
  readonly answerFields: readonly string[];
  /** The failure a whole answer with such a field reports, if any; `undefined` also for one of another format. */
  readonly failureOfAnswer: (answer: Fields) => AnswerFailure | undefined;
  /** True for a whole answer or a chunk that says that the model, or a filter of its provider, refused. */
  readonly isRefusal: (value: Fields) => boolean;
  /** True for a whole answer or a chunk that holds text, a tool call or the like. Reasoning alone is no answer. */
  readonly holdsAnswer: (value: Fields) => boolean;
  /** True for a chunk that says why the answer ended. */
  readonly isFinish: (chunk: Fields) => boolean;
}
