import { TOKEN_BUDGET } from '../../core/kinds.js';
import { dollarText } from '../../core/usage/dollars.js';
import type { EventTier, NotifierErrorEvent } from '../../ports/failover.js';
import type { AlertEvent, Notification, NotificationEvents } from '../../ports/notifier.js';
import { shortSession } from './clean-text.js';
import {
  agent,
  limits,
  lineLimits,
  targetParts,
  tierPart,
  timeLine,
  value,
  why,
  type Line,
  type Part,
} from './parts.js';

export interface Description {
  /** Whether something got worse. */
  bad: boolean;
  /** One character that is easy to spot. */
  icon: string;
  /** Words and numbers of ours only: no name can forge it. */
  title: string;
  /** What happened, in one line. */
  line: Line;
  /** The same in full. */
  details: readonly Line[];
}

/**
 * What an event says to a person, and no more than is known: a rest that is over does not mean that the tier works.
 */
export function describeEvent(notification: Notification): Description {
  switch (notification.event) {
    case 'tier-change':
      return describeTierChange(notification.payload);
    case 'session-change':
      return describeSessionChange(notification.payload);
    case 'exhausted':
      return describeExhausted(notification.payload);
    case 'available': {
      const { payload } = notification;
      const who = 'instance' in payload ? agent(payload) : ['Everything'];
      const line = [...who, ': a tier may be asked again'];
      return { bad: false, icon: '▶️', title: 'Calls may be made again', line, details: [line] };
    }
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
    case 'paused':
      return describePause(notification.payload);
    case 'resumed': {
      const { target, by, source } = notification.payload;
      // Pauses of other sources may still stand, so this does not say that calls go on.
      const line = [...targetParts(target), ': the pause was lifted by ', value(by, limits.name)];
      const whose = [...line, ' (', value(source, limits.kind), ')'];
      return { bad: false, icon: '▶️', title: 'A pause was lifted', line, details: [whose] };
    }
    case 'budget-warning':
    case 'budget-exceeded':
      return describeBudget(notification.event, notification.payload);
    case 'budget-unpriced': {
      const { tier } = notification.payload;
      const line = [...agent(notification.payload), ': nobody knows what an answer of ', tierPart(tier), ' costs'];
      return { bad: true, icon: '⛽', title: 'An answer without a price is not counted', line, details: [line] };
    }
    case 'config-updated':
      return describeUpdate(notification.payload);
    case 'alert-raised':
    case 'alert-resolved':
      return describeAlert(notification.event, notification.payload);
    case 'store-error':
      return describeHealth('The store', notification.payload.state, notification.payload.error);
    default:
      // A notifier-error: the filter lets no other event through.
      return describeNotifierError(notification.payload);
  }
}

function describeBudget(
  name: 'budget-warning' | 'budget-exceeded',
  event: NotificationEvents['budget-exceeded'],
): Description {
  const { tier, used, limit, count: kind, scope, group, windowEndAt } = event;
  const isDollars = kind === 'costUsd';
  const amount = (count: number) => (isDollars ? `$${dollarText(count, limit)}` : `${Math.round(count)}`);
  const unit = isDollars ? '' : kind === 'total' ? ' tokens' : ` ${kind} tokens`;
  const share = `${amount(used)} of ${amount(limit)}${unit}`;
  const shared: Line[] = scope === 'failover' ? [['Budget of: ', 'all agents together']] : [];
  const whose: Line[] = group === undefined ? shared : [['Group: ', value(group, limits.name)]];
  return {
    bad: true,
    icon: '⛽',
    title: name === 'budget-exceeded' ? 'A budget is used up' : 'A budget is nearly used up',
    line: [...agent(event, lineLimits.name), ': ', share, ' at ', tierPart(tier, lineLimits)],
    details: [
      ['Agent: ', ...agent(event)],
      ...whose,
      ['Used: ', share],
      ['At: ', tierPart(tier)],
      ...timeLine('The window ends: ', windowEndAt),
    ],
  };
}

function describeTierChange(event: NotificationEvents['tier-change']): Description {
  const { from, to, direction, reason, until, source } = event;
  const titles = {
    down: `Stepped down to tier ${tierNumber(to)}`,
    up: `Back on tier ${tierNumber(to)}`,
    reset: `Reset to tier ${tierNumber(to)}`,
  };
  const icons = { down: '🔻', up: '✅', reset: '↩️' };
  const origins = {
    auto: '',
    operator: ', requested by an operator',
    // A budget is counted here.
    external: reason === TOKEN_BUDGET ? '' : ', reported from outside',
    shared: ', from a rest or pause that several instances share',
  };
  const states: Readonly<Record<string, string>> = { hold: 'is held', paused: 'is paused' };
  return {
    bad: direction !== 'up' && direction !== 'reset',
    icon: icons[direction] ?? '❔',
    title: titles[direction] ?? 'Changed tier',
    line: [...agent(event, lineLimits.name), ': ', tierPart(from, lineLimits), ' → ', tierPart(to, lineLimits)],
    details: [
      ['Agent: ', ...agent(event)],
      ['From: ', tierPart(from), ` (tier ${tierNumber(from)})`],
      ['To: ', tierPart(to), ` (tier ${tierNumber(to)})`],
      ['Why: ', ...why(reason), origins[source] ?? ''],
      ...timeLine(`Tier ${tierNumber(from)} ${states[reason] ?? 'rests'} until: `, until),
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
    wrap: 'Calls start again at the best tier that may be asked.',
    pause: 'It is paused until somebody resumes or resets it.',
    wait: 'Calls wait for the rest that ends first.',
    throw: 'Calls fail until a rest ends.',
  };
  return {
    bad: true,
    icon: '🛑',
    title: 'Every tier is resting or held',
    line: [...agent(event, lineLimits.name), ': every tier is resting or held'],
    details: [
      ['Agent: ', ...agent(event)],
      ...(event.kind === undefined ? [] : [['Why: ', ...why(event.kind)]]),
      [next[event.policy] ?? ''],
      ...timeLine('The first rest ends at: ', event.retryAt ?? undefined),
    ],
  };
}

function describePause({ target, by, reason, source, until }: NotificationEvents['paused']): Description {
  const isProvider = typeof target === 'object' && 'provider' in target;
  const line = [...targetParts(target), ' was paused by ', value(by, limits.name)];
  return {
    bad: true,
    icon: '⏸️',
    title: isProvider ? 'Paused: this provider is skipped' : 'Paused: no provider is called',
    line,
    details: [
      line,
      ['Why: ', value(reason, limits.text), ' (', value(source, limits.kind), ')'],
      ...timeLine('Ends by itself at: ', until),
    ],
  };
}

/** Tiers of a chain that a message names. */
const MAX_TIERS = 5;

function describeUpdate({ version, by, chain, policyFields }: NotificationEvents['config-updated']): Description {
  const line = ['Version ', String(version), ' of the chain, by ', value(by, limits.name)];
  const tiers = chain.slice(0, MAX_TIERS).map((tier): Line => [`${tierNumber(tier)}. `, tierPart(tier, lineLimits)]);
  const others = chain.length - tiers.length;
  const more = others > 0 ? [[`and ${others} more`]] : [];
  const policy: Line[] = policyFields ? [['Changed in the policy: ', value(policyFields.join(', '), limits.text)]] : [];
  return {
    bad: false,
    icon: '🔧',
    title: 'The chain or its policy was changed',
    line,
    details: [line, ...tiers, ...more, ...policy],
  };
}

function describeAlert(event: 'alert-raised' | 'alert-resolved', { alert }: AlertEvent): Description {
  const { severity, instance, domain } = alert;
  const isRaised = event === 'alert-raised';
  const icons = { critical: '🚨', warning: '⚠️', info: 'ℹ️' };
  const titles = { critical: 'Critical alert', warning: 'Warning', info: 'For information' };
  return {
    bad: isRaised && severity !== 'info',
    icon: isRaised ? (icons[severity] ?? '❔') : '✅',
    title: isRaised ? (titles[severity] ?? 'Alert') : 'Alert resolved',
    line: [value(alert.title, lineLimits.text)],
    details: [
      [value(alert.title, limits.text)],
      ['Details: ', value(alert.detail, limits.text)],
      ...(instance === null ? [] : [['Agent: ', value(instance, limits.name)]]),
      ...(domain === null ? [] : [['Domain: ', value(domain, limits.name)]]),
      ['Check: ', value(alert.check, limits.kind)],
      ...timeLine('First seen: ', alert.firstSeenAt),
      ...timeLine('Last seen: ', alert.lastSeenAt),
    ],
  };
}

function describeNotifierError({ notifier, state, error, dropped }: NotifierErrorEvent): Description {
  const name = value(notifier, limits.name);
  if (dropped !== undefined) {
    const line = [name, ` was closed with ${dropped} undelivered message${dropped === 1 ? '' : 's'}`];
    return { bad: true, icon: '⚠️', title: 'Messages were dropped', line, details: [line] };
  }
  const { line, details, ...rest } = describeHealth('A notifier', state, error);
  return { ...rest, line: [name, ': ', ...line], details: [['Notifier: ', name], ...details] };
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

/** Badges and prose count from 1. */
function tierNumber(tier: EventTier): number {
  return tier.index + 1;
}
