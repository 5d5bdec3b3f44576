import { ConfigError } from '../core/errors.js';
import type { Logger } from '../ports/logger.js';
import type { Notification } from '../ports/notifier.js';
import { parseLink } from './render/compose-message.js';
import type { NotifierFilter } from './selection/filter.js';
import { parseFilter } from './selection/filter.js';
import { MAX_TIMER_MS } from './time/system-clock.js';

/** What every notifier of ours understands. */
export interface NotifierOptions {
  /** Names it in `notifier-error` events and debug lines. Default: the channel's name. */
  name?: string | undefined;
  /** Which notifications are wanted. Default: all but `attempt-failed` and `retry`. */
  filter?: NotifierFilter | undefined;
  /** Where to see more, an http(s) address, or a function that makes one for a notification. */
  link?: string | ((notification: Notification) => string | undefined) | undefined;
  /** The same event is told at most once in this time, in milliseconds. Default 300,000; 0 tells every one. */
  throttleMs?: number | undefined;
  /** Instances or sessions with the same news told one by one before digests begin. Default 10. */
  burst?: number | undefined;
  /** Messages that may wait for the channel; the oldest makes room. Default 100. */
  queueLimit?: number | undefined;
  /** Limit for one try at a message, in milliseconds. Default 10,000. */
  sendTimeoutMs?: number | undefined;
  /** Tries at one message before the channel counts as failing. Default 4. */
  maxAttempts?: number | undefined;
  /** Limit for delivering what is left when it is closed, in milliseconds. Default 5,000. */
  closeTimeoutMs?: number | undefined;
  /** Gets debug lines. Silent without one. */
  logger?: Pick<Logger, 'debug'> | undefined;
}

/** What of HTTP a notifier can be handed. */
export interface HttpNotifierOptions extends NotifierOptions {
  /** Default: `globalThis.fetch`, looked up at each call. */
  fetch?: typeof globalThis.fetch | undefined;
}

export interface NotifierConfig {
  readonly name: string;
  readonly accepts: (notification: Notification) => boolean;
  readonly linkFor: (notification: Notification) => string | undefined;
  readonly throttleMs: number;
  readonly burst: number;
  readonly queueLimit: number;
  readonly sendTimeoutMs: number;
  readonly maxAttempts: number;
  readonly closeTimeoutMs: number;
  readonly debug: (message: string) => void;
}

/** Throws `ConfigError` naming the option that is wrong. */
export function parseNotifierOptions(channel: string, options: NotifierOptions): NotifierConfig {
  if (typeof options !== 'object' || options === null) refuse('options', 'must be an object');
  const { name = channel, link, logger } = options;
  if (typeof name !== 'string' || !/^[\w .:-]{1,60}$/.test(name)) {
    refuse('name', 'must be 1 to 60 letters, digits, spaces or . : _ -');
  }
  if (link !== undefined && typeof link !== 'function' && parseLink(link) === undefined) {
    refuse('link', 'must be an http(s) address of at most 500 characters without credentials, or a function');
  }
  if (logger !== undefined && typeof logger?.debug !== 'function') refuse('logger', 'must have a debug method');
  return {
    name,
    accepts: parseFilter(options.filter),
    linkFor: (notification) => (typeof link === 'function' ? link(notification) : link),
    throttleMs: parseNumber('throttleMs', options.throttleMs ?? 300_000, 0, MAX_TIMER_MS),
    burst: parseNumber('burst', options.burst ?? 10, 1, 1_000),
    queueLimit: parseNumber('queueLimit', options.queueLimit ?? 100, 1, 10_000),
    sendTimeoutMs: parseNumber('sendTimeoutMs', options.sendTimeoutMs ?? 10_000, 1, HOUR_MS),
    maxAttempts: parseNumber('maxAttempts', options.maxAttempts ?? 4, 1, 20),
    closeTimeoutMs: parseNumber('closeTimeoutMs', options.closeTimeoutMs ?? 5_000, 0, HOUR_MS),
    debug: debugTo(logger),
  };
}

/** Debug lines for a host's logger; what it throws is contained. */
export function debugTo(logger: Pick<Logger, 'debug'> | undefined): (message: string) => void {
  return (message) => {
    try {
      logger?.debug(message);
    } catch {
      // A logger that fails leaves nobody to tell.
    }
  };
}

const HOUR_MS = 3_600_000;

/** A whole number of the range, or `ConfigError`. */
export function parseNumber(path: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    refuse(path, `must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/**
 * An address that messages may go to: https, or http on loopback. Never quoted in the error: it may be a secret.
 */
export function parseChannelUrl(path: string, value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) refuse(path, 'must be an absolute URL');
  const { protocol, hostname, username, password, href } = new URL(value);
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) {
    refuse(path, 'must be an https URL; plain http is for loopback only');
  }
  if (username !== '' || password !== '') refuse(path, 'must not hold a user name or password: fetch refuses those');
  return href;
}

export function parseFetch(fetch: typeof globalThis.fetch | undefined): typeof globalThis.fetch {
  if (fetch === undefined) return (...request) => globalThis.fetch(...request);
  if (typeof fetch !== 'function') refuse('fetch', 'must be a function');
  return fetch;
}

export function refuse(path: string, message: string): never {
  throw new ConfigError([{ path, message }]);
}
