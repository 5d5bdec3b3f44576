import type { Layer } from '../signal/signal.js';

/** Errors of the caller's own code, by name: nothing a provider said. */
export const localNames =
  /^(?:Reference|Syntax|Range|Assertion|Config|\$?Zod\w*|Type|Tool\w*|AI_\w*(?:Object|Output|Tool|JSON|Type)\w*)Error$/;

/** What JavaScript says of the caller's own mistakes, also where the error's name was lost on the way. */
const localTexts =
  /cannot (?:read|set) propert|is not (?:a (?:function|constructor)|defined|iterable)|unexpected (?:token|end of json|non-wh)|in json at|maximum call stack|invalid \w{1,9} length/i;

/** Known fetch failures, which browsers and runtimes throw as a `TypeError`. */
const fetchFailure = /fetch|network|load failed|terminated|connect|socket/i;

/** Whether a layer is a mistake of the caller's own code: what it says is not about a provider. */
export function isLocal({ codes, texts }: Layer): boolean {
  const isOwn =
    codes.some((code) => localNames.test(code)) || texts.some((text) => localTexts.test(text.slice(0, 200)));
  return isOwn && !texts.some((text) => fetchFailure.test(text));
}
