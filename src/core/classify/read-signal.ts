import { asTime, asWait } from './body-wait.js';
import { localNames } from './local-errors.js';
import { readHeaders } from './read-headers.js';
import { isObject, listLength, readProperty } from './read-property.js';
import { splitText, statusInText } from './read-text.js';
import { type CodeFamily, type Layer, MAX_DEPTH, MAX_ITEMS, MAX_KEYS, MAX_NODES, type Signal } from './signal.js';
import { clip, htmlHeadings, htmlText, isHtml } from './text.js';

type Role = 'body' | 'code' | 'headers' | 'later' | 'nested' | 'provider' | 'status' | 'text' | 'time' | 'wait';

/** What the properties of errors and bodies hold, by their names in lower case without `_`. All others are never looked at. */
const roles = new Map<string, Role>();
const names: Readonly<Record<Role, string>> = {
  status: 'status statuscode httpstatus httpstatuscode',
  code: 'code type reason errorcode errortype lcerrorcode name errorname quotaid',
  text: 'message msg detail details errordescription raw statusmsg faultstring errormessage errormsg title',
  nested:
    'error data response metadata baseresp innererror fault rawresponse lasterror originalerror cause $metadata value $response',
  body: 'body responsebody rawbody responsetext',
  // Further errors after the one that stands for them: they speak only where it was silent.
  later: 'errors violations',
  headers: 'headers responseheaders',
  wait: 'retrydelay retryafter retryafterseconds resetsinseconds resetinseconds retryafterms',
  time: 'resetsat resetat',
  provider: 'provider providername llmprovider',
};
for (const role in names) for (const name of names[role as Role].split(' ')) roles.set(name, role as Role);

function roleOf(key: string): Role | undefined {
  return roles.get(key) ?? (key.length < 40 ? roles.get(key.replaceAll('_', '').toLowerCase()) : undefined);
}

/** Properties that may be there without being listed: of errors, of prototypes with getters, of the AWS client. */
const hidden = ['message', 'name', 'code', 'status', 'headers', 'cause', 'errors', '$response'] as const;

/** Names that say nothing: every error has one of them. */
const emptyWords: ReadonlySet<string> = new Set(['Error', 'error', 'AggregateError', 'object', 'default']);

interface Walk {
  signal: Signal;
  nodes: number;
}

/** Gathers what an error says of itself, from wherever it says it. Never throws; changes nothing; bounded. */
export function readSignal(error: unknown): Signal {
  const signal: Signal = {
    layers: [],
    status: undefined,
    deepStatus: undefined,
    headers: [],
    bodyWait: undefined,
    isHtml: false,
    provider: undefined,
  };
  visit(error, 0, { signal, nodes: 0 }, 'code');
  noteAmazonType(signal);
  if (signal.layers.length > 1) signal.layers.sort((left, right) => right.depth - left.depth);
  return signal;
}

/** `isLater`: what is known of the status already stands. */
function visit(value: unknown, depth: number, walk: Walk, family: CodeFamily, isLater = false): void {
  if (depth > MAX_DEPTH || walk.nodes >= MAX_NODES) return;
  walk.nodes++;
  if (typeof value === 'string') visitText(value, walk, newLayer(depth, 'code', walk));
  else if (isObject(value)) {
    const length = listLength(value);
    const known = walk.signal.deepStatus;
    if (length === 0) visitObject(value, depth, walk, family);
    if (isLater) walk.signal.deepStatus = known ?? walk.signal.deepStatus;
    for (let index = 0; index < length && index < MAX_ITEMS; index++)
      visit(readProperty(value, String(index)), depth, walk, family, isLater || index > 0);
  }
}

/** Amazon names the exception in a header; the body may hold nothing but a sentence. */
function noteAmazonType({ headers, layers }: Signal): void {
  const layer = layers[layers.length - 1];
  if (layer === undefined || headers[0] === undefined || layers.some(({ codes }) => codes.length > 0)) return;
  const type = readHeaders(headers[0]).get('x-amzn-errortype');
  if (type !== undefined) layer.codes.push(type);
}

function newLayer(depth: number, family: CodeFamily, walk: Walk): Layer {
  const layer: Layer = { depth, codes: [], texts: [], family };
  walk.signal.layers.push(layer);
  return layer;
}

function visitText(text: string, walk: Walk, layer: Layer): void {
  if (isHtml(text)) {
    walk.signal.isHtml = true;
    layer.texts.push(htmlHeadings(text));
    layer.page = htmlText(text);
    return;
  }
  const { prose, json } = splitText(text);
  if (prose !== '') {
    const clipped = clip(prose);
    layer.texts.push(clipped);
    if ((walk.signal.deepStatus ?? 500) >= 500) noteStatus(statusInText(clipped), walk.signal);
  }
  if (json !== undefined) visit(json, layer.depth + 1, walk, 'code');
}

function noteStatus(status: unknown, signal: Signal): void {
  if (typeof status !== 'number' || !(status >= 100 && status <= 599) || status % 1 !== 0) return;
  if (signal.status === undefined || (signal.status < 400 && status >= 400)) signal.status = status;
  if (status >= 400) signal.deepStatus = status;
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

function visitObject(value: object, depth: number, walk: Walk, inherited: CodeFamily): void {
  const { signal } = walk;
  const layer = newLayer(depth, familyOf(value, inherited), walk);
  const family = layer.family === 'cloudflare' ? 'cloudflare' : 'code';
  const nested: unknown[] = [];
  const later: unknown[] = [];
  const name = readProperty(value, 'name');
  const isLocal = typeof name === 'string' && localNames.test(name);
  let body: unknown;
  let hasParsedBody = false;
  for (const key of ownKeys(value)) {
    const role = roleOf(key);
    if (role === undefined) continue;
    const found = readProperty(value, key);
    if (found === undefined || found === null || found === '') continue;
    if (role === 'headers') {
      if (isObject(found) && signal.headers.length < MAX_ITEMS) signal.headers.push(found);
    } else if (role === 'later') later.push(found);
    else if (role === 'body') body ??= found;
    else if (role === 'wait' || role === 'time') {
      const wait = role === 'time' ? asTime(found) : asWait(found, key);
      // A duration says the same as the time beside it, and needs no clock.
      if (wait !== undefined && (signal.bodyWait ?? { isTime: true }).isTime)
        signal.bodyWait = { value: wait, isTime: role === 'time' };
    } else if (role === 'provider') {
      if (typeof found === 'string') signal.provider ??= found.slice(0, 60).toLowerCase();
    } else if (isObject(found)) {
      // What a validator rejected is read only where it is a provider's error event.
      if (key === 'value' && !isObject(readProperty(found, 'error'))) continue;
      if (key === 'error' || key === 'data') hasParsedBody = true;
      nested.push(found);
    } else if (role === 'status' && typeof found === 'number') {
      if (layer.family === 'minimax') noteCode(found, 'code', layer, signal);
      else noteStatus(found, signal);
    } else if (role === 'text' && typeof found === 'string') {
      // A validator prints what it found wrong as JSON: that is no provider's body.
      if (isLocal) layer.texts.push(clip(found));
      else visitText(found, walk, layer);
    } else if (role === 'code' || role === 'status') noteCode(found, key, layer, signal);
    else if (typeof found === 'string' && role === 'nested' && key !== 'value') {
      if (key === 'error') noteCode(found, key, layer, signal);
      nested.push(found);
    }
  }
  if (!hasParsedBody && body !== undefined) nested.push(body);
  for (const one of nested) visit(one, depth + 1, walk, family);
  for (const one of later) visit(one, depth + 1, walk, family, true);
}

function noteCode(value: unknown, key: string, layer: Layer, signal: Signal): void {
  if (typeof value === 'string') {
    if (value.length > 100 || emptyWords.has(value)) return;
    if (/^\d+$/.test(value)) noteNumber(Number(value), layer, signal);
    else if (key === 'quotaId')
      layer.codes.push(`quotaid:${/per_?(day|month|week|hour|minute|second)/i.exec(value)?.[1]?.toLowerCase()}`);
    else if (/\s/.test(value)) {
      if (key !== 'error') layer.texts.push(value);
    } else if (key === 'code') layer.codes.unshift(value);
    else layer.codes.push(value);
  } else if (typeof value === 'number' && key === 'code') noteNumber(value, layer, signal);
}

function noteNumber(value: number, layer: Layer, signal: Signal): void {
  if (value >= 400 && value <= 599) noteStatus(value, signal);
  else layer.codes.push(`${layer.family}:${value}`);
}

function familyOf(value: object, inherited: CodeFamily): CodeFamily {
  if (inherited !== 'code') return inherited;
  if (readProperty(value, 'success') === false) return 'cloudflare';
  if (readProperty(value, 'status_msg') !== undefined) return 'minimax';
  const code = readProperty(value, 'code');
  if (typeof code === 'string' && /^1\d{3}$/.test(code) && readProperty(value, 'object') === undefined) return 'zhipu';
  return typeof code === 'number' && code > 0 && code <= 16 && typeof readProperty(value, 'details') === 'string'
    ? 'grpc'
    : 'code';
}
