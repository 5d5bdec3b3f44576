import type { Logger } from '../../ports/logger.js';
import type { Notifier } from '../../ports/notifier.js';
import { createChannelNotifier } from '../delivery/channel-notifier.js';
import { composeMessage } from '../render/compose-message.js';
import type { NotifierOptions } from '../notifier-options.js';
import { parseNotifierOptions, refuse } from '../notifier-options.js';
import { renderPlainText } from '../render/render-lines.js';

/** What `createConsoleNotifier` takes. */
export interface ConsoleNotifierOptions extends NotifierOptions {
  /** Where messages go: step-downs and failures to `warn`, the rest to `info`. Default: `globalThis.console`. */
  output?: Pick<Logger, 'info' | 'warn'> | undefined;
}

/** Tells on the console, or through any logger. Throws `ConfigError` when an option is wrong. */
export function createConsoleNotifier(options: ConsoleNotifierOptions = {}): Notifier {
  const config = parseNotifierOptions('console', options);
  // A console notifier writes to the console: that is what it is for.
  const output = options.output ?? globalThis.console;
  if (typeof output.info !== 'function' || typeof output.warn !== 'function') {
    refuse('output', 'must have the methods info and warn');
  }
  return createChannelNotifier(config, async (delivered) => {
    const message = composeMessage(delivered);
    const text = renderPlainText(message);
    if (message.bad) output.warn(text);
    else output.info(text);
  });
}
