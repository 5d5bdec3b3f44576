/** The words of one level of an error: one object of the chain of wrappers, causes and bodies. */
export interface Layer {
  /** 0 is what was thrown; each body, cause or wrapped error is one deeper. */
  depth: number;
  /** Codes, types, reasons and names, as found. */
  codes: string[];
  /** Sentences meant for people, bounded. */
  texts: string[];
  /** `texts` as the wording rules read them, once somebody asked. */
  plains?: string[];
  /** Text of an HTML page; only waits are read from it. */
  page?: string;
  /** The status of 400 or more that this level names. */
  status?: number;
  /** It passes on what somebody further inside said: its own words count only where the inner ones say nothing. */
  isWrapper?: boolean;
}

/** What an error says of itself, wherever it says it. Bounded; not redacted, as it never leaves the classifier. */
export interface Signal {
  layers: Layer[];
  /** The outermost HTTP status, also one below 400. */
  status?: number;
  /** The innermost status of 400 or more: what the one who refused said. */
  deepStatus?: number | undefined;
  /** Header containers, outermost first. */
  headers: object[];
  /** Milliseconds to wait, from a field of a body. */
  wait?: number | undefined;
  /** The same as a time, in epoch milliseconds: read where no field names a duration, which needs no clock. */
  time?: number | undefined;
  /** The body was an HTML page. */
  isHtml?: boolean;
  provider?: string;
  /** The provider says of the limit that it is one model's. */
  isModelLimit?: boolean;
  /** An error of our own was met: no provider failed here. */
  isOwn?: boolean;
  /** Objects and strings that may still be looked at. */
  left: number;
}
