import { FOREVER } from '../../core/tier/state.js';
import type { PauseTarget } from '../../ports/failover.js';
import type { ModelName } from '../../ports/notifier.js';
import { cleanText, formatTime, shortSession } from './clean-text.js';
import { kindInWords } from './kind-in-words.js';

/** A piece of a line: words of ours, or a value from outside that a channel must not interpret. */
export type Part = string | { readonly value: string };

/** One line of a message. */
export type Line = readonly Part[];

/** Longest value of each sort, in UTF-16 units. Together they keep the fullest message inside every channel's limit. */
export const limits = { name: 60, model: 110, kind: 40, text: 300 } as const;
/** The same in a line of a digest, which has several lines. */
export const lineLimits = { name: 40, model: 60, credential: 20, text: 120 } as const;

/** A value from outside as one line of harmless text; `-` where nothing is left of it. */
export function value(text: unknown, limit: number): Part {
  return { value: cleanText(text, limit) || '-' };
}

/** The instance, and the session where there is one. */
export function agent(
  { instance, session }: { instance: string; session?: string },
  limit: number = limits.name,
): Part[] {
  const parts: Part[] = [value(instance, limit)];
  if (session !== undefined) parts.push(', session ', value(shortSession(session), limits.name));
  return parts;
}

/** `provider/model`, and `@credential` where the tier names one. */
export function tierPart(
  tier: ModelName & { credential?: string },
  { name, model, credential = name }: { name: number; model: number; credential?: number } = limits,
): Part {
  const id = `${cleanText(tier.provider, name)}/${cleanText(tier.model, model)}`;
  const key = tier.credential === undefined ? '' : `@${cleanText(tier.credential, credential)}`;
  return value(`${id}${key}`, name + model + credential);
}

/** What a pause is about. */
export function targetParts(target: PauseTarget): Part[] {
  if (typeof target === 'string') return [value(target, limits.name)];
  return 'provider' in target ? ['Provider ', value(target.provider, limits.name)] : ['Everything'];
}

/** A failure kind or reason in words, with its name. */
export function why(reason: string): Part[] {
  const words = kindInWords(reason);
  return words === undefined ? [value(reason, limits.kind)] : [words, ' (', value(reason, limits.kind), ')'];
}

/** A line with a time, if there is one. */
export function timeLine(label: string, at: number | undefined): Line[] {
  if (at === undefined) return [];
  const time = at === FOREVER ? 'somebody resets it' : formatTime(at);
  return time === '' ? [] : [[label, time]];
}
