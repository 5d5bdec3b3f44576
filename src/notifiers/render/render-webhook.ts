import type { Notification } from '../../ports/notifier.js';
import { cleanText, fullSession } from './clean-text.js';
import type { Delivered } from './compose-message.js';
import { parseLink } from './compose-message.js';

/** A JSON value. */
type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** The body of a webhook. `type` is the event's name, `data` its payload. */
export interface WebhookBody {
  type: string;
  /** When it happened, ISO 8601; of an alert, when it was last seen. */
  timestamp: string;
  data: { [name: string]: Json };
  /** What was held back since the last message about this event. */
  digest?: { more: number; periodMs: number; unlisted: number; others: { type: string; data: Json }[] };
  /** Earlier messages that were never delivered. */
  lost?: number;
  link?: string;
}

const TEXT_LIMIT = 300;
/** Payloads are three levels deep. */
const DEPTH_LIMIT = 4;

export function renderWebhookBody({ notification, digest, lost = 0, link }: Delivered): WebhookBody {
  const safeLink = parseLink(link);
  return {
    type: notification.event,
    timestamp: isoTime(timeOf(notification)),
    data: dataOf(notification),
    ...(digest && {
      digest: { ...digest, others: digest.others.map((other) => ({ type: other.event, data: dataOf(other) })) },
    }),
    ...(lost > 0 && { lost }),
    ...(safeLink !== undefined && { link: safeLink }),
  };
}

function dataOf(notification: Notification): { [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(notification.payload).flatMap(([name, value]) => {
      const json = name === 'session' ? fullSession(value, TEXT_LIMIT) : toJson(value, 1);
      return json === undefined ? [] : [[name, json]];
    }),
  );
}

/** Cleans and redacts every text; keeps an error's name, code and message; undefined for what JSON cannot hold. */
function toJson(value: unknown, depth: number): Json | undefined {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string') return cleanText(value, TEXT_LIMIT);
  if (typeof value !== 'object' || depth > DEPTH_LIMIT) return undefined;
  if (value instanceof Error) {
    const code = 'code' in value && typeof value.code === 'string' ? { code: cleanText(value.code, TEXT_LIMIT) } : {};
    return { name: cleanText(value.name, TEXT_LIMIT), ...code, message: cleanText(value.message, TEXT_LIMIT) };
  }
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => toJson(item, depth + 1) ?? null);
  const fields = Object.entries(value).slice(0, 100);
  return Object.fromEntries(fields.map(([name, field]) => [cleanText(name, 60), toJson(field, depth + 1) ?? null]));
}

function timeOf({ payload }: Notification): number {
  return 'at' in payload ? payload.at : payload.alert.lastSeenAt;
}

function isoTime(at: number): string {
  return new Date(Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? at : 0).toISOString();
}
