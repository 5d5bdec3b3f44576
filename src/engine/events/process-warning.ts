import type { Logger } from '../../ports/logger.js';

/** What a warning of ours is about: the code of the error it would be, if it were one. */
type WarningCode = 'TIERFALL_CONFIG' | 'TIERFALL_STORE';

/** Warns the host of something that its configuration says: its logger, else the process. */
export function warnOfConfig(logger: Pick<Logger, 'warn'> | undefined, message: string): void {
  if (logger) logger.warn(`tierfall: ${message}`);
  else processWarning(message, 'TIERFALL_CONFIG');
}

/** Warns through the process, where there is one: what nobody listens to must not go unnoticed all the same. */
export function processWarning(message: string, code: WarningCode): void {
  const { process } = globalThis as { process?: { emitWarning?: (warning: string, options: object) => void } };
  process?.emitWarning?.(message, { type: 'TierfallWarning', code });
}
