import { configError } from '../../core/errors.js';
import type { Logger } from '../../ports/logger.js';
import type { Notifier } from '../../ports/notifier.js';
import { createChannelNotifier } from '../delivery/channel-notifier.js';
import { composeMessage } from '../render/compose-message.js';
import type { NotifierOptions } from '../notifier-options.js';
import { parseNotifierOptions } from '../notifier-options.js';
import { renderPlainText } from '../render/render-lines.js';

/** What `createConsoleNotifier` takes. */
export interface ConsoleNotifierOptions extends NotifierOptions {
  /** Where messages go: step-downs and failures to `warn`, the rest to `info`. Default: `globalThis.console`. */
  output?: Pick<Logger, 'info' | 'warn'> | undefined;
}

const ownOptions: Readonly<Record<Exclude<keyof ConsoleNotifierOptions, keyof NotifierOptions>, true>> = {
  output: true,
};

/**
 * Writes messages to the console, or to any logger, each beginning with `tierfall: `: so that a health monitor that
 * reads the same log knows them for ours. @throws {ConfigError} an option is unknown or wrong */
export function createConsoleNotifier(options: ConsoleNotifierOptions = {}): Notifier {
  const config = parseNotifierOptions({ channel: 'console', own: Object.keys(ownOptions) }, options);
  const output = options.output ?? globalThis.console;
  if (typeof output?.info !== 'function' || typeof output.warn !== 'function') {
    throw configError('output', 'must have the methods info and warn');
  }
  return createChannelNotifier(config, async (delivered) => {
    const message = composeMessage(delivered);
    const text = `tierfall: ${renderPlainText(message)}`;
    // An async logger that rejects is a channel that fails, like any other.
    const result: unknown = message.bad ? output.warn(text) : output.info(text);
    await result;
  });
}
