/** Where debug lines go, one string each; `console` and pino fit. Nothing is logged unless one is handed in. */
export interface Logger {
  /** Each failed attempt and each retry. */
  debug(message: string): void;
  /** Tier changes, and what works again. */
  info(message: string): void;
  /** A used-up chain, a pause, trouble with a store or notifier, warnings about the configuration. */
  warn(message: string): void;
  /** A listener of yours that threw. */
  error(message: string): void;
}
