import { MAX_DEPTH, MAX_ITEMS, MAX_KEYS, MAX_NODES } from '../limits.js';
import { redact } from '../../redact.js';
import { isObject, listLength, readProperty } from '../read-property.js';
import { localNames, ownCode } from '../rules/unknown.js';
import { asTime, asWait } from './wait-value.js';
import { splitText } from './read-text.js';
import { roleOf } from './roles.js';
import type { Layer, Signal } from './signal.js';
import { statusInText } from './status-in-text.js';
import { clip, htmlHeadings, htmlText, isHtml } from './text.js';

/** Properties that may be there without being listed: of errors, of prototypes with getters, of the AWS client. */
const hidden = 'headers message status errors $response cause name code'.split(' ');

/** Names that say nothing: every error has one of them. */
const emptyWords = /^(?:error|aggregateerror|object|default|none|null)$/i;

/**
 * The name of a class or a code inside a sentence: `litellm.RateLimitError: …`, `(ThrottlingException)`,
 * `RESOURCE_EXHAUSTED`, Go's `code = ResourceExhausted desc = …`.
 */
const nameInText = /\b[A-Z](?:\w+(?:(?:Error|Exception|Timeout)(?=[:)(]|$)|(?= desc = ))|[A-Z]*_[A-Z_]+\b)/g;

/** Gathers what an error says of itself, from wherever it says it. Never throws; changes nothing; bounded. */
export function readSignal(error: unknown): Signal {
  const signal: Signal = { layers: [], headers: [], left: MAX_NODES };
  visit(error, 0, signal);
  signal.layers.sort((left, right) => right.depth - left.depth);
  return signal;
}

/** `isLater`: what is known of the status already stands. */
function visit(value: unknown, depth: number, signal: Signal, isLater = false): void {
  if (depth > MAX_DEPTH || signal.left-- <= 0) return;
  if (typeof value === 'string') visitText(value, signal, newLayer(depth, signal));
  else if (isObject(value) && !ArrayBuffer.isView(value)) {
    const length = listLength(value);
    const known = signal.deepStatus;
    if (length === 0) visitObject(value, depth, signal);
    if (isLater) signal.deepStatus = known ?? signal.deepStatus;
    for (let index = 0; index < length && index < MAX_ITEMS; index++)
      visit(readProperty(value, String(index)), depth, signal, isLater || index > 0);
  }
}

function newLayer(depth: number, { layers }: Signal): Layer {
  const layer: Layer = { depth, codes: [], texts: [] };
  layers.push(layer);
  return layer;
}

function visitText(text: string, signal: Signal, layer: Layer): void {
  if (isHtml(text)) {
    signal.isHtml = true;
    layer.texts.push(htmlHeadings(text));
    layer.page = htmlText(text);
    return;
  }
  const { prose, passedOn, values } = splitText(text);
  if (prose !== '') noteProse(prose, signal, layer);
  // A status alone, as in `401 "Invalid token"` of the OpenAI SDK, is that of the message and wraps nothing.
  if (passedOn || (passedOn === '' && values.length > 0)) layer.isWrapper = /[a-z]/i.test(prose);
  // Deeper than the sentence, but not as deep as the objects that stand in it.
  if (passedOn) visit(passedOn, layer.depth + 0.5, signal);
  for (const value of values) visit(value, layer.depth + 1, signal);
}

function noteProse(prose: string, signal: Signal, layer: Layer): void {
  const clipped = clip(prose);
  layer.texts.push(clipped);
  // What has codes of its own needs none out of its sentences.
  if (layer.codes.length < 2) layer.codes.push(...(clipped.match(nameInText)?.slice(0, 2) ?? []));
  if ((signal.deepStatus ?? 500) >= 500) noteStatus(statusInText(clipped) ?? 0, signal, layer);
}

function noteStatus(status: number, signal: Signal, layer: Layer): void {
  if (!(status >= 100 && status < 600) || status % 1) return;
  if (!signal.status || (signal.status < 400 && status >= 400)) signal.status = status;
  if (status < 400) return;
  signal.deepStatus = status;
  layer.status = status;
}

function ownKeys(value: object): string[] {
  const keys: string[] = [];
  try {
    for (const key in value) if (keys.push(key) >= MAX_KEYS) break;
  } catch {
    // A proxy that refuses to list its keys may still answer for the common ones.
  }
  for (const key of hidden) if (!keys.includes(key)) keys.push(key);
  return keys;
}

function visitObject(value: object, depth: number, signal: Signal): void {
  const layer = newLayer(depth, signal);
  const nested: unknown[] = [];
  const later: unknown[] = [];
  const name = readProperty(value, 'name');
  const isLocal = typeof name === 'string' && localNames.test(name);
  let body: unknown;
  let hasParsedBody = false;
  for (const key of ownKeys(value)) {
    const role = roleOf(key);
    if (!role) continue;
    const found = readProperty(value, key);
    if ((found ?? '') === '') continue;
    if (role === 'headers') {
      if (isObject(found) && signal.headers.length < MAX_ITEMS) signal.headers.push(found);
    } else if (role === 'later') later.push(found);
    else if (role === 'body') body ??= found;
    else if (role === 'wait') {
      signal.wait ??= asWait(found, key);
      signal.time ??= asTime(found);
    } else if (role === 'time') signal.time ??= asTime(found);
    else if (role === 'provider') {
      if (typeof found === 'string') signal.provider ??= redact(found.slice(0, 60)).toLowerCase();
    } else if (role === 'limited') {
      if (isObject(found) && readProperty(found, 'model') !== undefined) signal.isModelLimit = true;
    } else if (isObject(found)) {
      // What a validator rejected is read only where it is a provider's error event.
      if (key === 'value' && !isObject(readProperty(found, 'error'))) continue;
      if (key === 'error' || key === 'data') hasParsedBody = true;
      if (role === 'event') noteCode(key, 'type', layer, signal);
      nested.push(found);
    } else if (role === 'status' && typeof found === 'number') {
      // MiniMax puts a code of its own where others have the status.
      if (found >= 1000) layer.codes.push(`minimax:${found}`);
      else noteStatus(found, signal, layer);
    } else if (role === 'text' && typeof found === 'string') {
      // A validator prints what it found wrong as JSON: that is no provider's body.
      if (isLocal) layer.texts.push(clip(found));
      else visitText(found, signal, layer);
    } else if (role === 'code' || role === 'status') noteCode(found, key, layer, signal);
    else if (role === 'nested' && key !== 'value') {
      if (key === 'error') noteCode(found, key, layer, signal);
      nested.push(found);
    }
  }
  if (signal.isOwn) return;
  if (!hasParsedBody && body !== undefined) nested.push(body);
  for (const one of nested) visit(one, depth + 1, signal);
  for (const one of later) visit(one, depth + 1, signal, true);
}

function noteCode(value: unknown, key: string, layer: Layer, signal: Signal): void {
  if (typeof value !== 'string' && (typeof value !== 'number' || key !== 'code')) return;
  const code = String(value);
  if (code.length > 100 || emptyWords.test(code)) return;
  if (ownCode.test(code)) signal.isOwn = true;
  if (/^[45]\d\d$/.test(code)) noteStatus(Number(code), signal, layer);
  else if (/\s/.test(code)) {
    if (key !== 'error') layer.texts.push(code);
  } else if (key === 'code') layer.codes.unshift(code);
  else layer.codes.push(code);
}
