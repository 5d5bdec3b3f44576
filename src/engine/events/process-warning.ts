/** What a warning of ours is about: the code of the error it would be, if it were one. */
type WarningCode = 'TIERFALL_CONFIG' | 'TIERFALL_STORE';

/** Warns through the process, where there is one: what nobody listens to must not go unnoticed all the same. */
export function processWarning(message: string, code: WarningCode): void {
  const { process } = globalThis as { process?: { emitWarning?: (warning: string, options: object) => void } };
  process?.emitWarning?.(message, { type: 'TierfallWarning', code });
}
