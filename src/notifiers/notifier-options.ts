import { ConfigError, configError } from '../core/errors.js';
import { unknownOptions } from '../core/unknown-options.js';
import type { Logger } from '../ports/logger.js';
import type { Notification } from '../ports/notifier.js';
import { contain } from './contain.js';
import { parseLink } from './render/compose-message.js';
import type { NotifierFilter } from './selection/filter.js';
import { parseFilter } from './selection/filter.js';
import { MAX_TIMER_MS } from './time/is-clock.js';

/** Options of every notifier of this package. */
export interface NotifierOptions {
  /** Names it in `notifier-error` events and debug lines. Default: the channel's name. */
  name?: string | undefined;
  /** Which notifications to send. Default: all but `attempt-failed` and `retry`. */
  filter?: NotifierFilter | undefined;
  /** A page with more details: an http(s) address, or a function that returns one for a notification. */
  link?: string | ((notification: Notification) => string | undefined) | undefined;
  /** The same event is sent at most once in this time, in milliseconds. Default 300,000; 0 sends every one. */
  throttleMs?: number | undefined;
  /** Instances or sessions with the same event that get a message each before digests begin. Default 10. */
  burst?: number | undefined;
  /** Messages that may wait for the channel; beyond that the oldest is dropped. Default 100. */
  queueLimit?: number | undefined;
  /** Limit for one attempt to send a message, in milliseconds. Default 10,000. */
  sendTimeoutMs?: number | undefined;
  /** Attempts to send a message before the channel counts as failing. Default 4. */
  maxAttempts?: number | undefined;
  /** Limit for delivering the queue when the notifier is closed, in milliseconds. Default 5,000. */
  closeTimeoutMs?: number | undefined;
  /** Receives debug lines. Without one the notifier logs nothing. */
  logger?: Pick<Logger, 'debug'> | undefined;
}

/** Options of every notifier that sends over HTTP. */
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

/** The default of `throttleMs`: five minutes. */
export const DEFAULT_THROTTLE_MS = 300_000;

const HOUR_MS = 3_600_000;

const commonOptions: Readonly<Record<keyof NotifierOptions, true>> = {
  name: true,
  filter: true,
  link: true,
  throttleMs: true,
  burst: true,
  queueLimit: true,
  sendTimeoutMs: true,
  maxAttempts: true,
  closeTimeoutMs: true,
  logger: true,
};

/** Names of the options that every notifier has. */
export const commonOptionNames: readonly string[] = Object.keys(commonOptions);

/** What is special about the options of one channel. */
export interface ChannelOptions {
  readonly channel: string;
  /** Options beside those of `NotifierOptions`. */
  readonly own: readonly string[];
  /** Names that people try for an option, and the right one. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** @throws {ConfigError} naming the option that is unknown or wrong */
export function parseNotifierOptions(
  { channel, own, aliases }: ChannelOptions,
  options: NotifierOptions,
): NotifierConfig {
  checkOptions(options, [...own, ...commonOptionNames], aliases);
  const { name = channel, link, logger } = options;
  if (typeof name !== 'string' || !/^[\w .:-]{1,60}$/.test(name)) {
    throw configError('name', 'must be 1 to 60 letters, digits, spaces or . : _ -');
  }
  if (link !== undefined && typeof link !== 'function' && parseLink(link) === undefined) {
    throw configError(
      'link',
      'must be an http(s) address of at most 500 characters without credentials, or a function',
    );
  }
  checkLogger(logger);
  return {
    name,
    accepts: parseFilter(options.filter),
    linkFor: (notification) => (typeof link === 'function' ? link(notification) : link),
    throttleMs: parseNumber('throttleMs', options.throttleMs ?? DEFAULT_THROTTLE_MS, 0, MAX_TIMER_MS),
    burst: parseNumber('burst', options.burst ?? 10, 1, 1_000),
    queueLimit: parseNumber('queueLimit', options.queueLimit ?? 100, 1, 10_000),
    sendTimeoutMs: parseNumber('sendTimeoutMs', options.sendTimeoutMs ?? 10_000, 1, HOUR_MS),
    maxAttempts: parseNumber('maxAttempts', options.maxAttempts ?? 4, 1, 20),
    closeTimeoutMs: parseNumber('closeTimeoutMs', options.closeTimeoutMs ?? 5_000, 0, HOUR_MS),
    debug: debugTo(logger),
  };
}

export function checkLogger(logger: Pick<Logger, 'debug'> | undefined): void {
  if (logger !== undefined && typeof logger?.debug !== 'function') {
    throw configError('logger', 'must have a debug method');
  }
}

/** Writes debug lines to a host's logger; what the logger throws is contained. */
export function debugTo(logger: Pick<Logger, 'debug'> | undefined): (message: string) => void {
  return (message) => contain(() => logger?.debug(message));
}

/** @throws {ConfigError} `options` is no object, or holds an option that is not in `known` */
export function checkOptions(
  options: unknown,
  known: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): void {
  if (typeof options !== 'object' || options === null) {
    throw configError('options', `must be an object, e.g. { ${known[0]} }`);
  }
  const issues = unknownOptions(options, known, aliases);
  if (issues.length > 0) throw new ConfigError(issues);
}

/** A whole number of the range. @throws {ConfigError} it is none */
export function parseNumber(path: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw configError(path, `must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/**
 * An address that messages may go to: https, or http on loopback. The error does not quote it, as it may be a secret.
 */
export function parseChannelUrl(path: string, value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) throw configError(path, 'must be an absolute URL');
  const { protocol, hostname, username, password, href } = new URL(value);
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) {
    throw configError(path, 'must be an https URL; plain http is for loopback only');
  }
  if (username !== '' || password !== '')
    throw configError(path, 'must not contain a user name or password: fetch refuses those');
  return href;
}

export function parseFetch(fetch: typeof globalThis.fetch | undefined): typeof globalThis.fetch {
  if (fetch === undefined) return (...request) => globalThis.fetch(...request);
  if (typeof fetch !== 'function') throw configError('fetch', 'must be a function');
  return fetch;
}
