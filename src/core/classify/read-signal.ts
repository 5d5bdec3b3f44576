import { isObject, listLength, readProperty } from './read-property.js';
import { splitText, statusInText } from './read-text.js';
import { type CodeFamily, type Layer, MAX_DEPTH, MAX_ITEMS, MAX_NODES, type Signal } from './signal.js';
import { clip, htmlHeadings, htmlText, isHtml } from './text.js';
import { readBodyWait } from './body-wait.js';

/** Properties that hold a code, a type or a reason. */
const codeKeys = [
  'code',
  'type',
  'status',
  'reason',
  'error_code',
  'errorCode',
  'error_type',
  'lc_error_code',
  '__type',
  'name',
  'errorcode',
  'error_name',
  'Code',
  'quotaId',
  'finish_reason',
] as const;

/** Properties that hold a sentence. */
const textKeys = [
  'message',
  'msg',
  'detail',
  'details',
  'error_description',
  'raw',
  'status_msg',
  'faultstring',
  'error_message',
  'errorMessage',
  'Message',
  'title',
] as const;

/** Properties that hold another error, or the provider's own words. */
const nestedKeys = [
  'error',
  'data',
  'response',
  'metadata',
  'details',
  'detail',
  'base_resp',
  'innererror',
  'fault',
  'failure',
  '$response',
  'rawResponse',
  'lastError',
  'originalError',
  'reason',
  'cause',
] as const;

/** Text of a whole body, to be read when the body was not handed over parsed. */
const bodyKeys = ['body', 'responseBody', 'rawBody', 'responseText', 'bodyText'] as const;

const statusKeys = ['status', 'statusCode', 'status_code', 'httpStatus', 'http_status', 'httpStatusCode'] as const;

/** Names that say nothing: every error has one of them. */
const emptyWords: ReadonlySet<string> = new Set(['Error', 'error', '', 'AggregateError', 'object']);

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
  visit(error, 0, { signal, nodes: 0 });
  signal.layers.sort((left, right) => right.depth - left.depth);
  return signal;
}

function visit(value: unknown, depth: number, walk: Walk, family: CodeFamily = 'code'): void {
  if (depth > MAX_DEPTH || walk.nodes >= MAX_NODES) return;
  walk.nodes++;
  if (typeof value === 'string') visitText(value, depth, walk, newLayer(depth, 'code', walk));
  else if (isObject(value)) {
    if (listLength(value) > 0) visitList(value, depth, walk, family);
    else visitObject(value, depth, walk, family);
  }
}

function newLayer(depth: number, family: CodeFamily, walk: Walk): Layer {
  const layer: Layer = { depth, codes: [], texts: [], family };
  walk.signal.layers.push(layer);
  return layer;
}

function visitList(list: object, depth: number, walk: Walk, family: CodeFamily): void {
  const count = Math.min(listLength(list), MAX_ITEMS);
  for (let index = 0; index < count; index++) visit(readProperty(list, String(index)), depth, walk, family);
}

function visitText(text: string, depth: number, walk: Walk, layer: Layer): void {
  if (isHtml(text)) {
    walk.signal.isHtml = true;
    layer.texts.push(htmlHeadings(text));
    layer.page = htmlText(text);
    return;
  }
  const { prose, json } = splitText(text);
  if (prose !== '') {
    layer.texts.push(clip(prose));
    if (walk.signal.deepStatus === undefined || walk.signal.deepStatus >= 500) {
      const status = statusInText(prose);
      if (status !== undefined) noteStatus(status, walk);
    }
  }
  if (json !== undefined) visit(json, depth + 1, walk);
}

function noteStatus(status: number, walk: Walk): void {
  const { signal } = walk;
  if (signal.status === undefined || (signal.status < 400 && status >= 400)) signal.status = status;
  if (status >= 400) signal.deepStatus = status;
}

function visitObject(value: object, depth: number, walk: Walk, inherited: CodeFamily): void {
  const { signal } = walk;
  const layer = newLayer(depth, familyOf(value, inherited), walk);
  for (const key of statusKeys) {
    const status = readProperty(value, key);
    if (isStatus(status)) {
      noteStatus(status, walk);
      break;
    }
  }
  for (const key of codeKeys) noteCode(readProperty(value, key), key, layer, walk);
  noteHeaders(value, signal);
  signal.bodyWait ??= readBodyWait(value);
  noteProvider(value, signal);
  for (const key of textKeys) {
    const text = readProperty(value, key);
    if (typeof text === 'string' && text !== '') visitText(text, depth, walk, layer);
  }
  if (layer.family === 'minimax') noteCode(readProperty(value, 'status_code'), 'code', layer, walk);
  visitNested(value, depth, walk, layer);
}

function visitNested(value: object, depth: number, walk: Walk, layer: Layer): void {
  let hasParsedBody = false;
  for (const key of nestedKeys) {
    const nested = readProperty(value, key);
    if (isObject(nested)) {
      if (key === 'error' || key === 'data') hasParsedBody = true;
      visit(nested, depth + 1, walk, layer.family === 'cloudflare' ? 'cloudflare' : 'code');
    } else if (typeof nested === 'string' && nested !== '') {
      if (key === 'error') noteCode(nested, key, layer, walk);
      if (key === 'error' || key === 'data' || key === 'cause') visit(nested, depth + 1, walk);
    }
  }
  if (!hasParsedBody) {
    for (const key of bodyKeys) {
      const body = readProperty(value, key);
      if ((typeof body === 'string' && body !== '') || isObject(body)) {
        visit(body, depth + 1, walk);
        break;
      }
    }
  }
  const metadata = readProperty(value, '$metadata');
  if (isObject(metadata)) {
    const status = readProperty(metadata, 'httpStatusCode');
    if (isStatus(status)) noteStatus(status, walk);
  }
  const rejected = readProperty(value, 'value');
  if (isObject(rejected) && isObject(readProperty(rejected, 'error'))) visit(rejected, depth + 1, walk);
  // Further errors after the one that stands for them: they speak only where it was silent.
  for (const key of ['errors', 'violations'] as const) {
    const list = readProperty(value, key);
    if (isObject(list)) visit(list, depth + 1, walk, layer.family === 'cloudflare' ? 'cloudflare' : 'code');
  }
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number' && value >= 100 && value <= 599 && Number.isInteger(value);
}

function noteCode(value: unknown, key: string, layer: Layer, walk: Walk): void {
  if (typeof value === 'string') {
    if (value.length > 100 || emptyWords.has(value)) return;
    if (/^[45]\d\d$/.test(value)) noteStatus(Number(value), walk);
    else if (key === 'quotaId') layer.codes.push(quotaPeriod(value));
    else if (/^\d+$/.test(value)) layer.codes.push(`${layer.family}:${value}`);
    else if (!/\s/.test(value)) layer.codes.push(value);
    else if (key === 'code' || key === 'error' || key === 'reason') layer.texts.push(value);
  } else if (typeof value === 'number' && key === 'code' && Number.isInteger(value)) {
    if (value >= 400 && value <= 599) noteStatus(value, walk);
    else layer.codes.push(`${layer.family}:${value}`);
  }
}

/** `GenerateRequestsPerDayPerProjectPerModel-FreeTier` and its like: only the period decides. */
function quotaPeriod(quotaId: string): string {
  const period = /per_?(day|month|week|hour|minute|second)/i.exec(quotaId);
  return period === null ? 'quotaid:other' : `quotaid:${period[1]?.toLowerCase()}`;
}

function familyOf(value: object, inherited: CodeFamily): CodeFamily {
  if (inherited !== 'code') return inherited;
  if (readProperty(value, 'success') === false) return 'cloudflare';
  if (readProperty(value, 'status_msg') !== undefined) return 'minimax';
  const code = readProperty(value, 'code');
  if (typeof code === 'string') {
    return /^1\d{3}$/.test(code) && typeof readProperty(value, 'object') !== 'string' ? 'zhipu' : 'code';
  }
  if (typeof code === 'number' && code > 0 && code <= 16 && typeof readProperty(value, 'details') === 'string')
    return 'grpc';
  return 'code';
}

function noteHeaders(value: object, signal: Signal): void {
  if (signal.headers.length >= 4) return;
  for (const key of ['headers', 'responseHeaders'] as const) {
    const headers = readProperty(value, key);
    if (isObject(headers)) signal.headers.push(headers);
  }
}

function noteProvider(value: object, signal: Signal): void {
  if (signal.provider !== undefined) return;
  for (const key of ['provider', 'provider_name', 'llm_provider'] as const) {
    const provider = readProperty(value, key);
    if (typeof provider === 'string' && provider !== '' && provider.length <= 60) {
      signal.provider = provider.toLowerCase();
      return;
    }
  }
}
