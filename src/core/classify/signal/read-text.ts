import { anyOf, inTurn } from '../../patterns.js';
import { MAX_HEAD, MAX_ITEMS, MAX_JSON } from '../limits.js';
import { isObject } from '../read-property.js';
import { clip } from './text.js';

/** What stands inside a text that came from outside. */
export interface TextParts {
  /** The sentence around (or instead of) what follows. */
  prose: string;
  /** The message that the sentence only passes on: "Last error: …"; empty where an object stands in its place. */
  passedOn?: string | undefined;
  /** Objects found in the text, parsed. */
  values: unknown[];
}

/**
 * Takes a text apart: the sentence, the message it passes on, and the JSON that SDKs, CLIs and proxies put into texts.
 * Of objects that are no JSON (cut off, or printed by Python, Node, Go or Rust) the telling fields are picked out.
 */
export function splitText(text: string): TextParts {
  if (/^\s{0,40}[{"[]/.test(text)) {
    const whole = parse(text);
    if (typeof whole === 'string' || isObject(whole)) return { prose: '', values: [whole] };
  }
  // A failure ends a stream of server-sent events.
  if (/^\s{0,4}(?:event|data|id|retry):/.test(text)) {
    const tail = text.slice(-MAX_JSON);
    return { prose: '', values: readObjects(tail, tail.indexOf('{', tail.indexOf('data:'))).values };
  }
  const brace = findObject(text.slice(0, MAX_HEAD));
  if (brace < 0) return withProse(clip(text), []);
  const before = text.slice(0, brace);
  // What a model answered is no provider's word, whatever it looks like.
  if (quotesAnswer.test(before.slice(-300))) return { prose: before, values: [] };
  const { values, rest } = readObjects(text, brace);
  return withProse(clip(values.length ? `${before} ${rest}` : text), values);
}

function withProse(prose: string, values: readonly unknown[]): TextParts {
  return { ...splitProse(prose), values: [...values, ...printedPairs(prose)] };
}

/** Where the first object begins, of JSON or as Go prints its maps. */
function findObject(head: string): number {
  const brace = head.indexOf('{');
  return brace < 0 ? head.indexOf('map[') : brace;
}

function parse(text: string): unknown {
  if (text.length > MAX_JSON) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The last objects of those that begin at `brace`, and what stands behind them. */
function readObjects(text: string, brace: number): { values: unknown[]; rest: string } {
  const values: unknown[] = [];
  let from = brace;
  let end = brace;
  while (from >= 0) {
    const close = endOfObject(text, from);
    const value = parse(text.slice(from, close));
    if (!isObject(value)) {
      const printed = printedFields(text.slice(from, from + MAX_HEAD));
      if (!printed) break;
      return { values: [...values.slice(1 - MAX_ITEMS), printed], rest: '' };
    }
    values.push(value);
    end = close;
    const next = text.slice(close, close + MAX_HEAD).indexOf('{');
    from = next < 0 ? -1 : close + next;
  }
  return { values: values.slice(-MAX_ITEMS), rest: text.slice(end, end + MAX_HEAD) };
}

/** Behind the brace that closes the one at `from`; 0 where none does. Braces inside strings do not count. */
function endOfObject(text: string, from: number): number {
  let depth = 0;
  let isString = false;
  const head = text.slice(from, from + MAX_JSON);
  for (let index = 0; index < head.length; index++) {
    const mark = head[index];
    if (mark === '\\') index++;
    else if (mark === '"') isString = !isString;
    else if (isString) continue;
    else if (mark === '{') depth++;
    else if (mark === '}' && --depth === 0) return from + index + 1;
  }
  return 0;
}

const printedMessage = inTurn(
  [
    /\b(?:message|msg|details?|desc|error(?:_description)?)\\{0,3}["']?\s?[:=]\s{0,4}\\{0,3}/,
    /(?:"([^"\\]{1,1500})|'((?:[^'\\]|'(?=[a-z])){1,1500})|`([^`]{1,1500}))/,
  ],
  'i',
);
const printedCode = inTurn(
  [/\b(?:(?:error_)?code|type|status(?:_?code)?|reason|quota_?id)\\{0,3}["']?:\s{0,4}\\{0,3}/, /["']?([\w.-]{1,80})/],
  'gi',
);

/**
 * `retryDelay:41s` of Go, `retry_delay { seconds: 38 }` of protobuf, `'retryDelay': '41s'` of Python, and
 * `"resets_in_seconds":13872` of Codex where a terminal has broken its JSON.
 */
const printedDelay =
  /\b(?:retry_?(?:delay|after)|resets_in_seconds)["':\s]{0,5}(?:\{\s{0,8}seconds: )?(\d[\d.]{0,12}m?s?)\b/i;

/** The telling fields of something that looks like an object but is no JSON. */
function printedFields(text: string): object | undefined {
  const message = printedMessage.exec(text);
  const codes = Array.from(text.matchAll(printedCode), (match) => ({ code: match[1] }));
  const retryDelay = printedDelay.exec(text)?.[1];
  if (!message && !codes.length && !retryDelay) return undefined;
  return { message: message?.[1] ?? message?.[2] ?? message?.[3], details: codes.slice(0, MAX_ITEMS), retryDelay };
}

/** `details = "failed to connect"` of gRPC, `error="upstream error: 400"` of structured logs. */
function printedPairs(prose: string): unknown[] {
  const match = /"(?<== ?")/.test(prose) ? printedMessage.exec(prose) : null;
  return match ? [match[1]] : [];
}

/** A sentence that goes on with the answer of a model which could not be understood. */
const quotesAnswer = /(?:pars|decod|serial|marshal|validat|extract).{0,80}\b(?:llm|model|answer|output|action|result)/i;

/** Colons and dashes that introduce a message of somebody further inside. */
const introduction = anyOf(
  [
    anyOf(
      [
        /disconnected before completion/,
        /(?:last|upstream|underlying|inner|original|root) (?:error|cause)(?: was)?(?: \d{3})?/,
        /error from provider(?: \([^)]{0,40}\))?/,
        /(?:upstream|provider) (?:request|call) failed/,
        /caused? ?(?:by)?/,
        /failed after \d+ (?:attempts|retries|tries)/,
      ],
      '',
      ': (?<=',
      ': )',
    ),
    // LiteLLM's class of the provider: `RateLimitError: OpenAIException - …`.
    / - (?<=\w(?:exception|error) - )/,
  ],
  'i',
);

/** Where the message begins that a sentence passes on; 0 where it passes on none. */
function endOfIntroduction(prose: string): number {
  let end = 0;
  for (let found = introduction.exec(prose); found; found = introduction.exec(prose.slice(end)))
    end += found.index + found[0].length;
  return end;
}

/** A message that was put in quotes as a whole: `429 "Your team has used all credits"`. */
const quotedMessage = /(?:failed|error|[345]\d\d):?\s{1,3}"([^"]{12,1500})"\W{0,4}$/i;

function splitProse(prose: string): Pick<TextParts, 'passedOn' | 'prose'> {
  const quoted = prose.includes('"') ? quotedMessage.exec(prose) : null;
  if (quoted) return { prose: prose.slice(0, quoted.index + quoted[0].indexOf('"')), passedOn: quoted[1] };
  const begin = endOfIntroduction(prose);
  if (!begin) return { prose };
  return { prose: prose.slice(0, begin), passedOn: prose.slice(begin).trim() };
}
