import { FOREVER } from '../../core/tier/state.js';
import type { ModelName, Notification, NotificationEvents } from '../../ports/notifier.js';
import type { PauseTarget, EventTier } from '../../ports/failover.js';
import { cleanText, formatTime, shortSession } from './clean-text.js';
import { kindInWords } from './kind-in-words.js';

/** A piece of a line: words of ours, or a value from outside that a channel must not interpret. */
type Part = string | { readonly value: string };

/** One line of a message. */
export type Line = readonly Part[];

export interface Description {
  /** Whether something got worse. */
  bad: boolean;
  /** One character that can be told from afar. */
  icon: string;
  /** Words and numbers of ours only: no name can forge it. */
  title: string;
  /** What happened, in one line. */
  line: Line;
  /** The same in full. */
  details: readonly Line[];
}

/** Longest value of each sort, in UTF-16 units. Together they keep the fullest message inside every channel's limit. */
const limits = { name: 60, model: 110, kind: 40, text: 300 } as const;
/** The same in a line of a digest, of which there are several. */
const lineLimits = { name: 40, model: 60 } as const;

/** What an event says to a person. */
export function describeEvent(notification: Notification): Description {
  switch (notification.event) {
    case 'tier-change':
      return describeTierChange(notification.payload);
    case 'session-change':
      return describeSessionChange(notification.payload);
    case 'exhausted':
      return describeExhausted(notification.payload);
    case 'attempt-failed': {
      const { tier, kind, status } = notification.payload;
      const line = [...agent(notification.payload), ': ', tierPart(tier), ' failed: ', ...why(kind)];
      const answer = status === undefined ? [] : [[`Status: ${status}`]];
      return { bad: true, icon: '⚠️', title: 'An attempt failed', line, details: [line, ...answer] };
    }
    case 'retry': {
      const { tier, kind, attempt } = notification.payload;
      const line = [...agent(notification.payload), ': ', tierPart(tier), ' is asked again: ', ...why(kind)];
      return { bad: true, icon: '🔁', title: `Attempt ${attempt} follows`, line, details: [line] };
    }
    case 'paused': {
      const { target, by, reason, source } = notification.payload;
      const line = [...targetParts(target), ' was paused by ', value(by, limits.name)];
      const details = [line, ['Why: ', value(reason, limits.text), ' (', value(source, limits.kind), ')']];
      return { bad: true, icon: '⏸️', title: 'Paused: no provider is called', line, details };
    }
    case 'resumed': {
      const { target, by } = notification.payload;
      const line = [...targetParts(target), ' was resumed by ', value(by, limits.name)];
      return { bad: false, icon: '▶️', title: 'Resumed', line, details: [line] };
    }
    case 'store-error':
      return describeHealth('The store', notification.payload.state, notification.payload.error);
    default: {
      const { notifier, state, error } = notification.payload;
      const { line, ...rest } = describeHealth('A notifier', state, error);
      const named = [value(notifier, limits.name), ': ', ...line];
      return { ...rest, line: named, details: [['Notifier: ', value(notifier, limits.name)], ...rest.details] };
    }
  }
}

function describeTierChange(event: NotificationEvents['tier-change']): Description {
  const { from, to, direction, reason, until, source } = event;
  const titles = {
    down: `Stepped down to tier ${tierNumber(to)}`,
    up: `Back on tier ${tierNumber(to)}`,
    reset: `Reset to tier ${tierNumber(to)}`,
    wrap: `Every tier has failed: started again at tier ${tierNumber(to)}`,
  };
  const icons = { down: '🔻', up: '✅', reset: '↩️', wrap: '🔄' };
  const asked =
    source === 'operator' ? ', asked for by an operator' : source === 'external' ? ', reported from outside' : '';
  return {
    bad: direction === 'down' || direction === 'wrap',
    icon: icons[direction] ?? '❔',
    title: titles[direction] ?? 'Changed tier',
    line: [...agent(event, lineLimits.name), ': ', tierPart(from, lineLimits), ' → ', tierPart(to, lineLimits)],
    details: [
      ['Agent: ', ...agent(event)],
      [`From: `, tierPart(from), ` (tier ${tierNumber(from)})`],
      [`To: `, tierPart(to), ` (tier ${tierNumber(to)})`],
      ['Why: ', ...why(reason), asked],
      ...untilLine(`Tier ${tierNumber(from)} rests until: `, until),
    ],
  };
}

function describeSessionChange(event: NotificationEvents['session-change']): Description {
  const { session, instance, from, to, primary, direction } = event;
  const who: Part[] = ['session ', value(shortSession(session), limits.name)];
  if (instance !== undefined) who.unshift(value(instance, limits.name), ', ');
  const expected: Line[] = direction === 'down' ? [['Expected: ', tierPart(primary)]] : [];
  return {
    bad: direction === 'down',
    icon: direction === 'down' ? '🔻' : '✅',
    title: direction === 'down' ? 'A session runs on a fallback model' : 'A session is back on its model',
    line: [...who, ': ', tierPart(from, lineLimits), ' → ', tierPart(to, lineLimits)],
    details: [['Where: ', ...who], ['From: ', tierPart(from)], ['To: ', tierPart(to)], ...expected],
  };
}

function describeExhausted(event: NotificationEvents['exhausted']): Description {
  const next = {
    wrap: 'It starts again at the best tier.',
    pause: 'It is paused until somebody resumes it.',
    wait: 'Calls wait for the soonest tier.',
    throw: 'Calls fail until a tier is ready.',
  };
  return {
    bad: true,
    icon: '🛑',
    title: 'No tier is left to ask',
    line: [...agent(event, lineLimits.name), ': no tier is left to ask'],
    details: [
      ['Agent: ', ...agent(event)],
      ...(event.kind === undefined ? [] : [['Why: ', ...why(event.kind)]]),
      [next[event.policy] ?? ''],
      ...untilLine('The soonest tier is ready at: ', event.retryAt ?? undefined),
    ],
  };
}

function describeHealth(
  what: string,
  state: 'failing' | 'recovered',
  error: { message: string } | undefined,
): Description {
  const failing = state === 'failing';
  const title = failing ? `${what} is failing` : `${what} works again`;
  const details = error === undefined ? [] : [['Why: ', value(error.message, limits.text)]];
  return { bad: failing, icon: failing ? '⚠️' : '✅', title, line: [title], details };
}

function agent({ instance, session }: { instance: string; session?: string }, limit: number = limits.name): Part[] {
  const parts: Part[] = [value(instance, limit)];
  if (session !== undefined) parts.push(', session ', value(shortSession(session), limits.name));
  return parts;
}

function why(reason: string): Part[] {
  const words = kindInWords(reason);
  return words === undefined ? [value(reason, limits.kind)] : [words, ' (', value(reason, limits.kind), ')'];
}

function untilLine(label: string, until: number | undefined): Line[] {
  if (until === undefined) return [];
  const time = until === FOREVER ? 'somebody resets it' : formatTime(until);
  return time === '' ? [] : [[label, time]];
}

function tierPart(tier: ModelName, { name, model }: { name: number; model: number } = limits): Part {
  return value(`${cleanText(tier.provider, name)}/${cleanText(tier.model, model)}`, name + model);
}

function targetParts(target: PauseTarget): Part[] {
  if (typeof target === 'string') return [value(target, limits.name)];
  return 'provider' in target ? ['Provider ', value(target.provider, limits.name)] : ['Everything'];
}

/** Badges and prose count from 1. */
function tierNumber(tier: EventTier): number {
  return tier.index + 1;
}

function value(text: unknown, limit: number): Part {
  return { value: cleanText(text, limit) || '-' };
}
