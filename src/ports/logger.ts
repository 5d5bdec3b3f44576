/** Where debug lines go, one string each; `console` and pino fit. Nothing is logged unless one is handed in. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
