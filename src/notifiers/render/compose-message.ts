import type { Notification } from '../../ports/notifier.js';
import { formatTime } from './clean-text.js';
import { describeEvent } from './describe-event.js';
import type { Line } from './parts.js';
import type { Digest } from '../selection/throttle.js';

/** One message, before a channel renders it. */
export interface Message {
  /** Whether something got worse. */
  readonly bad: boolean;
  readonly icon: string;
  /** Words of ours only. */
  readonly title: string;
  /** What happened, in one line. */
  readonly summary: Line;
  readonly lines: readonly Line[];
  /** A page with more details: an http(s) address. */
  readonly link: string | undefined;
}

/** What one message is made of. */
export interface Delivered {
  /** Stays the same for every attempt to send it. */
  readonly id: string;
  readonly notification: Notification;
  readonly digest?: Digest | undefined;
  /** Earlier messages that were never delivered. */
  readonly lost?: number | undefined;
  readonly link?: string | undefined;
}

/** Longest link, in UTF-16 units. */
const LINK_LIMIT = 500;

/** Turns one notification, and what was held back with it, into lines. */
export function composeMessage({ notification, digest, lost = 0, link }: Omit<Delivered, 'id'>): Message {
  const { bad, icon, title, line, details } = describeEvent(notification);
  const time = 'at' in notification.payload ? formatTime(notification.payload.at) : '';
  const lines: Line[] = [...details];
  if (time !== '') lines.push([`When: ${time}`]);
  if (lost > 0) lines.push([`${lost} earlier ${lost === 1 ? 'message' : 'messages'} could not be delivered.`]);
  if (digest !== undefined) lines.push(...digestLines(digest));
  return { bad, icon, title, summary: line, lines, link: parseLink(link) };
}

function digestLines({ more, periodMs, others, unlisted }: Digest): Line[] {
  const lines: Line[] = [[`and ${more} more in the last ${inWords(periodMs)}`]];
  for (const other of others) {
    const { icon, line } = describeEvent(other);
    lines.push([`${icon} `, ...line]);
  }
  if (unlisted > 0) lines.push([`… and ${unlisted} others that are not listed`]);
  return lines;
}

function inWords(periodMs: number): string {
  const seconds = Math.max(1, Math.ceil(periodMs / 1000));
  if (seconds < 60) return seconds === 1 ? 'second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? 'minute' : `${minutes} minutes`;
}

/** Every channel has its own syntax for links; none of these characters may end a link early. */
const linkEnds = /[<>|"'`\p{Cf}]/gu;

/** A link that is safe in any channel; undefined for anything but http(s), a long address, or one with a password. */
export function parseLink(link: string | undefined): string | undefined {
  if (typeof link !== 'string' || !URL.canParse(link)) return undefined;
  const { protocol, href, username, password } = new URL(link);
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '') return undefined;
  const safe = href.replace(linkEnds, percentEncode);
  return safe.length <= LINK_LIMIT ? safe : undefined;
}

function percentEncode(character: string): string {
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
