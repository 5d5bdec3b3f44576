/** Whose numeric codes a layer holds, told from its shape: the same number means different things. `code` is nobody's in particular. */
export type CodeFamily = 'cloudflare' | 'code' | 'grpc' | 'minimax' | 'zhipu';

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
  family: CodeFamily;
}

/** A wait found in a structured field of a body. */
export interface BodyWait {
  /** Milliseconds for a duration, epoch milliseconds for a time. */
  value: number;
  isTime: boolean;
}

/** What is known about an error, gathered from wherever it hides, bounded in size. Not redacted: it never leaves the classifier. */
export interface Signal {
  layers: Layer[];
  /** The outermost HTTP status, also one below 400. */
  status: number | undefined;
  /** The innermost status of 400 or more: what the one who refused said. */
  deepStatus: number | undefined;
  /** Header containers, outermost first. */
  headers: object[];
  bodyWait: BodyWait | undefined;
  /** The body was an HTML page. */
  isHtml: boolean;
  provider: string | undefined;
}

/** Levels of nesting that are followed. */
export const MAX_DEPTH = 8;
/** Objects and strings looked at in one error. */
export const MAX_NODES = 40;
/** Properties of one object that are listed. */
export const MAX_KEYS = 64;
/** Members of `errors`, `details` and other lists that are looked at. */
export const MAX_ITEMS = 4;
/** Characters of a text that are looked at: its head and its tail. */
export const MAX_HEAD = 2048;
export const MAX_TAIL = 1024;
